"""Quotations of a text: words that it gives as said by somebody.

What a quotation's span holds follows how the analysts of the demonstration corpus mark them:

* what stands between the marks, without them: «`Казахстан не является анти-Россией`»;
* two quotations with marks of their own are two; reporting words within one pair of marks leave
  two fragments of one quotation: «`Доказательств нет`, — подчеркнул защитник. — `Есть только
  показания`», and so do English ones that a comma holds together;
* without marks, speech after a dash that opens a paragraph, and after a reporting verb with a named
  speaker and a colon; there the full stop at the end stays outside.

Names («Росатом»), titles and terms («статус кво») stand in the same marks. A colon or a reporting
clause after the marks makes speech certain; a reporting word in the sentence makes a fragment
likely; short words in small letters with nothing around them are distance ("scare"), of low
confidence, and a capital after a noun is a name, and left out.

`marks` pairs the marks, `cues` knows the reporting words, `people` the names, `speakers` who of
them speaks.
"""

import re
from dataclasses import dataclass

from annotator.domain.detection import LEAST, Detection, vocabulary
from annotator.domain.messages import N_
from annotator.domain.morphology import readings
from annotator.domain.quantities import is_russian
from annotator.domain.quotations.cues import Cue, cues, is_term
from annotator.domain.quotations.marks import Quoted, quoted
from annotator.domain.quotations.people import People, find_people
from annotator.domain.quotations.speakers import Around, Speaker, speaker_of
from annotator.domain.spans import Fragments, Span, trim
from annotator.domain.text import Paragraph, paragraphs

METHOD = "quotes"
VERSION = "1"

_AFTER = re.compile(r"[ \u00a0]*[,.!?…]*[ \u00a0]*[—–-][ \u00a0]+(?=\w)")
_EN_AFTER = re.compile(r"[,.]?[ \u00a0]+(?=[\w])")
_CLAUSE_END = re.compile(r"[.!?…;](?=[\s»”\"]|$)|[:«“„\"]|\n|,?[ \u00a0][—–-][ \u00a0]|$")
_SENTENCE = re.compile(r"[.!?…][»”\"')]*\s+(?=[«“„\"'‘—–-]*\s*[A-ZА-ЯЁ0-9])|\n")
_INNER = re.compile(
    r"(?P<stop>[,!?…]|\.\.\.)[ \u00a0]*[—–-][ \u00a0]+(?P<words>[^—–«»\n]{3,160}?)(?P<end>[.,:])?"
    r"[ \u00a0]*[—–-][ \u00a0]+"
)
_DASHED = re.compile(r"[—–-][ \u00a0]+(?=[«\"A-ZА-ЯЁ0-9])")
_ADDED = re.compile(r", (?:чем|тем самым|намекая|имея в виду|давая понять|дав понять|показав) ")
_WORDS = re.compile(r"[^\W\d_]+(?:[-‑'’][^\W\d_]+)*")

REASONS = {
    "colon": N_("A reporting verb, a colon and quotation marks"),
    "clause": N_("Quotation marks and a reporting clause after them"),
    "alone": N_("Quotation marks around a whole sentence"),
    "fragment": N_("Quotation marks in a sentence with a reporting word"),
    "scare": N_("Quotation marks without anybody who speaks"),
    "dash": N_("A dash at the beginning of a paragraph"),
    "unmarked": N_("A reporting verb and a colon, without quotation marks"),
}


_NAMED_KINDS = vocabulary(
    "фильм роман книга альбом песня спектакль сериал повесть пьеса картина мультфильм передача "
    "шоу игра группа клуб театр кафе ресторан магазин отель завод форум программа проект "
    "операция компания корпорация холдинг банк газета журнал издание агентство портал сайт "
    "телеканал канал партия фракция движение организация фонд стадион арена кинотеатр премия "
    "конкурс фестиваль выставка кооператив хоккейный фк хк ооо зао оао ао пао нпо цска коалиция "
    "ансамбль станция поезд теплоход корабль крейсер ракета спутник телескоп система сервис "
    "приложение марка бренд сеть центр комплекс ук посёлок поселок село рубрика серия акция "
    "месторождение шахта рудник"
)


