"""People named in a text: full names, surnames that stand for them, all in the nominative.

Capital letters find a name, the dictionary tells case and gender, and a surname alone stands for
the fullest name with the same beginning ("Токаева" for "Касым-Жомарт Токаев"). Lemmas of surnames
are not trusted: the dictionary takes "Токаев" for a form of "токай".
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import Reading, name_form, readings
from annotator.domain.spans import Span

_RU_WORD = r"[А-ЯЁ][а-яё]+(?:[-‑][А-ЯЁа-яё]+)*"
_RU_NAME = re.compile(rf"\b{_RU_WORD}(?:[ \u00a0](?:[А-ЯЁ]\.[ \u00a0]?){{0,2}}{_RU_WORD}){{0,3}}")
_RU_INITIALS = re.compile(rf"\b[А-ЯЁ]\.[ \u00a0]?(?:[А-ЯЁ]\.[ \u00a0]?)?({_RU_WORD})")
_EN_WORD = r"(?:[A-Z][a-z’']?[A-Za-zà-ÿ]+|O['’][A-Z][a-z]+)(?:-[A-Z][a-z]+)*"
_EN_NAME = re.compile(
    rf"\b{_EN_WORD}(?: (?:[A-Z]\. )?(?:(?:van|de|von|der|bin|al|da|el|la|le) )*{_EN_WORD}){{0,5}}"
)
NO_NAMES = vocabulary(
    "The A An In On At But And Or If When While After Before For From With His Her Their Its He "
    "She It They We You I This That These Those There Here As By To Of Not No Yes President "
    "Prime Minister Mr Mrs Ms Dr Sir Lord Lady Sheriff Mayor Governor Senator Professor Judge "
    "Chief Secretary Chancellor King Queen Prince Princess Captain General Colonel Coach Police "
    "University Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March "
    "April May June July August September October November December According Representative "
    "Congressman Detective Officer Sergeant Lieutenant Justice Vice Deputy Foreign Defense "
    "Defence Finance Health Interior What Who Why How Where Which One Two Three Some Many Most "
    "All Both Each Last Next White House State Department Ministry Court Supreme National "
    "United States Kingdom Street Road City County Earlier Later However Meanwhile Instead "
    "Still Now Then Also Speaking Asked So Such Commissioner Spokesman Spokeswoman Spokesperson "
    "Director Attorney Sen Rep Gov Treasury Superintendent Chairman Chairwoman Chair Ambassador "
    "Archbishop Pope Bishop Saint Agent Inspector Constable Councillor MP Mayor"
)
#: How Russian surnames end in their cases; what else ends so has no capital within a sentence.
_SURNAME = re.compile(
    r"[а-яё]{2}(?:[оеё]в|[иы]н|ск|цк)(?:|а|у|ым|е|ой|ий|ого|ому|им|ом|ая|ую|ые|ых)$|[а-яё]{2}(?:ко|дзе|швили|ян|уллин|бек)$"
)
_ENDING = re.compile(r"(?:ого|ому|ыми|ими|ым|им|ом|ем|ой|ей|ий|ый|ая|ую|[аеуыиюяй])$")
_SHORT_SURNAMES = vocabulary("Си Ли Ким Пак Ван Ху Чжан Лю Ма Хань Мун Чо")
_TITLES = ("Name", "Surn", "Patr")


class Mention(NamedTuple):
    """A name at a place: which person (the fullest nominative form), possible cases, gender."""

    start: int
    end: int
    person: str
    cases: frozenset[str]
    gender: str
    certain: bool


@dataclass
class People:
    """The people of a text by place; `mentions` in order."""

    mentions: list[Mention] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def within(self, start: int, end: int) -> list[Mention]:
        """The mentions that begin in `start`…`end`."""
        return self.mentions[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def outside(self, spans: Sequence[Span]) -> "People":
        """Those whom the text itself names, not the words it quotes."""
        kept = [m for m in self.mentions if not any(s.start <= m.start < s.end for s in spans)]
        return People(kept, [mention.start for mention in kept])

    def before(self, place: int, *, gender: str = "") -> Mention | None:
        """The nearest mention before a place, of this gender where one is asked for."""
        for mention in reversed(self.mentions[: bisect_left(self.starts, place)]):
            if not gender or not mention.gender or mention.gender == gender:
                return mention
        return None


def find_people(text: str, *, russian: bool) -> People:
    """Return the people that the text names."""
    raw = _men(text, _russian(text)) if russian else _english(text)
    full = [mention for mention in raw if " " in mention.person]
    known: dict[str, Mention] = {}
    for mention in full:
        known.setdefault(_stem(mention.person.rsplit(" ", 1)[-1]), mention)
    resolved: list[Mention] = []
    for mention in raw:
        same = known.get(_stem(mention.person.rsplit(" ", 1)[-1]))
        if same is not None and (" " not in mention.person or _same(mention.person, same.person)):
            gender = mention.gender or same.gender
            resolved.append(mention._replace(person=same.person, certain=True, gender=gender))
        elif mention.certain:
            resolved.append(mention)
    resolved.sort()
    return People(resolved, [mention.start for mention in resolved])


def _men(text: str, mentions: list[Mention]) -> list[Mention]:
    """Read "Токаева" as the genitive of a man where the text also has "Токаев"."""
    base = {
        _stem(m.person.rsplit(" ", 1)[-1])
        for m in mentions
        if m.gender == "masc" and "nomn" in m.cases
    }
    return [
        m._replace(**_as_man(text, m))
        if m.gender == "femn" and _stem(m.person.rsplit(" ", 1)[-1]) in base and not _woman(m)
        else m
        for m in mentions
    ]


def _as_man(text: str, mention: Mention) -> dict[str, Any]:
    words = tuple(text[mention.start : mention.end].split())
    person, cases, gender = _declined(words, "masc")
    return {"person": person, "cases": cases, "gender": gender}


def _woman(mention: Mention) -> bool:
    """Whether the first name is known to be a woman's."""
    first, _, rest = mention.person.partition(" ")
    return bool(rest) and _known(first) and "femn,Name" in readings(first)[0].tag


