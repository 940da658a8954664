"""Figures of a text: numbers together with what they count.

What a figure's span holds follows how the analysts of the demonstration corpus mark them:

* number, magnitude and unit, the currency before or after it: `$56,6 млрд`, `30 млрд долларов`;
* a counted noun with the adjectives before it, nothing behind it: `175 совместных индустриальных
  проектов`, `64 тыс. рабочих мест`; but of a share or a sum not the noun after it: `30%` of what;
* a range as one span: `30—35-летних`; "с 46 до 82" are two;
* an age alone where no word of it follows: "Путину `73`";
* words of bound and prepositions stay outside ("более `$17 млрд`", "от `3 до 8 метров`"): they
  become the attribute `bound`.

Dates, years, clock times, scores, numbers of things ("статья 159", "рейс 1460"), names ("Су-35"),
sayings ("на трёх стульях") and pairs that everybody knows ("двух стран") are no figures.

A paragraph is cut into tokens; `exclusions` strikes out what belongs to dates and names; `grammar`
reads an amount wherever one may begin, with `numerals`, `compounds` and `units`; `bounds` looks
around it. Only words beside a number are looked up in the dictionary, so that a text of ten
thousand characters takes milliseconds.
"""

import re
from decimal import Decimal

from annotator.domain.detection import LEAST, Detection, vocabulary
from annotator.domain.messages import N_
from annotator.domain.quantities import bounds, exclusions
from annotator.domain.quantities.grammar import Amount, may_begin, may_start, people, read_amount
from annotator.domain.quantities.periods import period_of
from annotator.domain.quantities.tokens import Tokens, tokenise
from annotator.domain.spans import Span
from annotator.domain.text import paragraphs

METHOD = "figures"
VERSION = "1"

#: How sure each way of recognising a figure is: with the number in digits, in words; and why.
_REASONS = {
    "currency": (0.98, 0.97, N_("A number with a currency")),
    "percent": (0.98, 0.97, N_("A number with a percent sign or word")),
    "measure": (0.95, 0.9, N_("A number with a unit of measure")),
    "noun": (0.92, 0.85, N_("A number with a counted noun")),
    "compound": (0.9, 0.6, N_("A number inside an adjective")),
    "share": (0.6, 0.55, N_("A part of a whole")),
    "magnitude": (0.85, 0.75, N_("A number with a magnitude")),
    "age": (0.8, 0.7, N_("A number after a name: an age")),
    "people": (0.8, 0.8, N_("A number of people")),
    "bare": (0.6, 0.5, N_("A number alone")),
}


def find_figures(text: str, *, least: float = LEAST) -> list[Detection]:
    """Return the figures of a text with value, unit, bound and, where the text says so, upper
    value, kind and period; in order, none overlapping another, none below confidence `least`.

    Attributes follow the default codebook; values are decimals in canonical form. Russian or
    English is told for each paragraph by its letters.
    """
    found: list[Detection] = []
    for _, start, end in paragraphs(text):
        found += _paragraph(text, start, end)
    return [detection for detection in found if detection.confidence >= least]


def _paragraph(text: str, start: int, end: int) -> list[Detection]:
    piece = text[start:end]
    if not _worth_reading(piece):
        return []
    tokens = tokenise(text, start, end)
    russian = is_russian(piece)
    amounts = _amounts(tokens, russian=russian)
    amounts = _inherit(tokens, amounts)
    found = (_judge(tokens, amount, russian=russian) for amount in amounts)
    return [detection for detection in found if detection is not None]


def _worth_reading(piece: str) -> bool:
    """Whether there is a digit or a word that may begin a figure; most paragraphs have none."""
    if _DIGIT.search(piece):
        return True
    return any(map(may_begin, set(_WORD.findall(piece.lower().replace("ё", "е")))))


_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
_RUSSIAN, _LATIN = re.compile("[а-яё]", re.IGNORECASE), re.compile("[a-z]", re.IGNORECASE)