@dataclass(slots=True)
class _Draft:
    """A quotation in the making."""

    fragments: Fragments
    outer: Span
    form: str
    confidence: float
    reason: str
    cue: str = ""
    speaker: Speaker | None = None
    settled: bool = False


class _Reader:
    """One text while it is being read; holds what every rule looks at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = paragraphs(text)
        self.russian = is_russian(text)
        self._people: People | None = None
        self.marked = quoted(text, self.lines)
        self.drafts: list[_Draft] = []

    @property
    def people(self) -> People:
        """The people of the text, looked for once there is a quotation."""
        if self._people is None:
            everybody = find_people(self.text, russian=self.russian)
            said = [piece for one in self.marked for piece in self._said(one)]
            self._people = everybody.outside(said)
        return self._people

    def _said(self, one: Quoted) -> list[Span]:
        """The pieces of a quotation without the reporting words between dashes in it."""
        spans: list[Span] = []
        for piece in one.pieces:
            split = _split(self, piece)
            spans += split[0] if split else [piece]
        return spans

    @property
    def last(self) -> Speaker | None:
        """The speaker of the quotation before."""
        return self.drafts[-1].speaker if self.drafts else None


def find_quotes(text: str, *, least: float = LEAST) -> list[Detection]:
    """Return the quotations of a text with form and, where they can be made out, speaker and cue;
    in order, none overlapping another, none below confidence `least` (names are never returned,
    scare quotes below the default)."""
    reader = _Reader(text)
    spans = [one.outer for one in reader.marked]
    for one in reader.marked:
        if (draft := _marked(reader, one, spans)) is not None:
            reader.drafts.append(draft)
    free = _free(reader, spans)
    if free:
        reader.drafts = sorted([*reader.drafts, *free], key=lambda draft: draft.outer)
    _settle(reader)
    drafts = (draft for draft in _joined(reader) if draft.confidence >= least)
    return [_detection(draft) for draft in drafts if all(span.length for span in draft.fragments)]


def _detection(draft: _Draft) -> Detection:
    attributes: dict[str, str | bool] = {}
    if draft.speaker is not None:
        attributes["speaker"] = draft.speaker.name
        if draft.speaker.inferred:
            attributes["speaker_inferred"] = True
    attributes["form"] = draft.form
    if draft.cue:
        attributes["cue"] = draft.cue
    return Detection(draft.fragments, attributes, round(draft.confidence, 2), draft.reason)


# ------------------------------------------------------------------------ within marks


def _marked(reader: _Reader, one: Quoted, spans: list[Span]) -> _Draft | None:
    """The quotation between these marks; None for a name."""
    text, outer = reader.text, one.outer
    start = _sentence_start(text, outer.start)
    clause = _clause_after(reader, outer.end)
    inner = _inner(reader, one)
    if inner is not None:
        return inner
    content = Span(one.pieces[0].start, one.pieces[-1].end)
    fragments = tuple(span for piece in one.pieces if (span := trim(text, piece)).length)
    if not any(_WORDS.search(text, span.start, span.end) for span in fragments):
        return None
    before = text[start : outer.start]
    if before.rstrip().endswith((":", ":-")) and not _label(text, content):
        cue = _nearest(cues(text, start, outer.start, russian=reader.russian))
        draft = _Draft(fragments, outer, "direct", 0.97 if cue else 0.6, REASONS["colon"])
        return _with_cue(reader, draft, cue, start, outer.start, follows=False)
    if clause is not None:
        cue, end = clause
        draft = _Draft(fragments, outer, "direct", 0.97, REASONS["clause"])
        return _with_cue(reader, draft, cue, outer.end, end, follows=True)
    return _in_sentence(reader, one, fragments, start, content)


def _label(text: str, content: Span) -> bool:
    """Whether what follows a colon is a name: one or two words, the first with a capital."""
    words = _WORDS.findall(text[content.start : content.end])
    return len(words) == 0


def _sentence_start(text: str, place: int) -> int:
    """Where the sentence that holds `place` begins."""
    low = max(0, place - 600)
    begin = low
    # The expression looks ahead at what opens the next sentence, which may stand at `place`.
    for match in _SENTENCE.finditer(text, low, place + 2):
        if match.end() > place:
            break
        before = text[max(0, match.start() - 4) : match.start()]
        if not re.search(r"(?:^|\s|\.)[А-ЯЁA-Zа-я]$|\b(?:им|ул|тыс|Mr|Mrs|Dr|St)$", before) or (
            "\n" in match[0]
        ):  # fmt: skip
            begin = match.end()
    return begin


def _sentence_end(text: str, place: int) -> int:
    match = re.compile(r"[.!?…](?=\s|$)|\n|$").search(text, place)
    return match.start() if match else len(text)


def _clause_after(reader: _Reader, place: int) -> tuple[Cue, int] | None:
    """The reporting clause that follows the closing mark: its cue and end."""
    text = reader.text
    dash = _AFTER.match(text, place)
    if dash is None and reader.russian:
        return None
    begin = dash or _EN_AFTER.match(text, place)
    if begin is None:
        return None
    end = _clause_end(text, begin.end())
    found = cues(text, begin.end(), end, russian=reader.russian)
    verbs = [cue for cue in found if cue.verb or cue.according]
    if not verbs:
        return None
    limit = 60 if reader.russian else 70
    if verbs[0].start - begin.end() > limit:
        return None
    if dash is None and not _english_clause(text, place, begin.end(), verbs[0]):
        return None
    return verbs[0], end


def _english_clause(text: str, place: int, begin: int, cue: Cue) -> bool:
    """Whether English words after the closing mark report: `," she said`, `” said Miller`."""
    inside = text[max(place - 2, 0)]
    if inside not in ",!?" and text[place : place + 1] != ",":
        return False
    between = text[begin : cue.start]
    return len(between.split()) <= 7 and not re.search(r"[.;]\s", between)


def _clause_end(text: str, begin: int) -> int:
    for match in _CLAUSE_END.finditer(text, begin):
        if match[0] == "." and re.search(r"(?:\s|^|\.)[А-ЯЁA-Z]$", text[begin : match.start()]):
            continue
        return match.start()
    return len(text)


def _nearest(found: list[Cue]) -> Cue | None:
    """The cue nearest to what follows, a verb before a noun."""
    verbs = [cue for cue in found if cue.verb]
    return verbs[-1] if verbs else (found[-1] if found else None)


def _with_cue(
    reader: _Reader, draft: _Draft, cue: Cue | None, start: int, end: int, *, follows: bool
) -> _Draft:
    """The draft with its cue and the speaker of the reporting clause."""
    if cue is None:
        named = [m for m in reader.people.within(start, end) if "nomn" in m.cases]
        if named:
            draft.speaker, draft.settled = Speaker(named[-1].person), True
        return draft
    draft.cue = reader.text[cue.start : cue.end]
    if not follows and (before := _before_dash(reader, start, end)) is not None:
        draft.speaker, draft.settled = before, True
        return draft
    around = Around(start, end, cue, follows, reader.last)
    draft.speaker = speaker_of(reader.text, reader.people, around, russian=reader.russian)
    draft.settled = True
    return draft


def _before_dash(reader: _Reader, start: int, end: int) -> Speaker | None:
    """Whoever stands directly before "— «…»": the verb was said of somebody else."""
    if reader.text[:end].rstrip()[-1:] not in "—–":
        return None
    for mention in reversed(reader.people.within(start, end)):
        if not reader.text[mention.end : end].strip(" \u00a0—–") and "nomn" in mention.cases:
            return Speaker(mention.person)
    return None


# ------------------------------------------------------------------- marks inside a sentence


def _in_sentence(
    reader: _Reader, one: Quoted, fragments: Fragments, start: int, content: Span
) -> _Draft | None:
    """A whole sentence alone, a fragment, a scare quote, or a name."""
    text, outer = reader.text, one.outer
    before, inside = text[start : outer.start], text[content.start : content.end]
    words = _WORDS.findall(inside)
    if not words or is_term(before):
        return None
    end = _sentence_end(text, outer.end)
    found = cues(text, start, outer.start, russian=reader.russian)
    tail = [c for c in cues(text, outer.end, end, russian=reader.russian) if c.according or c.verb]
    alone = not before.strip(" \u00a0(—–-") and (
        len(words) >= 4 and (inside[-1] in ".!?…,;" or text[outer.end : outer.end + 1] in ".!?…,")
    )
    stopped = not before.strip(" \u00a0(—–-") and len(words) >= 2 and inside[-1] in ".!?…"
    if stopped and not alone and inside[:1].isupper():
        return _Draft(fragments, outer, "direct", 0.65, REASONS["alone"])
    if alone and inside[:1].isupper():
        return _Draft(fragments, outer, "direct", 0.8, REASONS["alone"])
    if _is_name(reader, before, inside, words, one):
        return None
    cue = _cue_of_fragment(found, before, outer.start)
    if cue is not None and (
        _is_subject(reader, words, outer.end) or _is_notion(reader, before, words, outer, cue)
    ):
        return _Draft(fragments, outer, "scare", 0.35, REASONS["scare"])
    if cue is not None:
        confidence = _fragment_confidence(text, cue, inside, words, outer)
        draft = _Draft(fragments, outer, "fragment", confidence, REASONS["fragment"])
        return _with_cue(reader, draft, cue, start, outer.start, follows=False)
    if tail and len(words) >= 2 and _reports_back(text, outer.end, tail[0], reader):
        draft = _Draft(fragments, outer, "fragment", 0.6, REASONS["fragment"])
        return _with_cue(reader, draft, tail[0], outer.end, end, follows=True)
    sentence = len(words) >= 6 and inside[:1].isupper() and _has_verb(reader, words)
    if sentence:
        return _Draft(fragments, outer, "direct", 0.6, REASONS["alone"])
    return _Draft(fragments, outer, "scare", 0.3, REASONS["scare"])


def _is_subject(reader: _Reader, words: list[str], place: int) -> bool:
    """Whether two or three words in marks are the subject of the verb after them: "полагает, что
    «чёрная касса» хранилась"."""
    match = re.compile(r"[ \u00a0](\w+)").match(reader.text, place)
    if match is None or not reader.russian or len(words) > 3 or _has_verb(reader, words):
        return False
    return readings(match[1])[0].part == "VERB"