def _same(one: str, other: str) -> bool:
    return one[0] == other[0]


def _stem(surname: str) -> str:
    """The part of a surname that no ending changes."""
    folded = surname.lower().replace("ё", "е")
    return _ENDING.sub("", folded) if len(folded) > 4 else folded


# ------------------------------------------------------------------------------ Russian


def _russian(text: str) -> list[Mention]:
    found: list[Mention] = []
    for match in _RU_NAME.finditer(text):
        found += _names_in(text, match)
    for match in _RU_INITIALS.finditer(text):
        named = _mention(match.start(), match.end(), (match[1],), certain=True)
        found = [m for m in found if not (m.start < named.end and named.start < m.end)]
        found.append(named)
    return sorted(found)


def _names_in(text: str, match: re.Match[str]) -> list[Mention]:
    """The names within a run of capitalised words; the first word may only begin a sentence."""
    words = [(m.start(), m.end(), m[0]) for m in re.finditer(_RU_WORD, match[0])]
    offset = match.start()
    kept: list[tuple[int, int, str]] = []
    found: list[Mention] = []
    inside = _within_sentence(text[max(offset - 2, 0) : offset])
    names = _accepted([word for _, _, word in words], inside)
    for place, (start, end, word) in enumerate((*words, (0, 0, ""))):
        if len(kept) > 1 and word and _first_name(word) and _last_name(kept[-1][2]):
            found += _run(kept, offset, inside)
            kept = []
        if word and names[place]:
            kept.append((start, end, word))
            continue
        if kept:
            found += _run(kept, offset, inside or kept[0][0] > 0)
        kept = []
    return found


def _within_sentence(before: str) -> bool:
    """Whether the two characters before a word say that it does not open the sentence."""
    return len(before) == 2 and before[0] not in '.!?…»”":\n' and before[1] in " \u00a0("


def _accepted(words: list[str], inside: bool) -> list[bool]:
    """Which capitalised words in a row belong to names. Beside a first name, a word that the
    dictionary knows for something else does, too: "Эмманюэль Макрон", "Хакан Фидан"."""
    accepted = [_may_name(word) for word in words]
    for place in range(1, len(words)):
        one, two = words[place - 1], words[place]
        if accepted[place - 1] and not accepted[place] and _any_name(one) and _plain(two):
            accepted[place] = True
        elif accepted[place] and not accepted[place - 1] and _any_name(two) and _plain(one):
            accepted[place - 1] = (place > 1 or inside) and "anim" in readings(one)[0].tag
    return accepted


def _any_name(word: str) -> bool:
    return any(_titled(reading) for reading in readings(word)) or not _known(word)


def _plain(word: str) -> bool:
    """Whether a word is neither a place nor a firm, nor one that only joins others."""
    tags = " ".join(reading.tag for reading in readings(word))
    parts = {reading.part for reading in readings(word)}
    return "Geox" not in tags and "Orgn" not in tags and "NOUN" in parts and "-" not in word


@lru_cache(maxsize=20_000)
def _may_name(word: str) -> bool:
    """Whether a capitalised word may be part of a person's name."""
    first = readings(word)[0]
    tags = " ".join(reading.tag for reading in readings(word))
    if any(title in tags for title in _TITLES):
        return first.part not in ("PREP", "CONJ", "NPRO", "PRCL", "ADVB", "VERB", "INFN", "PRED")
    if word in _SHORT_SURNAMES:
        return True
    head, hyphen, tail = word.partition("-")
    if hyphen and tail.islower() and _known(head):
        return False
    if _known(word):
        return bool(_SURNAME.search(word)) and "Geox" not in tags and "Orgn" not in tags
    return first.part == "NOUN"


def _first_name(word: str) -> bool:
    return "Name" in readings(word)[0].tag


def _last_name(word: str) -> bool:
    return bool(_SURNAME.search(word)) or any("Surn" in r.tag for r in readings(word))


