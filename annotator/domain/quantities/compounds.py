"""Numbers inside words: "45-летний", "500-процентных", "пятидневный", "six-year-old", "два-три"."""

from decimal import Decimal
from typing import NamedTuple

from annotator.domain.detection import vocabulary
from annotator.domain.quantities.numerals import COUNTS

#: How the second part of an adjective begins: the unit it stands for.
_STEMS = {
    "процентн": "%", "летн": "год", "годичн": "год", "годовал": "год", "месячн": "месяц",
    "недельн": "неделя", "дневн": "день", "суточн": "сутки", "часов": "час", "минутн": "минута",
    "секундн": "секунда", "километров": "километр", "метров": "метр", "сантиметров": "сантиметр",
    "миллиметров": "миллиметр", "тонн": "тонна", "килограммов": "килограмм", "литров": "литр",
    "градусн": "градус", "рублев": "RUB", "долларов": "USD", "этажн": "этаж", "местн": "место",
    "комнатн": "комната", "балльн": "балл", "кратн": "раз", "мегаваттн": "мегаватт",
    "полосн": "полоса", "томн": "том", "страничн": "страница", "очков": "очко",
}  # fmt: skip
#: Those that words, too, make figures of: ages, shares and lengths of time.
_IN_WORDS = ("процентн", "летн", "месячн", "недельн", "дневн", "часов", "минутн", "километров")
_PREFIXES = {
    "полутора": "1.5", "двух": "2", "трех": "3", "четырех": "4", "пяти": "5", "шести": "6",
    "семи": "7", "восьми": "8", "девяти": "9", "десяти": "10", "двенадцати": "12",
    "пятнадцати": "15", "двадцати": "20", "тридцати": "30", "сорока": "40", "пятидесяти": "50",
    "шестидесяти": "60", "семидесяти": "70", "восьмидесяти": "80", "девяносто": "90",
}  # fmt: skip
_TEENS = {
    f"{stem}надцати": str(value)
    for value, stem in enumerate(
        ["один", "две", "три", "четыр", "пят", "шест", "сем", "восем", "девят"], start=11
    )
}  # fmt: skip
_ENDINGS = ("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "его", "ому", "ему",
            "ым", "им", "ом", "ем", "ых", "их", "ыми", "ими", "ую", "юю", "ей")  # fmt: skip
_CARDINAL_ENDINGS = vocabulary("ти и ми тью ю")
_EN_UNITS = vocabulary(
    "year month week day hour minute second mile kilometre kilometer metre meter foot inch "
    "point percent game man member seat page acre storey story step room ton tonne pound dollar "
    "euro gallon litre litter strong"
)


class Compound(NamedTuple):
    """A unit found within a word; `value` when the number is within it too, `upper` of a range."""

    unit: str
    value: Decimal | None = None
    upper: Decimal | None = None


def read_suffix(word: str, *, russian: bool) -> Compound | None:
    """Read what a hyphen joins to digits ("-летний", "-year-old"); None for ordinals, decades,
    anniversaries and names. An empty unit: the ending of a cardinal ("5-ти")."""
    bare = word.lstrip("-‐‑–").lower().replace("ё", "е")
    if not russian:
        unit = bare.split("-")[0]
        return (
            Compound({"percent": "%", "man": "person", "strong": "person"}.get(unit, unit))
            if (unit in _EN_UNITS)
            else None
        )
    if bare in _CARDINAL_ENDINGS:
        return Compound("")
    unit = next((unit for stem, unit in _STEMS.items() if _adjective_of(bare, stem)), "")
    return Compound(unit) if unit else None


def _adjective_of(word: str, stem: str) -> bool:
    return word.startswith(stem) and word[len(stem) :] in _ENDINGS


def read_word(word: str) -> Compound | None:
    """Read a word that holds number and unit: "шестилетний", "six-year-old", "two-day"; or two
    numbers: "два-три". None for all others."""
    if "-" in word:
        first, _, rest = word.partition("-")
        if first not in COUNTS:
            return None
        if rest in COUNTS and COUNTS[first] < COUNTS[rest] and COUNTS[rest] <= 1000 and not (
            COUNTS[first] % 10 == 0 and word.isascii()
        ):  # fmt: skip
            return Compound("", COUNTS[first], COUNTS[rest])
        unit = rest.split("-")[0]
        if word.isascii() and unit in _EN_UNITS:
            return Compound("%" if unit == "percent" else unit, COUNTS[first])
        return None
    stem = next((s for s in _IN_WORDS if s in word), None)
    if stem is None:
        return None
    prefix, _, ending = word.partition(stem)
    value = _prefix_value(prefix)
    return Compound(_STEMS[stem], value) if value is not None and ending in _ENDINGS else None


def _prefix_value(prefix: str) -> Decimal | None:
    """ "двадцатипяти" is 25."""
    known = _PREFIXES | _TEENS
    if prefix in known:
        return Decimal(known[prefix])
    for tens, value in _PREFIXES.items():
        ones = prefix.removeprefix(tens)
        if ones != prefix and ones in _PREFIXES and Decimal(value) >= 20:
            return Decimal(value) + Decimal(_PREFIXES[ones])
    return None
