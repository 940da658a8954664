"""A stand-in for the server: the reading page by its DOM contract, under the real CSP, with no database.

It lets the looks and the script be worked on and tested alone. Articles are the seeds with their sample layers, or texts
given by a test. `mode` makes the next answers fail: "ok", "drop" (the answer never comes), or an HTTP status as text.

    python -m tests.browser.mock.serve      then  http://127.0.0.1:8800/seed-003
"""

import html
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

from annotator.domain.segments import Mark, cut
from annotator.domain.text import Offsets, normalise, paragraphs

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2", "html": "text/html; charset=utf-8"}
TAGS = ("claim", "evaluation", "quote", "figure")
LETTERS = ("У", "О", "Ц", "Ч")
TITLES = ("Утверждение", "Оценка", "Цитата", "Число")
CODES = ("KeyC", "KeyE", "KeyQ", "KeyF")
COLOURS = (("#298087", "#84F2EF"), ("#CC451D", "#F3D415"), ("#441092", "#918CE6"), ("#681A2D", "#F6657F"))
LINES = ("solid", "dashed", "dotted", "double")


@dataclass
class Note:
    """An annotation as the mock keeps it; spans in code points."""

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
        return [
            p.number for p in self.paragraphs if any(s < p.end and e > p.start for s, e in note.spans)
        ]


