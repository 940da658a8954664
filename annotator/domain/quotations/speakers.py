"""Who says it: the subject of the reporting words, or whoever a pronoun or a title stands for."""

import re
from dataclasses import dataclass

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import inflected, readings
from annotator.domain.quotations.cues import Cue
from annotator.domain.quotations.people import NO_NAMES, Mention, People

_HE = vocabulary("он ему нем него his him he")
_SHE = vocabulary("она ей ней нее her she")
_THEY = vocabulary("они им них их they them")
_I = vocabulary("я мы i we")
_WORD = re.compile(r"[^\W\d_]+(?:[-‑][^\W\d_]+)*")
_TITLES = re.compile(
    r"^(?:президент|премьер|министр|глава|губернатор|мэр|депутат|сенатор|канцлер|посол|врач|тренер|"
    r"наставник|адвокат|защитник|следователь|прокурор|судья|эксперт|аналитик|политолог|экономист|"
    r"учен|уч[её]н|профессор|режисс[её]р|акт[её]р|актрис|певец|певиц|писател|журналист|спортсмен|"
    r"футболист|хоккеист|теннисист|нападающ|вратарь|капитан|чемпион|директор|гендиректор|основател|"
    r"руководител|начальник|председател|спикер|чиновни|политик|дипломат|военн|генерал|полковник|"
    r"пенсион|жител|очевид|собеседник|пресс-секретар|представител|президента|автор|исследовател|"
    r"астрофизик|физик|биолог|историк|социолог|психолог|бизнесмен|предпринимател|уполномоченн|омбудсмен|"
    r"координатор|менеджер|специалист|лидер|министерш|тренерш|женщин|мужчин|пострадавш|потерпевш|"
    r"обвиня|подсудим|водител|источник|эксперт|учител|студент|мать|отец|сын|дочь|вдов|коллег)"
)
_ORGANISATIONS = re.compile(
    r"(?:пресс-служб|ведомств|министерств|компани|корпораци|правительств|администраци|мид|мвд|мчс|фсб|"
    r"кремл|минфин|мин\w+|росстат|центробанк|банк|полици|прокуратур|суд|посольств|агентств|газет|"
    r"редакци|партии|партия|фонд|штаб|совет|комитет|департамент|руководств|клуб|федераци|профсоюз|"
    r"организаци|оон|еврокомисси|пентагон|госдеп|роспотребнадзор|росавиаци|следком|киев|москв|вашингтон)"
)


#: "Передаёт слова Трампа", "приводит слова".
_WORDS_OF = re.compile(r"\bслова (?:\w+ ){0,3}$")


