"""Reads one figure at a place of a paragraph: currency, number, range, unit.

amount   = [currency] [sign] number [range] [unit] [smaller amount]
range    = ("-" | "до" | "и" | "или" | "to" | "and") [currency] number
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import readings
from annotator.domain.quantities import exclusions
from annotator.domain.quantities.compounds import read_suffix, read_word
from annotator.domain.quantities.numerals import (
    COLLECTIVE,
    COUNTS,
    Number,
    is_over,
    read_number,
    share,
    starts_number,
)
from annotator.domain.quantities.tokens import Token, Tokens
from annotator.domain.quantities.units import (
    AFTER_NOUN,
    ATTRIBUTED,
    CODES,
    DOLLARS,
    NUMBERED,
    SYMBOLS,
    Unit,
    read_unit,
)

#: "Полчаса" and the like.
HALVES = {
    "полчаса": "час", "полгода": "год", "полкилометра": "километр", "полметра": "метр",
    "поллитра": "литр", "полпроцента": "%", "полтонны": "тонна", "полкилограмма": "килограмм",
    "полминуты": "минута", "полдня": "день",
}  # fmt: skip
_DASHES = frozenset("-–—−‑")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Amount:
    """What was read: tokens first…after, the value (of a range the lower one), its unit ("" for
    none), how that was recognised, the magnitude, and whether the number is in digits."""

    first: int
    after: int
    value: Decimal
    upper: Decimal | None = None
    unit: str = ""
    kind: str = "bare"
    magnitude: Decimal = _ONE
    digits: bool = True


@lru_cache(maxsize=50_000)
def may_begin(word: str) -> bool:
    """Whether a figure may begin with this word, in small letters."""
    return (
        starts_number(word)
        or word in DOLLARS
        or word in ("минус", "two-thirds", "one-third", "three-quarters")
        or word in HALVES
        or read_word(word) is not None
    )


def may_start(token: Token) -> bool:
    """Whether a figure may begin here; cheap, since nearly every word says no."""
    if token.kind == "word":
        return may_begin(token.low) or token.text in CODES
    return token.kind in ("number", "fraction") or token.text in SYMBOLS


def read_amount(tokens: Tokens, index: int, *, russian: bool) -> Amount | int:
    """Return the amount that begins at token `index`, or the index to look on from."""
    token = tokens[index]
    special = _special(tokens, index, russian)
    if special is not None:
        return special
    currency, place = _prefix(tokens, index)
    first = index
    if token.low == "минус":
        place += 1
    number = read_number(tokens, place, russian=russian) if place < len(tokens) else None
    if number is None:
        return index + 1
    sign = _sign(tokens, place if not currency else index, token)
    amount = Amount(first, number.after, number.value * (sign or 1), unit=currency or "",
                    kind="currency" if currency else "bare", magnitude=number.magnitude,
                    digits=number.digits)  # fmt: skip
    if sign and token.low != "минус":
        amount = replace(amount, first=first - 1)
    if token.low == "минус" and sign is None:
        return index + 1
    return _complete(tokens, amount, russian)


def _special(tokens: Tokens, index: int, russian: bool) -> Amount | int | None:
    """Words that are a whole figure: compounds, halves of an hour, parts of a whole."""
    token = tokens[index]
    if token.kind == "fraction":
        return _fraction(tokens, index)
    if token.kind != "word":
        return None
    if unit := HALVES.get(token.low):
        return Amount(index, index + 1, Decimal("0.5"), None, unit, "measure", _ONE, False)
    if token.low in ("two-thirds", "one-third", "three-quarters"):
        value = {"two": "66.7", "one": "33.3", "three": "75"}[token.low.split("-")[0]]
        return Amount(index, index + 1, Decimal(value), None, "%", "share", _ONE, False)
    compound = read_word(token.low)
    if compound is not None and compound.value is not None:
        amount = Amount(index, index + 1, compound.value, compound.upper, compound.unit,
                        "compound" if compound.unit else "bare", _ONE, False)  # fmt: skip
        return _with_unit(tokens, amount, russian) if compound.upper is not None else amount
    return _share(tokens, index, russian)


def _fraction(tokens: Tokens, index: int) -> Amount | int:
    """ "2/3 голосов"; not "1/8 финала", "24/7"."""
    above, below = map(int, tokens[index].text.split("/"))
    following = tokens.at(index + 1).low
    if not 0 < above < below <= 10 or following.startswith("финал") or following in ("final",):
        return index + 1
    value = (Decimal(above * 100) / below).quantize(Decimal("0.1"))
    return Amount(index, index + 1, value, None, "%", "share")


def _share(tokens: Tokens, index: int, russian: bool) -> Amount | int | None:
    """ "Треть россиян", "две трети", "three quarters of", "half of"."""
    place, count = index, _ONE
    if tokens[index].low in ("две", "двух", "три", "трех", "двумя", "тремя"):
        count, place = COUNTS[tokens[index].low], index + 1
    word = tokens.at(place).low
    part = share(word)
    if count != 1 and word.startswith(("трет", "четверт")):
        part = Decimal("0.25") if word.startswith("ч") else Decimal("0.3333")
    if part is None or (count == 1 and word.startswith("половин") and part != Decimal("0.5")):
        return _english_share(tokens, index) if not russian else None
    if tokens.at(place + 1).low not in ("от", "из") and not _share_of(tokens, place, index):
        return None if read_number(tokens, index, russian=russian) else index + 1
    value = (part * count * 100).quantize(Decimal("0.1"))
    return Amount(index, place + 1, value, None, "%", "share", _ONE, False)


_NO_SHARE_OF = vocabulary(
    "финал день год месяц век час матч тайм встреча игра неделя столетие партия поле лето"
)


def _share_of(tokens: Tokens, place: int, index: int) -> bool:
    """Whether a share may be meant: a genitive after it or a bound before it, no ordinal."""
    before, after = tokens.at(index - 1), tokens.at(place + 1)
    if before.low in ("с", "в", "во", "к", "каждая", "на") and before.low != "на":
        return False
    if before.kind == "word" and any(
        "Anum" in r.tag or r.part == "ADJF" for r in readings(before.low)[:1]
    ):
        return False
    if exclusions.lemmas(after) & (_NO_SHARE_OF | {"миллиард", "миллион", "тысяча", "триллион"}):
        return False
    if after.kind != "word":
        return before.low in ("на", "почти", "более", "около", "чем", "менее", "примерно")
    return any(r.case == "gent" for r in readings(after.low)[:2])


def _english_share(tokens: Tokens, index: int) -> Amount | None:
    parts = {"half": "50", "third": "33.3", "quarter": "25"}
    place = index + (tokens[index].low in ("a", "an"))
    word = tokens.at(place).low
    if word not in parts or tokens.at(place + 1).low not in ("of", "the"):
        return None
    beyond = {tokens.at(place + 2).low, tokens.at(place + 3).low}
    if beyond & {"million", "billion", "season", "year", "game", "match", "century", "way"}:
        return None
    return Amount(index, place + 1, Decimal(parts[word]), None, "%", "share", _ONE, False)


def _prefix(tokens: Tokens, index: int) -> tuple[str | None, int]:
    """A currency before the number, and where the number begins."""
    token, following = tokens[index], tokens.at(index + 1)
    if token.text in SYMBOLS and following.kind == "number":
        return SYMBOLS[token.text], index + 1
    if token.low in DOLLARS and following.text == "$" and tokens.at(index + 2).kind == "number":
        return DOLLARS[token.low], index + 2
    if token.text in CODES and following.kind == "number":
        return ("RUB" if token.text == "RUR" else token.text), index + 1
    return None, index


def _sign(tokens: Tokens, index: int, start: Token) -> int | None:
    """-1 or 1 for a sign glued to the number (or the word "минус"), else None."""
    if start.low == "минус":
        return -1
    before = tokens.at(index - 1)
    if before.text not in ("-", "−", "–", "+") or tokens.apart(index):
        return None
    if not tokens.apart(index - 1) and tokens.at(index - 2).text not in ("", "(", "«", '"'):
        return None
    return 1 if before.text == "+" else -1


def _complete(tokens: Tokens, amount: Amount, russian: bool) -> Amount | int:
    """Read range and unit after the number; decide what a suffix makes of it."""
    token = tokens.at(amount.after)
    if token.kind == "suffix":
        return _suffixed(tokens, amount, russian)
    ranged = _range(tokens, amount, russian)
    if isinstance(ranged, int):
        return ranged
    if ranged is not None:
        return ranged
    if token.kind == "glued" and amount.magnitude == 1:
        cardinal = russian and token.low in ("ти", "и", "ми")
        amount = replace(amount, after=amount.after + 1) if cardinal else amount
        done = _with_unit(tokens, amount, russian)
        return done if done.after > amount.after or cardinal else amount.after + 1
    return _rest(tokens, _with_unit(tokens, amount, russian), russian)


def _suffixed(tokens: Tokens, amount: Amount, russian: bool) -> Amount | int:
    suffix = tokens[amount.after].text
    compound = read_suffix(suffix, russian=russian)
    plural = suffix.lstrip("-–").lower() == "х" and 2 <= amount.value <= 4
    if compound is None and not plural:
        return amount.after + 1
    after = replace(amount, after=amount.after + 1)
    if compound is None or not compound.unit:
        done = _with_unit(tokens, after, russian)
        return done if done.unit else amount.after + 1
    return replace(after, unit=compound.unit, kind="compound")


def _with_unit(tokens: Tokens, amount: Amount, russian: bool) -> Amount:
    """The amount with its unit, when one follows and none came before."""
    if amount.unit and amount.kind == "currency":
        return amount
    over = 2 if is_over(tokens, amount.after) else 0
    unit = read_unit(tokens, amount.after + over, value=amount.upper or amount.value,
                     digits=amount.digits, scaled=(amount.magnitude > 1 and amount.digits)
                     or amount.magnitude >= 1000, russian=russian)  # fmt: skip
    if unit is None or (unit.kind in ("noun", "measure") and _numbered(tokens, amount, unit)):
        return amount
    if unit.name == "копейка" and amount.unit:
        return amount
    return replace(amount, unit=unit.name, kind=unit.kind, after=unit.after)


def _numbered(tokens: Tokens, amount: Amount, unit: Unit) -> bool:
    """Whether it is the number of a thing: "1 место", "2 степени"."""
    if not amount.digits or amount.magnitude > 1:
        return False
    if unit.name in ATTRIBUTED:
        return True
    before = tokens.at(amount.first - 1)
    if unit.name in AFTER_NOUN and amount.value < 60 and before.kind == "word":
        return readings(before.low)[0].part == "NOUN"
    return unit.name in NUMBERED and amount.value % 10 == 1 and amount.value % 100 != 11


# ------------------------------------------------------------------------------ ranges


def _range(tokens: Tokens, low: Amount, russian: bool) -> Amount | int | None:
    """The range that begins with `low`; an index when two numbers are a score or the like."""
    place = low.after
    own = _with_unit(tokens, low, russian) if tokens.at(place).text == "%" else low
    dash = tokens.at(own.after).text in _DASHES
    link = tokens.at(own.after).low
    worded = link in _links(tokens, own, russian)
    if not (dash or worded):
        own = _with_unit(tokens, low, russian)
        link = tokens.at(own.after).low
        if own.kind not in ("currency", "percent") or link not in _links(tokens, own, russian):
            return None
    following = own.after + 1
    currency, number_at = _prefix(tokens, following) if following < len(tokens) else (None, 0)
    number = read_number(tokens, number_at, russian=russian) if number_at < len(tokens) else None
    if number is None or number_at == 0:
        return None
    tight = dash and not (tokens.apart(own.after) and tokens.apart(following))
    if tokens.at(number_at).kind == "number" and number.value == 0 and tight:
        return number.after
    return _joined(tokens, own, number, currency, tight, russian)


def _links(tokens: Tokens, own: Amount, russian: bool) -> tuple[str, ...]:
    before = tokens.at(own.first - 1).low
    if before in ("в", "на", "около") and tokens.at(own.first - 2).low == "от":
        before = "от"
    if russian:
        return {"от": ("до",), "между": ("и",)}.get(before, ("или", "либо"))
    if before == "from" and _grows(tokens, own.first - 1):
        return ()
    return {"from": ("to",), "between": ("and",)}.get(before, ("to", "or"))


def _grows(tokens: Tokens, index: int) -> bool:
    from annotator.domain.quantities.bounds import changes

    return changes(tokens, index)


def _joined(
    tokens: Tokens, own: Amount, number: Number, currency: str | None, tight: bool, russian: bool
) -> Amount | int | None:
    """Both ends as one amount, when the second is the greater and something is counted."""
    high = Amount(own.first, number.after, number.value, unit=currency or "",
                  kind="currency" if currency else "bare", magnitude=number.magnitude,
                  digits=number.digits)  # fmt: skip
    if tokens.at(number.after).kind == "suffix":
        done = _suffixed(tokens, high, russian)
    elif tokens.at(number.after).kind == "glued" and number.magnitude == 1:
        done = _with_unit(tokens, high, russian)
        done = number.after + 1 if done.after == number.after else done
    else:
        done = _with_unit(tokens, high, russian)
    if isinstance(done, int):
        return done if tight else None
    low = own.value
    if own.magnitude == 1 and number.magnitude > 1 and low * number.magnitude <= number.value:
        low *= number.magnitude
    unit = done.unit or own.unit
    between = tokens.at(own.first - 1).low in ("between", "между", "от")
    counted = bool(unit) or number.magnitude > 1 or between
    year = exclusions.is_year(tokens[own.first]) and own.after == own.first + 1
    if year and (number.magnitude > 1 or number.value % 1):
        return None
    if low >= number.value or not counted:
        return number.after if tight and own.digits and not unit else None
    if own.unit and done.unit and own.unit != done.unit:
        return None
    return replace(done, first=own.first, value=low, upper=number.value, unit=unit,
                   kind=done.kind if done.unit else own.kind, digits=own.digits)  # fmt: skip


# -------------------------------------------------------------------- amounts in two units

_SMALLER = {
    ("год", "месяц"): 12, ("час", "минута"): 60, ("минута", "секунда"): 60, ("день", "час"): 24,
    ("сутки", "час"): 24, ("hour", "minute"): 60, ("minute", "second"): 60, ("year", "month"): 12,
    ("метр", "сантиметр"): 100, ("foot", "inch"): 12,
}  # fmt: skip


def _rest(tokens: Tokens, amount: Amount, russian: bool) -> Amount:
    """Add a smaller unit: "4 часа 17 минут" (in the smaller one), "35 руб. 50 коп."."""
    place = amount.after + (tokens.at(amount.after).low in ("и", "and"))
    if amount.unit not in ("год", "час", "минута", "день", "сутки", "метр", "hour", "minute",
                           "year", "foot", "RUB") or tokens.at(place).kind not in (
        "number", "word"
    ):  # fmt: skip
        return amount
    number = read_number(tokens, place, russian=russian)
    if number is None or number.value != number.value.to_integral_value():
        return amount
    unit = read_unit(tokens, number.after, value=number.value, digits=number.digits,
                     scaled=False, russian=russian)  # fmt: skip
    if unit is None:
        return amount
    if amount.unit == "RUB" and unit.name == "копейка" and number.value < 100:
        return replace(amount, after=unit.after, value=amount.value + number.value / 100)
    factor = _SMALLER.get((amount.unit, unit.name))
    if factor is None or number.value >= factor or amount.value % 1:
        return amount
    value = amount.value * factor + number.value
    return replace(amount, after=unit.after, value=value, unit=unit.name)


def people(tokens: Tokens, amount: Amount) -> bool:
    """Whether a bare number is a collective one: "двое погибли"."""
    return amount.after == amount.first + 1 and tokens[amount.first].low in COLLECTIVE
