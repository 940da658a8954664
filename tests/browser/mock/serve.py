"""A stand-in for the server: the reading page by its DOM contract, under the real CSP, no database.

It lets the looks and the script be worked on and tested alone. Articles are the seeds with their
first sample layer, or texts given by a test. `mode` makes the next answers fail: "drop" (nothing
comes back), "lost" (saved, but the answer is lost) or an HTTP status as text.

    python -m tests.browser.mock.serve      then  http://127.0.0.1:8800/seed-003
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

from annotator.domain.segments import Mark, Segment, cut
from annotator.domain.spans import Span, check
from annotator.domain.text import Offsets, Paragraph, normalise, paragraphs

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HTML = "text/html; charset=utf-8"
TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".html": HTML}
STATES = {
    "draft": "черновик",
    "submitted": "на проверке",
    "accepted": "принято",
    "rejected": "отклонено",
    "disputed": "спорно",
}
SIGNS = {"positive": "+1", "negative": "-1", "1": "+1", "2": "+2"}


@dataclass(frozen=True)
class Tag:
    name: str
    letter: str
    title: str
    code: str
    light: str
    dark: str
    line: str


TAGS = (
    Tag("claim", "У", "Утверждение", "KeyC", "#298087", "#84F2EF", "solid"),
    Tag("evaluation", "О", "Оценка", "KeyE", "#CC451D", "#F3D415", "dashed"),
    Tag("quote", "Ц", "Цитата", "KeyQ", "#441092", "#918CE6", "dotted"),
    Tag("figure", "Ч", "Число", "KeyF", "#681A2D", "#F6657F", "double"),
)
NUMBER = {tag.name: number for number, tag in enumerate(TAGS, 1)}

templates = Environment(loader=FileSystemLoader(HERE), autoescape=True)


def palette() -> str:
    """The style sheet that the server makes of a project's codebook."""
    lines = []
    for n, tag in enumerate(TAGS, 1):
        colour = f"light-dark({tag.light},{tag.dark})"
        lines.append(f".t{n}{{--tag:{colour};--line-style:{tag.line}}}")
        lines += [f".{lane}{n}{{--l{i}:{colour}}}" for i, lane in enumerate("abc", 1)]
    return "\n".join(lines)


@dataclass
class Note:
    """An annotation as the stand-in keeps it; spans in code points."""

    id: str
    tag: str
    spans: tuple[tuple[int, int], ...]
    who: str = "Алиса"
    state: str = "draft"
    polarity: str = ""
    event: str = ""