#: People who stay without a name: whoever was named before is somebody else.
_UNNAMED = re.compile(
    r"^(?:пострадавш|очевид|свидетел|источник|собеседник|жител|сосед|женщин|мужчин|представител|"
    r"полицейск|потерпевш|люд|граждан|пассажир|родител|мать|отец|болельщик|участник|сторонник)"
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A name, or words that stand for somebody, and whether it had to be inferred."""

    name: str
    inferred: bool = False


@dataclass(slots=True)
class Around:
    """Where to look for the speaker of one quotation: the reporting clause start…end with its cue,
    whether it follows the quotation, and the speaker of the quotation before."""

    start: int
    end: int
    cue: Cue
    follows: bool
    last: Speaker | None


def speaker_of(text: str, people: People, around: Around, *, russian: bool) -> Speaker | None:
    """Return the speaker of a reporting clause, or None where nobody can be made out."""
    cue = around.cue
    if not russian and (beside := _beside(text, people, around)) is not None:
        return beside
    named = _named(text, people, around, russian)
    if named is not None:
        return Speaker(named.person)
    if not russian and cue.according:
        return None
    pronoun = _pronoun(text, around)
    if pronoun == "they":
        return around.last and Speaker(around.last.name, inferred=True)
    if pronoun is not None:
        return _carried(people, around, pronoun)
    if russian:
        return _subject(text, people, around)
    return _english_subject(text, people, around)


def _named(text: str, people: People, around: Around, russian: bool) -> Mention | None:
    """The person nearest to the cue who can be its subject."""
    cue = around.cue
    near = people.within(around.start, around.end)
    if text[cue.start : cue.end].startswith(("цитир", "процитир")):
        quoted = [m for m in near if "accs" in m.cases]
        if quoted:
            return quoted[0]
    if text.find("слова", around.start, around.end) >= 0:
        owned = [m for m in near if _WORDS_OF.search(text, 0, m.start)]
        if owned:
            return owned[0]
    if cue.according:
        near = [m for m in near if m.start >= cue.end and ("gent" in m.cases or not russian)]
        return near[0] if near else None
    if russian and cue.verb:
        near = [m for m in near if "nomn" in m.cases]
    if not near:
        return None
    after = [m for m in near if m.start >= cue.end]
    before = [m for m in near if m.end <= cue.start]
    if around.follows:
        return after[0] if after else before[-1]
    if not cue.verb and russian:
        owned = [m for m in after if "gent" in m.cases]
        return owned[0] if owned else (before[-1] if before else None)
    return before[-1] if before else after[0]


_CAPITAL = re.compile(r"([A-Z][\w’'-]*)[ \u00a0]+$")


def _beside(text: str, people: People, around: Around) -> Speaker | None:
    """An English name directly before the verb: "Biden told", "Apple said"."""
    match = _CAPITAL.search(text, around.start, around.cue.start)
    if match is None or not around.cue.verb or match[1] in NO_NAMES:
        return None
    for mention in people.within(around.start, around.cue.start):
        if mention.start <= match.start() < mention.end:
            return Speaker(mention.person)
    return Speaker(match[1])


def _pronoun(text: str, around: Around) -> str | None:
    """ "masc", "femn", "they", "any" for the pronoun that is the subject of the clause."""
    words = [m[0].lower() for m in _WORD.finditer(text, around.start, around.end)]
    for word in words:
        if word in _HE and word not in ("ему", "нем", "него", "him"):
            return "masc"
        if word in _SHE and word not in ("ей", "ней", "нее"):
            return "femn"
        if word in ("они", "they"):
            return "they"
    if not around.cue.according:
        return None
    owners = {"его": "masc", "ее": "femn", "её": "femn", "их": "they"}
    return next((owners[word] for word in words if word in owners), None)


def _carried(people: People, around: Around, gender: str) -> Speaker | None:
    """Whoever was named or quoted before, of the pronoun's gender."""
    place = around.start
    nearest = people.before(place, gender=gender)
    if around.last is not None and not around.last.name.islower():
        known = next((m for m in people.mentions if m.person == around.last.name), None)
        if known is None or not known.gender or known.gender == gender:
            return Speaker(around.last.name, inferred=True)
    return Speaker(nearest.person, inferred=True) if nearest else None


def _subject(text: str, people: People, around: Around) -> Speaker | None:
    """A noun in the nominative near the cue: a title stands for the last person, anything else
    for itself; "в МЧС" is the MChS."""
    words = list(_WORD.finditer(text, around.start, around.end))
    cue = around.cue
    if cue.according:
        return _according(people, around, [m[0] for m in words if m.start() >= cue.end])
    if text.startswith("говорится", cue.start):
        return _document(text, around)
    first = words[0][0] if words else ""
    if _agrees_with(first, text[cue.start : cue.end]):
        return Speaker(first)
    right = [m for m in words if m.start() >= cue.end]
    # What follows "что" is said, not saying.
    right = right[: next((i for i, m in enumerate(right) if m[0] == "что"), len(right))]
    left = [m for m in reversed(words) if m.end() <= cue.start]
    for match in (*right[:5], *left[:6]) if around.follows else (*left[:6], *right[:4]):
        word = match[0]
        reading = readings(word)[0]
        before = text[max(match.start() - 3, 0) : match.start()].lower().split()
        if before and before[-1] in ("в", "во") and _ORGANISATIONS.match(word.lower()):
            return Speaker(_organisation(text, match))
        nominative = any(r.part == "NOUN" and r.case == "nomn" for r in readings(word)[:2])
        if not nominative or reading.part not in ("NOUN", "ADJF", "PRTF"):
            continue
        if reading.number == "plur" and "anim" in reading.tag:
            return Speaker(word.lower())
        animate = word.islower() and any("anim" in r.tag for r in readings(word)[:1])
        if _TITLES.match(word.lower()) or (animate and not _UNNAMED.match(word.lower())):
            return _titled(people, around, word)
        if "anim" in reading.tag or _ORGANISATIONS.match(word.lower()) or word.isupper():
            return Speaker(word if not word.islower() else word.lower())
    for match in words:
        if _TITLES.match(match[0].lower()) and any(r.case == "nomn" for r in readings(match[0])):
            return _titled(people, around, match[0])
    if around.cue.verb and around.last is not None and not left and not right:
        return Speaker(around.last.name, inferred=True)
    return None


def _agrees_with(word: str, verb: str) -> bool:
    """Whether a capitalised first word looks like a surname and the verb may be its: "Песков …
    сказал"; the dictionary knows it for something else."""
    if not word[:1].isupper() or len(word) < 5:
        return False
    man = re.search(r"[а-яё](?:[оеё]в|[иы]н)$", word) and verb.endswith(("л", "ет", "ит"))
    woman = re.search(r"[а-яё](?:[оеё]в|[иы]н)а$", word) and verb.endswith(("ла", "ет", "ит"))
    return bool(man or woman)


def _document(text: str, around: Around) -> Speaker | None:
    """ "Говорится в сообщении Росстата", "на сайте министерства": whose document it is."""
    for match in list(_WORD.finditer(text, around.cue.end, around.end))[1:6]:
        word = match[0]
        if word.isupper() or _ORGANISATIONS.match(word.lower()) or word[0].isupper():
            base = word if word.isupper() else inflected(word.lower(), "NOUN", "nomn", "sing")
            return Speaker(base.capitalize() if word.istitle() else base)
    return None


def _according(people: People, around: Around, words: list[str]) -> Speaker | None:
    """ "По мнению врача": a title in the genitive."""
    for word in words[:3]:
        for reading in readings(word)[:2]:
            if reading.part == "NOUN" and reading.case == "gent" and "anim" in reading.tag:
                return _titled(people, around, inflected(word.lower(), "NOUN", "nomn"))
    return None


def _organisation(text: str, match: re.Match[str]) -> str:
    """The organisation that speaks, in the nominative, with a quoted name after it."""
    word = match[0]
    if not word.isupper():
        base = inflected(word.lower(), "NOUN", "nomn")
        word = base.capitalize() if word[0].isupper() else base
    tail = re.match(r" [А-ЯЁ]{2,7}\b|(?: \w+)? «[^»]{1,40}»", text[match.end() : match.end() + 60])
    return word + tail[0] if tail else word


def _titled(people: People, around: Around, word: str) -> Speaker:
    """A title without a name: the last speaker, or who was named last; else the title itself."""
    gender = next((r.gender for r in readings(word) if r.case == "nomn"), "")
    earlier = people.before(around.start, gender=gender if gender == "femn" else "")
    known = {m.person for m in people.mentions}
    if around.last is not None and around.last.name in known and (
        earlier is None or _recent(people, around, around.last.name)
    ):  # fmt: skip
        return Speaker(around.last.name, inferred=True)
    if earlier is not None and around.start - earlier.end < 600:
        return Speaker(earlier.person, inferred=True)
    return Speaker(word.lower())


def _recent(people: People, around: Around, name: str) -> bool:
    """Whether nobody else was named, in the nominative, since the last speaker was."""
    for mention in reversed(people.within(0, around.start)):
        if "nomn" in mention.cases:
            return mention.person == name
    return True


_EN_SAME = re.compile(
    r"\b(?:his|her|the (?:mayor|minister|president|coach|senator|sheriff|actor))\b"
)
_EN_ROLE = re.compile(
    r"\b(?:the |a )?(\w+(?:man|woman|er|or|ist|ian|ant|ent)s?|police|officials?|witness(?:es)?|"
    r"company|government|ministry|department|authorities|residents?|coach|judge)\b"
)


def _english_subject(text: str, people: People, around: Around) -> Speaker | None:
    clause = text[around.start : around.end]
    if re.search(
        r"\b(?:his|her|the (?:mayor|minister|president|coach|senator|sheriff|actor))\b", clause
    ):
        nearest = around.last or (
            Speaker(m.person, inferred=True) if (m := people.before(around.start)) else None
        )
        return nearest and Speaker(nearest.name, inferred=True)
    short = re.findall(r"\b[A-Z]{2,6}\b", text[around.start : around.cue.end])
    if short and not around.follows:
        return Speaker(short[-1])
    role = _EN_ROLE.search(clause)
    return Speaker(role[1].lower()) if role else None