_ABOUT = re.compile(r"(\w+) об? $", re.IGNORECASE)


def _is_notion(reader: _Reader, before: str, words: list[str], outer: Span, cue: Cue) -> bool:
    """Whether two or three words without a verb only name something: "закон о «резиновых
    квартирах»", "пояснил, что «чёрные дыры» на самом деле …"; not "заявил о «прямой угрозе»"."""
    if not reader.russian or len(words) > 3 or _has_verb(reader, words):
        return False
    about = _ABOUT.search(before)
    if about is not None:
        return not reader.text[cue.start : cue.end].endswith(about[1])
    goes_on = re.compile(r"[ \u00a0]\w").match(reader.text, outer.end)
    return before.endswith("что ") and goes_on is not None


def _reports_back(text: str, place: int, cue: Cue, reader: _Reader) -> bool:
    """Whether reporting words after a fragment are about it: ", заявил X", ", по словам X"."""
    between = text[place : cue.start]
    return "," in between and len(between) < 60 and not re.search(r"котор|, что", between)


#: After these words marks hold speech, capital or not: "пост со словами «Хватит врать»".
_SPOKEN = re.compile(r"(?:слов[аоу]|вопрос|ответ|призыв|лозунг|фраз|крик|words?$)", re.IGNORECASE)