def seeds() -> dict[str, Article]:
    """The five articles with sample layer A, by names seed-000 … seed-004."""
    found = {}
    for line in (ROOT / "seeds/sample-a.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        raw = (ROOT / "seeds" / record["meta"]["source_file"]).read_text(encoding="utf-8").strip()
        if raw.startswith("date "):
            raw = raw[len("date 2025-11-17") :].strip()
        article = Article(raw[:70].rsplit(" ", 1)[0], raw)
        for number, span in enumerate(record["spans"]):
            if article.text[span["start"] : span["end"]] != span["text"]:
                continue
            spans = span.get("fragments") or [(span["start"], span["end"])]
            note = Note(
                span["id"],
                span["label"],
                tuple((s, e) for s, e in (f if isinstance(f, list) else f.values() for f in spans))
                if spans and not isinstance(spans[0], tuple)
                else tuple(spans),
                who=("sample-a", "Боб", "Рита")[number % 3 // 2],
                state=("submitted", "accepted", "disputed", "submitted", "rejected")[number % 5],
                polarity=str(span["attributes"].get("polarity", "")),
                event="Встреча в аэропорту Внуково" if number % 7 == 0 else "",
            )
            article.notes.append(note)
        found["seed-" + record["meta"]["source_file"][:3]] = article
    return found


def palette() -> str:
    lines = []
    for n, ((light, dark), line) in enumerate(zip(COLOURS, LINES, strict=True), 1):
        colour = f"light-dark({light},{dark})"
        lines.append(f".t{n}{{--tag:{colour};--line-style:{line}}}.a{n}{{--l1:{colour}}}.b{n}{{--l2:{colour}}}.c{n}{{--l3:{colour}}}")
    return "\n".join(lines)


def _number(note: Note) -> int:
    return TAGS.index(note.tag) + 1


def paragraph(article: Article, number: int) -> str:
    """The inner HTML of one paragraph: flat segments."""
    p = article.paragraphs[number - 1]
    marks = [
        Mark(n.id, _number(n), s, e, i)
        for n in article.notes
        for i, (s, e) in enumerate(n.spans)
        if s < p.end and e > p.start
    ]
    by_id = {n.id: n for n in article.notes}
    order = [n.id for n in notes_of(article, number)]
    parts = []
    for segment in cut(p.start, p.end, marks):
        words = html.escape(article.text[segment.start : segment.end], quote=False)
        if not segment.marks:
            parts.append(words)
            continue
        classes = ["s", f"t{segment.marks[0].tag}"]
        classes += [f"{lane}{m.tag}" for lane, m in zip("abc", segment.lanes, strict=False) if m]
        classes += ["more"] if segment.more else []
        classes += ["from"] if segment.from_before else []
        classes += ["to"] if segment.to_after else []
        ids = " ".join(dict.fromkeys(m.id for m in segment.marks))
        ends = sorted({order.index(m.id) + 1 for m in segment.marks if m.end == segment.end and m.id in order})
        said = "; ".join(f"{TITLES[m.tag - 1]}, {by_id[m.id].who}" for m in segment.marks)
        n = f' data-n="{",".join(map(str, ends))}"' if ends else ""
        parts.append(f'<mark class="{" ".join(classes)}" data-a="{ids}"{n} aria-description="{said}">{words}</mark>')
    return "".join(parts)


def notes_of(article: Article, number: int) -> list[Note]:
    """Notes stand in the row where their annotation begins."""
    return sorted(
        (n for n in article.notes if article.rows_of(n)[:1] == [number]), key=lambda n: (n.spans[0][0], -n.spans[-1][1])
    )


def note_item(article: Article, note: Note) -> str:
    n = _number(note)
    words = " … ".join(article.text[s:e] for s, e in note.spans)
    f = " ".join(f"{article.offsets.to_utf16(s)}-{article.offsets.to_utf16(e)}" for s, e in note.spans)
    signs = {"positive": "+1", "negative": "-1", "neutral": "0", "mixed": "0"}
    sign = signs.get(note.polarity, note.polarity)
    pol = f'<span class="pol" data-p="{sign}"><b>{sign.replace("-", "−")}</b></span>' if note.polarity else ""
    event = f'<a class="event" href="#e">{note.event}</a>' if note.event else ""
    state = {"draft": "черновик", "submitted": "на проверке", "accepted": "принято", "rejected": "отклонено", "disputed": "спорно"}[note.state]
    return (
        f'<li class="note t{n}" id="a-{note.id}" data-a="{note.id}" data-v="1" data-f="{f}">'
        f'<button type="button" class="note-open" id="o-{note.id}" hx-get="/note/{note.id}" hx-target="#editor" hx-swap="innerHTML">'
        f'<span class="badge t{n}">{LETTERS[n - 1]}</span><span class="note-text">{html.escape(words)}</span></button>'
        f'<p class="note-meta"><span class="who">{note.who}</span><span class="state" data-state="{note.state}">{state}</span>{pol}{event}</p>'
        f'<p class="note-actions"><button type="button" class="button quiet small" data-delete id="d-{note.id}" hx-post="/delete/{note.id}" hx-swap="none">Удалить</button></p></li>'
    )


def row(article: Article, number: int) -> str:
    p = article.paragraphs[number - 1]
    notes = "".join(note_item(article, n) for n in notes_of(article, number))
    listed = f'<ol class="notes" aria-label="Заметки к абзацу {number}">{notes}</ol>' if notes else ""
    return (
        f'<div class="row" id="r-{number}" data-row="{number}">'
        f'<p class="para" id="p-{number}" dir="auto" data-o="{article.offsets.to_utf16(p.start)}">{paragraph(article, number)}</p>'
        f"{listed}</div>"
    )


def partials(article: Article, numbers: Iterable[int]) -> str:
    return "\n".join(
        f'<hx-partial hx-target="#r-{n}" hx-swap="outerMorph">{row(article, n)}</hx-partial>' for n in numbers
    )


def strip(article: Article) -> str:
    size = max(1, len(article.text))
    rects = "".join(
        f'<a href="#r-{article.rows_of(n)[0]}"><rect class="t{_number(n)}" x="{1 + 2 * _number(n)}" y="{n.spans[0][0] / size * 1000:.1f}" width="2" height="{max(3, (n.spans[-1][1] - n.spans[0][0]) / size * 1000):.1f}"/></a>'
        for n in article.notes
    )
    return f'<nav class="strip print-none" aria-label="Отметки"><svg viewBox="0 0 12 1000" preserveAspectRatio="none">{rects}</svg></nav>'


def page(name: str, article: Article, theme: str) -> str:
    buttons = "".join(
        f'<button type="button" class="tag-button t{n}" data-tag="{t}" data-key="{n}" data-code="{c}"><span class="badge t{n}">{letter}</span> {title} <kbd>{n}</kbd></button>'
        for n, (t, letter, title, c) in enumerate(zip(TAGS, LETTERS, TITLES, CODES, strict=True), 1)
    )
    body = (HERE / "reading.html").read_text(encoding="utf-8")
    counts = "".join(
        f'<span title="{title}"><span class="badge t{i}">{letter}</span> {sum(_number(n) == i for n in article.notes)}</span>'
        for i, (letter, title) in enumerate(zip(LETTERS, TITLES, strict=True), 1)
    )
    rows = "\n".join(row(article, p.number) for p in article.paragraphs)
    values = {"name": name, "title": html.escape(article.title), "rows": rows, "buttons": buttons, "strip": strip(article), "counts": counts,
              "theme": f'data-theme="{theme}"' if theme else "", "words": str(len(article.text.split())), "notes": str(len(article.notes))}
    for key, value in values.items():
        body = body.replace("{{ " + key + " }}", value)
    return body


class Mock(ThreadingHTTPServer):
    """The stand-in; `url` is where it listens, `posts` what was sent to it."""

    daemon_threads = True

    def __init__(self, articles: dict[str, Article], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.articles = articles
        self.mode = "ok"
        self.delay = 0.0
        self.posts: list[dict[str, Any]] = []
        self.taken: dict[str, tuple[str, Note]] = {}
        self.streams: list[queue.Queue[tuple[int, str, str]]] = []
        self.sequence = 100
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Mock":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def tell(self, name: str, rows: list[int], by: str = "somebody") -> None:
        """Send "these rows changed" to every open stream."""
        self.sequence += 1
        data = json.dumps({"seq": self.sequence, "article": name, "rows": rows, "by": by})
        for stream in self.streams:
            stream.put((self.sequence, "row", data))

    def create(self, name: str, fields: dict[str, str]) -> Note:
        article = self.articles[name]
        spans = tuple(
            (article.offsets.to_codepoints(s), article.offsets.to_codepoints(e))
            for s, e in json.loads(fields["fragments"])
        )
        note = Note(uuid.uuid4().hex[:8], fields["tag"], spans)
        article.notes.append(note)
        return note


class Handler(BaseHTTPRequestHandler):
    server: Mock
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def answer(self, body: str | bytes, status: int = 200, kind: str = TYPES["html"], **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        parts = url.path.strip("/").split("/")
        if parts[0] == "static":
            path = ROOT / "annotator/static" / "/".join(parts[1:])
            if path.is_file():
                return self.answer(path.read_bytes(), kind=TYPES.get(path.suffix[1:], "text/plain"))
        elif parts[0] == "palette.css":
            return self.answer(palette(), kind="text/css")
        elif parts[0] == "favicon.ico":
            return self.answer("", 204)
        elif parts[0] == "signin":
            return self.answer('<form class="form" hx-post="/signin" hx-target="#signin-body"><div class="field"><label for="pw">Пароль</label><input id="pw" name="pw" type="password" autofocus></div><div class="actions"><button class="button primary">Войти</button></div></form>')
        elif parts[0] == "note":
            return self.answer(self.editor(parts[1]))
        elif parts[0].endswith(".html") and (HERE / parts[0]).is_file():
            text = (HERE / parts[0]).read_text(encoding="utf-8")
            theme = query.get("theme")
            return self.answer(text.replace("<html ", f'<html data-theme="{theme}" ', 1) if theme else text)
        elif parts[0] in self.server.articles:
            article = self.server.articles[parts[0]]
            if parts[1:] == ["rows"]:
                return self.answer(partials(article, map(int, query["n"].split(","))))
            if parts[1:] == ["stream"]:
                return self.stream()
            return self.answer(page(parts[0], article, query.get("theme", "")))
        return self.answer("not found", 404)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fields = {k: v[0] for k, v in parse_qs(raw, keep_blank_values=True).items()}
        parts = urlsplit(self.path).path.strip("/").split("/")
        if parts[0] == "signin":
            self.server.mode = "ok"
            return self.answer("", 200, HX_Trigger=json.dumps({"signed-in": {"csrf": "second"}}))
        if parts[0] == "delete":
            return self.delete(parts[1])
        if parts[0] == "note":
            self.server.posts.append({"note": parts[1], **fields})
            return self.answer('<hx-partial hx-target="#editor" hx-swap="innerHTML"></hx-partial>')
        self.server.posts.append({"article": parts[0], "csrf": self.headers.get("X-CSRFToken"), **fields})
        mode = self.server.mode
        time.sleep(self.server.delay)
        if mode == "lost":  # taken, but the answer is lost on the way
            self.take(parts[0], fields)
        if mode in ("drop", "lost"):
            self.close_connection = True
            return self.connection.close()
        if mode != "ok":
            return self.answer(f'<div class="problem"><p class="problem-text">Отказ {mode}.</p></div>', int(mode))
        return self.take(parts[0], fields, respond=True)

    def take(self, name: str, fields: dict[str, str], *, respond: bool = False) -> None:
        if fields["key"] not in self.server.taken:
            self.server.taken[fields["key"]] = (name, self.server.create(name, fields))
        article = self.server.articles[name]
        rows = article.rows_of(self.server.taken[fields["key"]][1])
        if respond:
            said = '<hx-partial hx-target="#status" hx-swap="innerHTML">Добавлено</hx-partial>'
            self.answer(partials(article, rows) + said)

    def delete(self, identifier: str) -> None:
        for article in self.server.articles.values():
            for note in list(article.notes):
                if note.id == identifier:
                    rows = article.rows_of(note)
                    article.notes.remove(note)
                    toast = f'<hx-partial hx-target="#toast" hx-swap="innerHTML"><div><p>Удалено</p><button type="button" class="button small" data-undo hx-post="/undo/{identifier}" hx-swap="none">Вернуть <kbd>Z</kbd></button></div></hx-partial>'
                    return self.answer(partials(article, rows) + toast)
        return self.answer("not found", 404)

    def editor(self, identifier: str) -> str:
        article, note = next((a, n) for a in self.server.articles.values() for n in a.notes if n.id == identifier)
        n = _number(note)
        words = html.escape(" … ".join(article.text[s:e] for s, e in note.spans))
        return (HERE / "editor.html").read_text(encoding="utf-8").replace("{{ n }}", str(n)).replace("{{ id }}", identifier).replace(
            "{{ words }}", words).replace("{{ letter }}", LETTERS[n - 1]).replace("{{ title }}", TITLES[n - 1])

    def stream(self) -> None:
        mine: queue.Queue[tuple[int, str, str]] = queue.Queue()
        self.server.streams.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                try:
                    number, name, data = mine.get(timeout=1)
                    self.wfile.write(f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode())
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            self.server.streams.remove(mine)


if __name__ == "__main__":
    Mock(seeds(), 8800).serve_forever()
