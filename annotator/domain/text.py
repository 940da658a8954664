"""Texts: how they enter, how they are counted, how they fall into paragraphs and sentences.

A text is cleaned once, when it is imported, of exactly those characters that a web page or a
database would change or lose on the way; afterwards it never changes and every offset in it stays
true. Nothing else is touched: decomposed letters, no-break spaces, soft hyphens, joiners and
U+2028 are text. Searching and matching `fold` copies of it instead.

Offsets count Unicode code points, as Python does. Browsers count UTF-16 units; `Offsets` converts
between the two, and is the only place that does.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from itertools import filterfalse
from typing import NamedTuple

from annotator.domain.spans import BLANK, Span, trim, visible

# ------------------------------------------------------------------------------ coming in


@dataclass(frozen=True, slots=True)
class TextChange:
    """What normalising did: `count` characters (for crlf: pairs) of one kind."""

    kind: str
    count: int


class Normalised(NamedTuple):
    """A clean text and what had to be changed for it, in a fixed order, nothing when clean."""

    text: str
    changes: tuple[TextChange, ...]


# C0 without TAB and LF, DEL, all of C1 (U+0085 as well: browsers and databases disagree on
# whether it ends a line, and it carries no text), lone surrogates, two noncharacters that
# XML and text encodings refuse.
_STRAY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BOM = "\ufeff"


def normalise(raw: str) -> Normalised:
    """Return the text as it will be stored for ever, with the count of each kind of change.

    Kinds: `crlf` and `cr` (became LF), `nul`, `surrogate` and `control` (removed), `bom` (removed
    from the beginning). The result is unchanged by a second call, by an HTML parser, and by
    UTF-8 there and back.
    """
    text, counts = raw, dict.fromkeys(("bom", "crlf", "cr", "nul", "surrogate", "control"), 0)
    if "\r" in text:
        counts["crlf"] = text.count("\r\n")
        counts["cr"] = text.count("\r") - counts["crlf"]
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _has_stray(text):
        for found in _STRAY.findall(text):
            counts[_kind(found)] += 1
        text = _STRAY.sub("", text)
    if text.startswith(_BOM):
        clean = text.lstrip(_BOM)
        counts["bom"] = len(text) - len(clean)
        text = clean
    changes = (TextChange(kind, count) for kind, count in counts.items() if count)
    return Normalised(text, tuple(changes))


def _has_stray(text: str) -> bool:
    """Whether anything has to be removed; on UTF-8 bytes, several times quicker than on text."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    return (
        len(data.translate(None, _STRAY_BYTES)) != len(data)
        or b"\xef\xbf\xbe" in data
        or b"\xef\xbf\xbf" in data
        or _STRAY_C1.search(data) is not None
    )


_STRAY_BYTES = bytes(n for n in range(0x80) if _STRAY.match(chr(n)))
_STRAY_C1 = re.compile(rb"\xc2[\x80-\x9f]")


def _kind(character: str) -> str:
    """Name the kind of one character that is not text."""
    if character == "\0":
        return "nul"
    return "surrogate" if "\ud800" <= character <= "\udfff" else "control"