def _common(word: str) -> bool:
    """Whether the likeliest reading of a capitalised word is no name: "Полицейский", "Роман"."""
    first = readings(word)[0]
    return _known(word) and not any(title in first.tag for title in _TITLES)


def _known(word: str) -> bool:
    """Whether the dictionary itself has the word (a guess is none)."""
    from annotator.domain.morphology import is_known

    return is_known(word)


def _run(kept: list[tuple[int, int, str]], offset: int, inside: bool) -> list[Mention]:
    """Capitalised words in a row as one name: "Касым-Жомарт Токаев", "Иванова". One word alone is
    a name for sure when the dictionary says so, or when it looks like one `inside` a sentence."""
    while len(kept) > 2 and _common(kept[0][2]):
        kept = kept[1:]
    words = [word for _, _, word in kept]
    tags = [" ".join(r.tag for r in readings(word)) for word in words]
    certain = len(words) > 1 or ("Surn" in tags[0] and not _common(words[0]))
    certain = certain or (inside and _OV.search(words[0]) is not None)
    if len(words) > 1 and not any(title in tag for tag in tags for title in _TITLES):
        certain = all(not _known(word) or _SURNAME.search(word) for word in words)
    return [_mention(offset + kept[0][0], offset + kept[-1][1], tuple(words), certain=certain)]


def _mention(
    start: int, end: int, words: tuple[str, ...], *, certain: bool, gender: str = ""
) -> Mention:
    person, cases, gender = _declined(words, gender)
    return Mention(start, end, person, cases, gender, certain)


_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")


@lru_cache(maxsize=10_000)
def _declined(words: tuple[str, ...], gender: str = "") -> tuple[str, frozenset[str], str]:
    """The name in the nominative, by a case and gender that all its words can have; every such
    case; the gender. With `gender` given only that one is tried."""
    options = [_name_readings(word) for word in words]
    scores: dict[tuple[str, str], int] = {}
    for one in (gender,) if gender else ("masc", "femn"):
        for rank, case in enumerate(_CASES):
            score = -rank
            for readings_of_word in options:
                fits = [r for r in readings_of_word if r.case == case and r.gender in (one, "")]
                score += 20 * bool(fits) + 10 * any(map(_titled, fits))
            scores[one, case] = score
    best = max(scores, key=lambda key: scores[key])
    top = scores[best] + _CASES.index(best[1])
    cases = frozenset(
        case for rank, case in enumerate(_CASES) if scores[best[0], case] + rank >= top
    )
    return " ".join(_nominative(word, best[1], best[0]) for word in words), cases, best[0]


@lru_cache(maxsize=20_000)
def _name_readings(word: str) -> list[Reading]:
    every = [r for r in readings(word) if r.number != "plur"]
    titled = [r for r in every if _titled(r)]
    if titled and (_known(word) or not _OV.search(word)):
        return titled
    return surname_readings(word) or titled or [r for r in every if r.part == "NOUN"]


#: Endings of surnames in -ов, -ев, -ин that the dictionary takes for something else.
_DECLINED = {
    "masc": {"": "nomn", "а": "gent accs", "у": "datv", "ым": "ablt", "е": "loct"},
    "femn": {"а": "nomn", "ой": "gent datv ablt loct", "у": "accs"},
}


def surname_readings(word: str) -> list[Reading]:
    """Readings of a word as such a surname; none when it does not look like one."""
    match = _OV.search(word)
    if match is None:
        return []
    return [
        Reading(word, word.lower(), "NOUN", case, "sing", gender, "Surn", 0.5)
        for gender, endings in _DECLINED.items()
        for ending, cases in endings.items()
        if ending == match[1]
        for case in cases.split()
    ]


_OV = re.compile(r"[а-яё]{2}(?:[оеё]в|[иы]н)(|а|у|ым|е|ой)$")


def _nominative(word: str, case: str, gender: str) -> str:
    """The word in the nominative, of this gender."""
    match = _OV.search(word)
    if match is None or case == "nomn" or (_known(word) and any(map(_titled, readings(word)))):
        return name_form(word, case, gender)
    return word[: match.start(1)] + ("а" if gender == "femn" else "")


def _titled(reading: Reading) -> bool:
    return any(title in reading.tag for title in _TITLES)


# ------------------------------------------------------------------------------ English


def _english(text: str) -> list[Mention]:
    found: list[Mention] = []
    for match in _EN_NAME.finditer(text):
        words = [(m.start(), m.end(), m[0]) for m in re.finditer(r"[^ ]+", match[0])]
        # A title ends what is before a name: "Treasury Secretary Janet Yellen".
        last = max((i for i, word in enumerate(words) if word[2] in NO_NAMES), default=-1)
        words = words[last + 1 :] or words[: max(last, 0)]
        words = [word for word in words if word[2] not in NO_NAMES]
        if not words:
            continue
        start, end = match.start() + words[0][0], match.start() + words[-1][1]
        name = re.sub(r"['’]s?$", "", text[start:end])
        found.append(
            Mention(start, start + len(name), name, frozenset({"nomn", "gent"}), "", len(words) > 1)
        )
    return found