def _is_name(reader: _Reader, before: str, inside: str, words: list[str], one: Quoted) -> bool:
    """Whether the marks hold a name or a title: a capital first, few words, after a noun."""
    last = (_WORDS.findall(before) or [""])[-1]
    directly = bool(last) and before.rstrip(" \u00a0").endswith(last)
    if directly and _SPOKEN.match(last):
        return False
    if directly and len(words) <= 7 and _named_kind(last):
        return not inside[0].islower() or not _has_verb(reader, words)
    if len(words) > 7 or inside[-1] in ",!?…":
        return False
    if not inside[0].isupper() and not inside[0].isdigit():
        return False
    if len(words) <= 2 and all(word[0].isupper() for word in words):
        return True
    if not directly:
        return len(words) <= 4 and not _has_verb(reader, words)
    if not reader.russian:
        return len(words) <= 4 and sum(w[0].isupper() for w in words) * 2 >= len(words)
    noun = readings(last)[0].part == "NOUN" or last[0].isupper()
    preposition = readings(last)[0].part in ("PREP", "CONJ")
    return (noun or preposition) and (len(words) <= 4 or not _has_verb(reader, words))


def _named_kind(word: str) -> bool:
    """Whether a word before marks says that a name follows: "форуме", "компания"."""
    return any(reading.lemma in _NAMED_KINDS for reading in readings(word))