def sha256(text: str) -> str:
    """Return the hexadecimal SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


# ------------------------------------------------------------------------------- counting


class Offsets:
    """Converts offsets of one text between code points (Python) and UTF-16 units (browsers).

    Without characters above U+FFFF both are the same; otherwise each conversion is one bisect
    over the places of those characters. Build it once per text and keep it.
    """

    __slots__ = ("_astral", "_units", "length", "length_utf16")

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.length_utf16 = len(text.encode("utf-16-le", "surrogatepass")) // 2
        self._astral: list[int] = []
        if self.length_utf16 != self.length:
            self._astral = [m.start() for m in re.finditer("[\U00010000-\U0010ffff]", text)]
        self._units = [place + before for before, place in enumerate(self._astral)]

    def to_codepoints(self, utf16: int) -> int:
        """Return the code point offset of a UTF-16 offset.

        Raises ValueError outside 0…length_utf16 and in the middle of a surrogate pair.
        """
        if not 0 <= utf16 <= self.length_utf16:
            raise ValueError(f"offset {utf16} is outside the text of {self.length_utf16} units")
        if not self._units:
            return utf16
        before = bisect_left(self._units, utf16)
        if before and self._units[before - 1] + 1 == utf16:
            raise ValueError(f"offset {utf16} is in the middle of one character")
        return utf16 - before

    def to_utf16(self, codepoints: int) -> int:
        """Return the UTF-16 offset of a code point offset; ValueError outside 0…length."""
        if not 0 <= codepoints <= self.length:
            raise ValueError(f"offset {codepoints} is outside the text of {self.length} characters")
        if not self._astral:
            return codepoints
        return codepoints + bisect_left(self._astral, codepoints)


_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_GLUE = f"{_MARKS}\u00ad\u200b-\u200d"
_LETTERS = rf"[^\W_]++(?:[{_GLUE}]++[^\W_]*+)*+"
# Possessive throughout: it never goes back, and takes a tenth of the time.
_WORD = re.compile(rf"{_LETTERS}(?:(?:[-\u2010\u2011'’]|(?<=\d)[.,](?=\d)){_LETTERS})*+")


def words(text: str) -> int:
    """Count the words: runs of letters and digits; hyphens, apostrophes, decimals join."""
    # No word reaches over a blank, and a piece of letters and digits alone is one: most are.
    pieces = text.split()
    others = list(filterfalse(str.isalnum, pieces))
    return len(pieces) - len(others) + len(_WORD.findall(" ".join(others)))


# ------------------------------------------------------------------------------ falling apart


class Paragraph(NamedTuple):
    """A whole line of the text, blanks at its ends included; `number` counts from 1."""

    number: int
    start: int
    end: int


def paragraphs(text: str) -> list[Paragraph]:
    """Return the lines that show something, numbered in order.

    Only LF ends a line (U+2028, U+0085 or a form feed inside a text would be text), and
    `text[start:end]` never holds one.
    """
    found: list[Paragraph] = []
    start = 0
    for line in text.split("\n"):
        if visible(line):
            found.append(Paragraph(len(found) + 1, start, start + len(line)))
        start += len(line) + 1
    return found


def _vocabulary(listed: str) -> frozenset[str]:
    """Return the set of the words listed between blanks."""
    return frozenset(listed.split())


# A full stop after one of these never ends a sentence …
_JOINS = _vocabulary(
    "г гг в вв ул пл пр-т просп наб корп кв обл р-н им св акад проф доц инж г-н г-жа гр тов см ср "
    "напр рис табл гл стр ст п пп ч т е к н о д-р л-т ген полк зам пом пос дер оз "
    "mr mrs ms messrs dr prof st sen rep gov gen col lt maj capt sgt rev hon pres vs cf fig "
    "vol pp ed eds approx e.g i.e u.s u.k u.n"
)
# … and after one of these only when a capital letter follows.
_TAILS = _vocabulary(
    "тыс млн млрд трлн руб коп долл евро тг проц экз чел км кг др проч пр мес сут час мин сек "
    "т.д т.п etc inc ltd co corp jr sr llc plc a.m p.m jan feb mar apr jun jul "
    "aug sept sep oct nov dec"
)

_CLOSE = "»”’\"')\\]"
_END = re.compile(
    rf"(?:[.!?…]+[{_CLOSE}]*)(?=[{re.escape(BLANK)}]|$)"
    # A blank lost between two sentences, as in «на треке.В последнее время».
    rf"|(?<=[а-яё]{{3}})[.!?…]+[{_CLOSE}]*(?=[«„(]?[А-ЯЁ][а-яё ])"
)
_NEXT = re.compile(rf"[{re.escape(BLANK)}«„“\"'(\[—–-]*(.)", re.DOTALL)
_BEFORE = re.compile(r"([^\W_](?:[\w.’'-]*[\w])?)$")
_PAIR = re.compile(r"(?:^|[^\w.])(\w{1,2})\.[ \xa0]?(\w{1,2})$")
_ENUMERATED = re.compile(rf"[{re.escape(BLANK)}«„(\[]*(?:\d{{1,3}}|[IVXLC]{{1,5}})$")


def sentences(text: str, start: int, end: int) -> list[Span]:
    """Return the sentences of `text[start:end]`, usually one paragraph.

    Spans are in code points of the whole text, in order, never empty, without blanks at their
    ends; together they cover every visible character. Abbreviations and initials of Russian and
    English do not end a sentence, nor does a stop before a small letter.
    """
    found: list[Span] = []
    piece = text[start:end]
    begin = 0
    for match in _END.finditer(piece):
        if _ends_here(piece, begin, match):
            _add(found, text, Span(start + begin, start + match.end()))
            begin = match.end()
    _add(found, text, Span(start + begin, end))
    return found


def _add(found: list[Span], text: str, span: Span) -> None:
    """Append the trimmed span; one without letter or digit goes to the sentence before it."""
    span = trim(text, span)
    if not span.length:
        return
    if found and not any(map(str.isalnum, text[span.start : span.end])):
        found[-1] = Span(found[-1].start, span.end)
    else:
        found.append(span)


def _ends_here(piece: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the stop that `match` found ends the sentence that began at `begin`."""
    after = _NEXT.match(piece, match.end())
    if after is None:
        return True
    left = piece[begin : match.start()]
    if after[1].islower() or not any(map(str.isalnum, left)):
        return False
    if match[0] != ".":
        return True
    return not _abbreviation(left[-40:], len(left) <= 40)


def _abbreviation(left: str, whole: bool) -> bool:
    """Whether the text before a full stop, followed by no small letter, runs on after it."""
    if whole and _ENUMERATED.match(left):
        return True
    pair = _PAIR.search(left)
    if pair and f"{pair[1]}.{pair[2]}".lower() in _TAILS:
        return False
    before = _BEFORE.search(left)
    if before is None:
        return False
    word = before[1]
    last = word.rsplit(".", 1)[-1]
    if len(last) == 1 and last.isupper():
        return True
    return word.lower() in _JOINS or (last.lower() in _JOINS and "." in word)


# --------------------------------------------------------------------------------- matching

_IGNORED = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SAME: dict[int, str | None] = {ord(c): None for c in _IGNORED}
_SAME |= {ord(c): '"' for c in "«»„“”‟〝〞＂"}
_SAME |= {ord(c): "'" for c in "‘’‚‛‹›`´ʼ"}
_SAME |= {ord(c): "-" for c in "‐‑‒–—―−⁃"}
_SAME |= {ord(c): " " for c in "\u2028\u2029\u1680"}
_COMBINING = re.compile(f"[{_MARKS}]+")


def fold(text: str) -> str:
    """Return the text as it is compared: two spellings of the same words become equal.

    Small letters, ё as е, accents and stress marks gone while й stays a letter, no-break spaces
    as spaces, soft hyphens and zero-width characters gone, one kind of quote and of dash.
    Lengths change: never use an offset of a folded text in the text itself.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = folded.translate(_SAME).replace("и\u0306", "й")
    return _COMBINING.sub("", folded)