def is_russian(piece: str) -> bool:
    """Whether more letters are Cyrillic than Latin; the first thousand characters decide."""
    sample = piece[:1000]
    return len(_RUSSIAN.findall(sample)) >= len(_LATIN.findall(sample))


def _amounts(tokens: Tokens, *, russian: bool) -> list[Amount]:
    """Every amount of the paragraph, from left to right."""
    struck = exclusions.excluded(tokens, russian=russian)
    found: list[Amount] = []
    index = 0
    while index < len(tokens):
        if index in struck or not may_start(tokens[index]):
            index += 1
            continue
        amount = read_amount(tokens, index, russian=russian)
        if isinstance(amount, int):
            index = max(amount, index + 1)
            continue
        if not any(place in struck for place in range(amount.first, amount.after)):
            found.append(amount)
            index = amount.after
        else:
            index += 1
    return found


def _inherit(tokens: Tokens, amounts: list[Amount]) -> list[Amount]:
    """Give a number alone the magnitude and unit of the next one it is joined to: "с 46 до 82
    млрд рублей", "5, 6 и 7 домов"."""
    from dataclasses import replace

    done = list(amounts)
    for place in range(len(done) - 2, -1, -1):
        one, two = done[place], done[place + 1]
        if one.unit or not two.unit or two.kind in ("compound", "share"):
            continue
        between = [tokens[i].low for i in range(one.after, two.first)]
        words = [word for word in between if word not in ("более", "почти", "чем", "около")]
        if words not in (["до"], ["и"], [","], ["или"], ["to"], ["and"], ["or"], ["против"]):
            continue
        scale = two.magnitude if one.magnitude == 1 and one.value * 100 > two.value / (
            two.magnitude
        ) and one.value < 1000 else Decimal(1)  # fmt: skip
        done[place] = replace(
            one, value=one.value * scale, magnitude=max(scale, one.magnitude), unit=two.unit,
            kind=two.kind,
        )  # fmt: skip
    for place in range(1, len(done)):
        one, two = done[place - 1], done[place]
        before = tokens.at(two.first - 1).low
        if two.kind != "bare" or not one.unit or one.kind in ("compound", "share"):
            continue
        if before in ("from", "against", "вместо", "против") and two.first - one.after < 12:
            done[place] = replace(two, unit=one.unit, kind=one.kind)
    return done


_ONE_COUNTS = vocabulary(
    "человек ребенок мужчина женщина девочка мальчик подросток военный военнослужащий боец "
    "солдат полицейский пассажир пострадавший раненый погибший гол мяч очко промах голос год "
    "месяц минута процент рубль километр метр тонна килограмм литр гектар балл балла градус "
    "водитель сотрудник житель самолет беспилотник матч участник миллион миллиард"
)


def _judge(tokens: Tokens, amount: Amount, *, russian: bool) -> Detection | None:
    """The amount as a detection; None when it measures nothing."""
    kind, unit = _kind(tokens, amount, russian), amount.unit
    if kind is None:
        return None
    if kind == "age":
        unit = "год" if russian else "year"
    if kind == "people":
        unit = "человек"
    first = amount.first
    in_digits, in_words, reason = _REASONS[kind]
    bound = bounds.bound(tokens, first, amount.after, things=kind == "noun")
    attributes: dict[str, str | bool] = {"value": canonical(amount.value)}
    if amount.upper is not None:
        attributes["upper"] = canonical(amount.upper)
        bound = "range"
    if unit:
        attributes["unit"] = unit
    attributes["bound"] = bound
    if kind not in ("age", "compound") and (said := bounds.kind(tokens, first)):
        attributes["kind"] = said
    if kind in ("currency", "percent", "magnitude", "noun") and (when := period_of(tokens, first)):
        attributes["period"] = when
    span = Span(tokens[first].start, tokens[amount.after - 1].end)
    return Detection((span,), attributes, in_digits if amount.digits else in_words, reason)