def _has_verb(reader: _Reader, words: list[str]) -> bool:
    """Whether there is a finite verb (of English, which has no forms of its own: four words)."""
    if not reader.russian:
        return len(words) > 4
    return any(readings(word)[0].part in ("VERB", "PRED", "PRTS", "ADJS") for word in words)


def _cue_of_fragment(found: list[Cue], before: str, place: int) -> Cue | None:
    """The reporting word that a fragment depends on: the nearest verb, or a noun close by."""
    close = [cue for cue in found if not cue.verb and not cue.according and place - cue.end <= 40]
    verbs = [cue for cue in found if (cue.verb or cue.according) and place - cue.end <= 220]
    if close and (not verbs or verbs[-1].end < close[-1].start):
        return verbs[-1] if verbs and close[-1].start - verbs[-1].end < 60 else close[-1]
    return verbs[-1] if verbs else None


def _fragment_confidence(text: str, cue: Cue, inside: str, words: list[str], outer: Span) -> float:
    """How likely words in marks after a reporting word are somebody's: longer and nearer is
    likelier."""
    gap = outer.start - cue.end
    score = 0.5 + 0.05 * min(len(words), 5)
    if gap <= 40:
        score += 0.1
    elif gap > 120:
        score -= 0.15
    if not cue.verb and not cue.according:
        score -= 0.1
    if len(words) == 1:
        score -= 0.05
    return max(0.2, min(score, 0.9))


# ------------------------------------------------------------------------ interrupted speech


def _inner(reader: _Reader, one: Quoted) -> _Draft | None:
    """A quotation with reporting words between dashes inside its marks, as fragments."""
    if not reader.russian:
        return None
    pieces: list[Span] = []
    found: Cue | None = None
    clause = Span(0, 0)
    for piece in one.pieces:
        split = _split(reader, piece)
        if split is not None:
            fragments, found, clause = split
            pieces += fragments
        else:
            pieces.append(trim(reader.text, piece))
    if found is None:
        return None
    draft = _Draft(tuple(pieces), one.outer, "direct", 0.95, REASONS["clause"])
    return _with_cue(reader, draft, found, clause.start, clause.end, follows=True)