@dataclass
class Article:
    title: str
    text: str
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = normalise(self.text).text
        self.offsets = Offsets(self.text)
        self.paragraphs = paragraphs(self.text)

    def rows_of(self, note: Note) -> list[int]:
        """The numbers of the paragraphs that an annotation touches."""
        return [
            p.number
            for p in self.paragraphs
            if any(start < p.end and end > p.start for start, end in note.spans)
        ]

    def words(self, note: Note) -> str:
        return " … ".join(self.text[start:end] for start, end in note.spans)

    def note(self, note: Note) -> dict[str, Any]:
        """What the templates show of a note."""
        tag = TAGS[NUMBER[note.tag] - 1]
        to_utf16 = self.offsets.to_utf16
        return {
            "id": note.id,
            "tag": NUMBER[note.tag],
            "letter": tag.letter,
            "title": tag.title,
            "words": self.words(note),
            "place": " ".join(f"{to_utf16(s)}-{to_utf16(e)}" for s, e in note.spans),
            "who": note.who,
            "state": note.state,
            "state_words": STATES[note.state],
            "polarity": SIGNS.get(note.polarity, note.polarity),
            "event": note.event,
        }

    def row(self, p: Paragraph) -> dict[str, Any]:
        """A paragraph with its segments and notes; a note stands where its annotation begins."""
        marks = [
            Mark(note.id, NUMBER[note.tag], start, end, i)
            for note in self.notes
            for i, (start, end) in enumerate(note.spans)
            if start < p.end and end > p.start
        ]
        notes = [note for note in self.notes if self.rows_of(note)[:1] == [p.number]]
        notes.sort(key=lambda note: (note.spans[0][0], -note.spans[-1][1]))
        order = {note.id: number for number, note in enumerate(notes, 1)}
        return {
            "number": p.number,
            "offset": self.offsets.to_utf16(p.start),
            "segments": [self._segment(s, order) for s in cut(p.start, p.end, marks)],
            "notes": [self.note(note) for note in notes],
        }

    def _segment(self, segment: Segment, order: dict[str, int]) -> dict[str, str]:
        words = self.text[segment.start : segment.end]
        if not segment.marks:
            return {"words": words, "ids": ""}
        lanes = zip("abc", segment.lanes, strict=False)
        classes = ["s", f"t{segment.marks[0].tag}", *(f"{a}{m.tag}" for a, m in lanes if m)]
        edges = {"more": segment.more, "from": segment.from_before, "to": segment.to_after}
        ends = sorted(order[m.id] for m in segment.marks if m.end == segment.end and m.id in order)
        return {
            "words": words,
            "classes": " ".join(classes + [name for name, is_so in edges.items() if is_so]),
            "ids": " ".join(dict.fromkeys(mark.id for mark in segment.marks)),
            "ends": ",".join(map(str, ends)),
            "said": ", ".join(TAGS[mark.tag - 1].title for mark in segment.marks),
        }

    def rows(self, numbers: Iterable[int] | None = None) -> list[dict[str, Any]]:
        wanted = None if numbers is None else set(numbers)
        return [self.row(p) for p in self.paragraphs if wanted is None or p.number in wanted]

    def partials(self, numbers: Iterable[int]) -> str:
        """The rows as parts of an answer to htmx."""
        macro = templates.get_template("_row.html").module.partials  # type: ignore[attr-defined]
        return str(macro(self.rows(numbers)))

    def page(self, name: str, theme: str = "") -> str:
        size = max(1, len(self.text))
        strip = [
            {
                "row": self.rows_of(note)[0],
                "tag": NUMBER[note.tag],
                "y": round(note.spans[0][0] / size * 1000, 1),
                "height": max(3, round((note.spans[-1][1] - note.spans[0][0]) / size * 1000, 1)),
            }
            for note in self.notes
        ]
        return templates.get_template("reading.html").render(
            name=name,
            title=self.title,
            theme=theme,
            words=len(self.text.split()),
            notes=len(self.notes),
            tags=TAGS,
            counts=[sum(note.tag == tag.name for note in self.notes) for tag in TAGS],
            rows=self.rows(),
            strip=strip,
        )