def _kind(tokens: Tokens, amount: Amount, russian: bool) -> str | None:
    """The way the figure was recognised, a key of _REASONS; None for what is no figure."""
    first, token = amount.first, tokens[amount.first]
    if exclusions.in_title(tokens, first):
        return None
    if exclusions.is_idiom(tokens, first, float(amount.value), amount.unit):
        return None
    if amount.value == 1 and not amount.digits and amount.magnitude == 1:
        one = (russian and amount.unit.replace("ё", "е") in _ONE_COUNTS) or (
            not russian and bool(amount.unit)
        )
        if not one and amount.kind not in ("currency", "percent", "share", "compound"):
            return None
        if tokens.at(first - 1).low in ("ни", "no", "any", "every", "each", "another"):
            return None
    if exclusions.is_year(token) and amount.after <= first + 2 and _rather_year(tokens, amount):
        return None
    plain = amount.kind in ("noun", "bare") and amount.digits
    if plain and not russian and exclusions.follows_name(tokens, first):
        return None
    return amount.kind if amount.unit else _bare(tokens, amount, russian)


def _rather_year(tokens: Tokens, amount: Amount) -> bool:
    """Whether four digits are a year, not a count: nothing, or nothing certain, is counted."""
    before = tokens.at(amount.first - 1)
    if amount.kind != "noun" or tokens.at(amount.after - 1).text.isascii():
        return amount.kind in ("bare", "noun")
    return before.low in ("в", "с", "к", "за") and amount.value % 10 in (1, 2, 3, 4)


def _bare(tokens: Tokens, amount: Amount, russian: bool) -> str | None:
    """What a number without unit is: a magnitude, an age, people, or a number alone."""
    first, after = amount.first, amount.after
    if amount.upper is not None and tokens.at(first - 2).low in ("aged", "ages", "возрасте"):
        return "age"
    if amount.magnitude > 1 and amount.value >= 10:
        counted = amount.after > first + 1 or tokens.at(first - 1).low not in ("на", "per", "a")
        return "magnitude" if counted or amount.digits else None
    if exclusions.names_a_thing(tokens, first, after, russian=russian):
        return None
    if exclusions.in_list(tokens, first, after):
        return None
    if people(tokens, amount):
        return "people"
    whole = amount.value == amount.value.to_integral_value()
    if amount.digits and whole and 0 < amount.value < 115:
        closed = tokens.at(after).text in (",", ")", ".", "")
        between = tokens.at(first - 1).text == "," == tokens.at(after).text and not russian
        if closed and (between or bounds.after_name(tokens, first)):
            return "age"
    if amount.digits:
        return None if tokens.at(after).low in _ORDINAL_NOUNS else "bare"
    return "bare" if _alone(tokens, amount) else None


_ORDINAL_NOUNS = vocabulary(
    "место месте местом тур туре сезон сезоне класс классе курс курсе квартал квартале номер "
    "номером этап этапе раунд раунде канал канале век веке веков раз"
) - {"раз"}  # fmt: skip


_GROUPS = vocabulary("crew team group family panel gang squad party staff trio class total")


def _alone(tokens: Tokens, amount: Amount) -> bool:
    """Whether a number word stands for its noun: "норвежка — три", "пять из 14"."""
    before, beyond = tokens.at(amount.first - 1), tokens.at(amount.after)
    if amount.value < 2 or before.low in ("в", "к", "на", "ко", "по", "one", "the", "из", "of"):
        if before.low == "of" and tokens.at(amount.first - 2).low in _GROUPS:
            return True
        return beyond.low in ("из", "of") and before.low not in ("one",) and amount.value >= 2
    if before.low in ("плюс", "минус") or beyond.low in ("плюс", "минус"):
        return False
    if beyond.low in ("из", "of"):
        return True
    if beyond.text in ("—", "–") and before.text in (",", "—", "–") and before.text:
        return True
    ends = beyond.kind == "nothing" or (beyond.kind == "sign" and beyond.text in ".,;:)—–")
    return ends and before.text in ("—", "–")


def canonical(value: Decimal) -> str:
    """Return a decimal in plain digits, without exponent or needless zeros."""
    plain = f"{value.normalize():f}"
    return "0" if plain == "-0" else plain