def _split(reader: _Reader, piece: Span) -> tuple[list[Span], Cue, Span] | None:
    """Cut reporting words out of a piece of speech; None when there are none."""
    text, begin = reader.text, piece.start
    fragments: list[Span] = []
    cue: Cue | None = None
    clause = Span(0, 0)
    for match in _INNER.finditer(text, piece.start, piece.end):
        spoken = _reporting(reader, match.start("words"), match.end("words"))
        if spoken is None:
            continue
        keep = match.end("stop") if match["stop"] != "," else match.start("stop")
        said = trim(text, Span(begin, keep))
        if not said.length:
            continue
        fragments.append(said)
        begin = match.end()
        if cue is None:
            cue, clause = spoken, Span(match.start("words"), match.end("words"))
    if cue is None:
        return None
    rest = trim(text, Span(begin, piece.end))
    return ([*fragments, rest] if rest.length else fragments), cue, clause


def _reporting(reader: _Reader, start: int, end: int) -> Cue | None:
    """The verb of a reporting clause: at its beginning, or after its subject."""
    if reader.text[start].isupper() and reader.russian:
        first = _WORDS.match(reader.text, start)
        if first is None:
            return None
    found = [cue for cue in cues(reader.text, start, end, russian=reader.russian) if cue.verb]
    if not found or found[0].start - start > 50:
        return None
    return found[0]


def _joined(reader: _Reader) -> list[_Draft]:
    """English speech that a comma holds together over reporting words becomes one quotation."""
    done: list[_Draft] = []
    for draft in reader.drafts:
        if done and _goes_on(reader.text, done[-1], draft):
            last = done[-1]
            last.fragments = (*last.fragments, *draft.fragments)
            last.outer = Span(last.outer.start, draft.outer.end)
            continue
        done.append(draft)
    return done


def _goes_on(text: str, one: _Draft, two: _Draft) -> bool:
    between = text[one.outer.end : two.outer.start]
    if one.reason != REASONS["clause"] or one.form != "direct" or len(between) > 120:
        return False
    if re.search(r"[.!?;:\n]", between):
        return False
    return bool(re.search(r",[ \u00a0]*(?:[—–-][ \u00a0]*)?$", between))


# --------------------------------------------------------------------------- without marks


def _free(reader: _Reader, spans: list[Span]) -> list[_Draft]:
    """Speech without marks: paragraphs that open with a dash, and after a verb and a colon."""
    found: list[_Draft] = []
    marked, reader.drafts = reader.drafts, []
    for line in reader.lines:
        place = (
            line.start
            + len(reader.text[line.start : line.end])
            - len(reader.text[line.start : line.end].lstrip())
        )
        reader.drafts = [d for d in (*marked, *found) if d.outer.end <= place]
        reader.drafts.sort(key=lambda draft: draft.outer)
        if reader.russian and _DASHED.match(reader.text, place, line.end):
            draft = _dashed(reader, place, line)
        else:
            draft = _after_colon(reader, line, spans)
        if draft is not None and not any(draft.outer.overlaps(span) for span in spans):
            found.append(draft)
    reader.drafts = marked
    return found


def _dashed(reader: _Reader, place: int, line: Paragraph) -> _Draft | None:
    """— Speech, — reporting words. — Speech."""
    text = reader.text
    begin = place + 1
    outer = Span(place, line.end)
    split = _split(reader, Span(begin, line.end))
    if split is not None:
        fragments, cue, clause = split
        fragments[-1] = _without_stop(text, fragments[-1])
        draft = _Draft(tuple(fragments), outer, "direct", 0.9, REASONS["dash"])
        return _with_cue(reader, draft, cue, clause.start, clause.end, follows=True)
    for match in re.compile(r"([,!?…])[ \u00a0]*[—–-][ \u00a0]+").finditer(text, begin, line.end):
        said = _reporting(reader, match.end(), _clause_end(text, match.end()))
        if said is not None:
            keep = match.start() if match[1] == "," else match.start() + 1
            span = trim(text, Span(begin, keep))
            draft = _Draft((span,), outer, "direct", 0.9, REASONS["dash"])
            end = _clause_end(text, match.end())
            return _with_cue(reader, draft, said, match.end(), end, follows=True)
    if _conversation(reader, line):
        span = trim(text, Span(begin, line.end))
        return _Draft((span,), outer, "direct", 0.55, REASONS["dash"], settled=True)
    return None