def seeds() -> dict[str, Article]:
    """The five articles with sample layer A, by names seed-000 … seed-004."""
    found = {}
    for line in (ROOT / "seeds/sample-a.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        name = record["meta"]["source_file"]
        raw = (ROOT / "seeds" / name).read_text(encoding="utf-8").strip()
        if raw.startswith("date "):
            raw = raw[len("date 2025-11-17") :].strip()
        article = Article(raw[:70].rsplit(" ", 1)[0], raw)
        for number, span in enumerate(record["spans"]):
            place = (span["start"], span["end"])
            if article.text[slice(*place)] != span["text"]:
                continue
            article.notes.append(
                Note(
                    span["id"],
                    span["label"],
                    (place,),
                    who=("sample-a", "Боб", "Рита")[number % 3 // 2],
                    state=list(STATES)[1:][number % 4],
                    polarity=str(span["attributes"].get("polarity", "")),
                    event="" if number % 7 else "Встреча в аэропорту Внуково",
                )
            )
        found[f"seed-{name[:3]}"] = article
    return found


class Mock(ThreadingHTTPServer):
    """The stand-in; `url` is where it listens, `posts` what was sent to it."""

    daemon_threads = True

    def __init__(self, articles: dict[str, Article], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.articles = articles
        self.mode = "ok"
        self.delay = 0.0
        self.posts: list[dict[str, Any]] = []
        self.taken: dict[str, Note] = {}
        self.streams: list[queue.Queue[str]] = []
        self.sequence = 100
        self.clients: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Mock":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def tell(self, name: str, rows: list[int], by: str | None = "somebody") -> None:
        """Send "these rows changed" to every open stream."""
        self.sequence += 1
        data = json.dumps({"seq": self.sequence, "article": name, "rows": rows, "by": by})
        for stream in self.streams:
            stream.put(f"id: {self.sequence}\nevent: row\ndata: {data}\n\n")

    def take(self, name: str, fields: dict[str, str]) -> Note:
        """Save what was sent, once for each key. Raises Invalid when words and offsets differ."""
        if known := self.taken.get(fields["key"]):
            return known
        article = self.articles[name]
        to_codepoints = article.offsets.to_codepoints
        spans: tuple[Span, ...] = tuple(
            Span(to_codepoints(start), to_codepoints(end))
            for start, end in json.loads(fields["fragments"])
        )
        check(article.text, spans, fields["quote"])
        note = Note(uuid.uuid4().hex[:8], fields["tag"], spans)
        article.notes.append(note)
        self.taken[fields["key"]] = note
        return note

    def find(self, identifier: str) -> tuple[Article, Note]:
        return next(
            (article, note)
            for article in self.articles.values()
            for note in article.notes
            if note.id == identifier
        )


class Handler(BaseHTTPRequestHandler):
    server: Mock
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def answer(
        self, body: str | bytes = "", status: int = 200, kind: str = HTML, **headers: str
    ) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        headers |= {"Content_Type": kind, "Content_Length": str(len(data))}
        headers |= {"Content_Security_Policy": CSP, "Cache_Control": "no-store"}
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def show(self, name: str, **values: Any) -> None:
        self.answer(templates.get_template(name).render(**values))

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        first, *rest = url.path.strip("/").split("/")
        path = ROOT / "annotator/static" / "/".join(rest)
        if first == "static" and path.is_file():
            self.answer(path.read_bytes(), kind=TYPES.get(path.suffix, "text/plain"))
        elif first == "palette.css":
            self.answer(palette(), kind="text/css")
        elif first == "favicon.ico":
            self.answer(status=204)
        elif first == "note":
            article, note = self.server.find(rest[0])
            self.show("editor.html", note=article.note(note))
        elif first == "signin":
            self.show("signin.html")
        elif first not in self.server.articles:
            self.answer("not found", 404)
        elif rest == ["rows"]:
            numbers = map(int, query["n"].split(","))
            self.answer(self.server.articles[first].partials(numbers))
        elif rest == ["stream"]:
            self.stream()
        else:
            self.answer(self.server.articles[first].page(first, query.get("theme", "")))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fields = {k: values[0] for k, values in parse_qs(raw, keep_blank_values=True).items()}
        first, *rest = urlsplit(self.path).path.strip("/").split("/")
        self.server.clients.append(self.headers.get("X-Client"))
        if first == "signin":
            self.server.mode = "ok"
            self.answer(HX_Trigger=json.dumps({"signed-in": {"csrf": "second"}}))
        elif first == "note" and rest[1:] == ["delete"]:
            self.delete(rest[0])
        elif first == "undo":
            self.server.posts.append({"undo": rest[0]})
            self.answer('<hx-partial hx-target="#toast" hx-swap="innerHTML"></hx-partial>')
        elif first == "note":
            self.server.posts.append({"note": rest[0], **fields})
            self.answer('<hx-partial hx-target="#editor" hx-swap="innerHTML"></hx-partial>')
        else:
            self.create(first, fields)

    def create(self, name: str, fields: dict[str, str]) -> None:
        self.server.posts.append({"csrf": self.headers.get("X-CSRFToken"), **fields})
        mode = self.server.mode
        time.sleep(self.server.delay)
        if mode in ("ok", "lost"):
            note = self.server.take(name, fields)
        if mode in ("drop", "lost"):
            self.close_connection = True
            self.connection.close()
        elif mode == "ok":
            article = self.server.articles[name]
            self.answer(article.partials(article.rows_of(note)))
        else:
            sentence = f'<div class="problem"><p>Отказ {mode}.</p></div>'
            self.answer(sentence, int(mode))

    def delete(self, identifier: str) -> None:
        article, note = self.server.find(identifier)
        rows = article.rows_of(note)
        article.notes.remove(note)
        toast = templates.get_template("toast.html").render(id=identifier)
        self.answer(article.partials(rows) + toast)

    def stream(self) -> None:
        mine: queue.Queue[str] = queue.Queue()
        self.server.streams.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                try:
                    message = mine.get(timeout=0.5)
                except queue.Empty:
                    message = ": still here\n\n"
                self.wfile.write(message.encode())
                self.wfile.flush()
        except OSError:
            self.server.streams.remove(mine)


if __name__ == "__main__":
    Mock(seeds(), 8800).serve_forever()