def _conversation(reader: _Reader, line: Paragraph) -> bool:
    """Whether the paragraphs beside it open with a dash, too, and one of them asks."""
    place = line.number - 1
    near = [
        reader.text[other.start : other.end].strip()
        for other in reader.lines[max(place - 1, 0) : place + 2]
    ]
    talks = [words for words in near if _DASHED.match(words)]
    return len(talks) > 1 and any(words.endswith("?") for words in talks)


def _without_stop(text: str, span: Span) -> Span:
    """Without a full stop at the end, which belongs to the whole sentence."""
    if span.length and text[span.end - 1] == "." and not text[: span.end].endswith(".."):
        return Span(span.start, span.end - 1)
    return span


_COLON = re.compile(r":[ \u00a0]+(?=[^\W\d_])")


def _after_colon(reader: _Reader, line: Paragraph, spans: list[Span]) -> _Draft | None:
    """Somebody named, a reporting verb, a colon, and speech to the end of the sentence."""
    text = reader.text
    for match in _COLON.finditer(text, line.start, line.end):
        if any(span.start <= match.start() < span.end for span in spans):
            continue
        start = max(_sentence_start(text, match.start()), line.start)
        found = [c for c in cues(text, start, match.start(), russian=reader.russian) if c.verb]
        if not found or match.start() - found[-1].end > 60:
            continue
        cue = found[-1]
        around = Around(start, match.start(), cue, follows=False, last=reader.last)
        named = [m for m in reader.people.within(start, match.start()) if "nomn" in m.cases]
        if not named:
            continue
        speaker = speaker_of(text, reader.people, around, russian=reader.russian)
        end = min(_sentence_end(text, match.end()), line.end)
        added = _ADDED.search(text, match.end(), end)
        span = trim(text, Span(match.end(), added.start() if added else end))
        if speaker is None or len(_WORDS.findall(text[span.start : span.end])) < 3:
            continue
        draft = _Draft((span,), span, "direct", 0.7, REASONS["unmarked"])
        draft.cue, draft.speaker, draft.settled = text[cue.start : cue.end], speaker, True
        return draft
    return None


# ------------------------------------------------------------------------ speakers carried over


#: How far, in characters, a quotation without reporting words may be from its speaker.
_NEAR = 400


def _settle(reader: _Reader) -> None:
    """Give quotations without reporting words the speaker of their neighbour in the paragraph:
    of the next one when nothing but blanks is between, else of the one before."""
    drafts, text = reader.drafts, reader.text
    for place in range(len(drafts) - 1, -1, -1):
        draft = drafts[place]
        if draft.settled or draft.form == "scare":
            continue
        after = drafts[place + 1] if place + 1 < len(drafts) else None
        if after is not None and after.speaker is not None:
            between = text[draft.outer.end : after.outer.start]
            if not between.strip(" \u00a0.,!?…\n—–-"):
                draft.speaker, draft.settled = Speaker(after.speaker.name, inferred=True), True
    for place, draft in enumerate(drafts):
        if draft.settled or draft.form == "scare":
            continue
        before = next((d for d in reversed(drafts[:place]) if d.form != "scare"), None)
        near = before is not None and draft.outer.start - before.outer.end < _NEAR
        if before is not None and before.speaker is not None and near:
            draft.speaker = Speaker(before.speaker.name, inferred=True)
        elif (named := reader.people.before(draft.outer.start)) is not None and (
            draft.outer.start - named.end < _NEAR
        ):
            draft.speaker = Speaker(named.person, inferred=True)
