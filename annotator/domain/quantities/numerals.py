"""Numbers as they are written: digits, words and mixtures of both, in Russian and English.

A number is a sum of groups, each a count times a magnitude, the magnitudes falling: "5 миллиардов
350 миллионов", "2,5 тыс.", "three hundred and five thousand". A magnitude alone counts once
("миллион", "a dozen"), but only in the singular: "миллионы", "dozens" are vague.
"""

from decimal import Decimal
from typing import NamedTuple

from annotator.domain.detection import vocabulary
from annotator.domain.quantities.tokens import Tokens


class Number(NamedTuple):
    """A value, the index of the token after it, the magnitude of its last group (1 without), and
    whether any part of it is in digits."""

    value: Decimal
    after: int
    magnitude: Decimal
    digits: bool


def _forms(listed: str) -> dict[str, Decimal]:
    """Read lines "value: forms"."""
    return {
        form: Decimal(value)
        for line in listed.strip().splitlines()
        for value, _, forms in [line.partition(":")]
        for form in forms.split()
    }


_RU_TENS = {50: "пятьдесят", 60: "шестьдесят", 70: "семьдесят", 80: "восемьдесят"}
_RU_COUNTS = _forms("""
0: ноль нуль нуля нолю нулю
1: один одна одно одного одной одному одним одном одну
2: два две двух двум двумя
3: три трех трем тремя
4: четыре четырех четырем четырьмя
5: пять пяти пятью
6: шесть шести шестью
7: семь семи
8: восемь восьми восемью восьмью
9: девять девяти девятью
10: десять десяти десятью
40: сорок сорока
90: девяносто девяноста
100: сто ста
200: двести двухсот двумстам двумястами двухстах
300: триста трехсот тремстам тремястами трехстах
400: четыреста четырехсот четыремстам четырьмястами четырехстах
1.5: полтора полторы полутора
""")
for _value, _stem in enumerate(
    ["один", "две", "три", "четыр", "пят", "шест", "сем", "восем", "девят"], start=11
):
    for _end in ("надцать", "надцати", "надцатью"):
        _RU_COUNTS[_stem + _end] = Decimal(_value)
for _value, _stem in ((20, "двадцат"), (30, "тридцат")):
    for _end in ("ь", "и", "ью"):
        _RU_COUNTS[_stem + _end] = Decimal(_value)
for _value, _word in _RU_TENS.items():
    _five = _word.removesuffix("ьдесят")
    for _form in (_word, f"{_five}идесяти", f"{_five}ьюдесятью"):
        _RU_COUNTS[_form] = Decimal(_value)
for _value, _word in ((5, "пят"), (6, "шест"), (7, "сем"), (8, "восем"), (9, "девят")):
    _oblique = "восьм" if _value == 8 else _word
    for _form in (f"{_word}ьсот", f"{_oblique}исот", f"{_oblique}истам", f"{_word}ьюстами",
                  f"{_oblique}истах"):  # fmt: skip
        _RU_COUNTS[_form] = Decimal(_value * 100)
_RU_COUNTS["восьмидесяти"] = Decimal(80)

#: "Двое", "троих": people, when nothing else is named.
COLLECTIVE = _forms("""
2: двое двоих двоим двоими
3: трое троих троим троими
4: четверо четверых четверым четверыми
5: пятеро пятерых пятерым пятерыми
6: шестеро шестерых шестерым шестерыми
7: семеро семерых семерым семерыми
8: восьмеро восьмерых восьмерым восьмерыми
9: девятеро девятерых
10: десятеро десятерых
""")

_EN_COUNTS = _forms("""
0: zero
1: one
2: two
3: three
4: four
5: five
6: six
7: seven
8: eight
9: nine
10: ten
11: eleven
12: twelve
13: thirteen
14: fourteen
15: fifteen
16: sixteen
17: seventeen
18: eighteen
19: nineteen
20: twenty
30: thirty
40: forty
50: fifty
60: sixty
70: seventy
80: eighty
90: ninety
""")
COUNTS = _RU_COUNTS | COLLECTIVE | _EN_COUNTS

_RU_ENDINGS = {
    "миллион": 10**6, "миллиард": 10**9, "триллион": 10**12, "квадриллион": 10**15,
}  # fmt: skip
MAGNITUDES = _forms("""
1000: тыс тысяча тысячи тысяче тысячу тысячей тысячью тысяч тысячам тысячами тысячах thousand k
1000000: млн million mn mln
1000000000: млрд billion bn
1000000000000: трлн trillion tn trn
100: сотня сотни сотне сотню сотней сотен hundred
10: десяток десятка десятке десятку десятком десятков
12: дюжина дюжины дюжину дюжин дюжиной dozen
""")
for _word, _number in _RU_ENDINGS.items():
    for _end in ("", "а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах"):
        MAGNITUDES[_word + _end] = Decimal(_number)
#: Letters glued to digits: "640m", "5bn", "20k", "10млн".
GLUED = {"m": Decimal(10**6), "b": Decimal(10**9), "t": Decimal(10**12)} | {
    word: MAGNITUDES[word] for word in ("k", "mn", "mln", "bn", "tn", "trn", "тыс", "млн", "млрд")
}
_SINGULAR = vocabulary(
    "тысяча тысячу миллион миллиона миллиону миллионом миллиард миллиарда миллиарду триллион "
    "триллиона сотня сотню десяток дюжина дюжину"
)
#: Genitive or plural: a number only after a word that takes the genitive, "более тысячи".
_DOUBTFUL = vocabulary("тысячи сотни десятка дюжины")
_TAKES_GENITIVE = vocabulary("более свыше около порядка менее больше меньше до от чем с из почти")
_HALVES = _forms("""
0.5: полмиллиона полмиллиарда полтриллиона полтысячи полсотни полдюжины
""")
_PARTS = _forms("""
0.5: половина половины половину половиной половине
0.25: четверть четверти четвертью
0.3333: треть трети третью
""")
_WITH_HALF = ("с", "половиной")
STOPPED = vocabulary("тыс")


def read_digits(written: str, *, russian: bool) -> Decimal | None:
    """Return the value of digits with their separators; None for versions, times and the like."""
    plain = "".join(written.split())
    commas, points = plain.count(","), plain.count(".")
    decimal = "," if russian else "."
    groups = plain.replace(",", ".").split(".")
    thousands = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if commas + points == 0:
        return Decimal(plain)
    if commas + points > 1:
        if commas and points and plain[-1 - len(groups[-1])] == decimal:
            return Decimal("".join(groups[:-1]) + "." + groups[-1])
        return Decimal("".join(groups)) if thousands and not (commas and points) else None
    if thousands and groups[0] != "0" and ((commas and not russian) or groups[1] == "000"):
        return Decimal("".join(groups))
    return Decimal(".".join(groups))


def read_number(tokens: Tokens, index: int, *, russian: bool) -> Number | None:
    """Return the number that begins at token `index`, or None."""
    total, place, last, digits = Decimal(0), index, None, False
    magnitude = Decimal(1)
    while True:
        group = _group(tokens, place, russian=russian, first=place == index)
        if group is None or (last is not None and group.magnitude >= last):
            break
        if last is not None and (group.value >= last or not _joined(tokens, place, group)):
            break
        total += group.value
        place, last, magnitude = group.after, group.magnitude, group.magnitude
        digits = digits or group.digits
        if last <= 1:
            break
    if last is None:
        return None
    return Number(total, place, magnitude, digits)


def _joined(tokens: Tokens, place: int, group: Number) -> bool:
    """Whether a further group belongs to the number: of the same kind, or before a magnitude."""
    return group.magnitude > 1 or (
        tokens.at(place).kind == tokens.at(place - 2).kind or tokens.at(place).kind == "word"
        or tokens.at(place - 1).low == "."
    )  # fmt: skip


def _group(tokens: Tokens, index: int, *, russian: bool, first: bool) -> Number | None:
    """A count with its magnitude, which may be absent; or a magnitude that counts once."""
    token = tokens.at(index)
    if token.low in ("and",) and not first:
        return _group(tokens, index + 1, russian=russian, first=False)
    if token.low in _HALVES:
        return _half(token.low, index)
    count, place, digits = _count(tokens, index, russian=russian)
    if count is None:
        return _bare_magnitude(tokens, index, first=first)
    return _scaled(tokens, count, place, digits)


def _scaled(tokens: Tokens, count: Decimal, place: int, digits: bool) -> Number:
    """Multiply by the magnitude that follows, if any."""
    if is_over(tokens, place) and tokens.at(place + 2).low in MAGNITUDES:
        place += 2
    token, scale = tokens.at(place), Decimal(1)
    if token.kind == "glued" and token.low in GLUED:
        return Number(count * GLUED[token.low], place + 1, GLUED[token.low], digits)
    while token.kind == "word" and token.low in MAGNITUDES and token.low != "k":
        scale *= MAGNITUDES[token.low]
        place += 1
        if tokens.at(place).text == "." and not tokens.apart(place) and (
            token.low in STOPPED or tokens.at(place + 1).text[:1].islower()
        ):  # fmt: skip
            place += 1
        token = tokens.at(place)
    if token.low == "с" and tokens.at(place + 1).low == "половиной" and scale == 1:
        return _scaled(tokens, count + Decimal("0.5"), place + 2, digits)
    if [tokens.at(place + i).low for i in range(3)] == ["and", "a", "half"] and scale == 1:
        return _scaled(tokens, count + Decimal("0.5"), place + 3, digits)
    return Number(count * scale, place, scale, digits)


def is_over(tokens: Tokens, place: int) -> bool:
    """Whether "с лишним" or the like stands here: "две с небольшим минуты"."""
    return tokens.at(place).low == "с" and tokens.at(place + 1).low in (
        "лишним", "небольшим", "хвостиком",
    )  # fmt: skip


def _half(word: str, index: int) -> Number:
    """ "Полмиллиона", "полсотни"."""
    base = next(value for form, value in _HALF_BASES if word.endswith(form))
    return Number(base / 2, index + 1, base, False)


_HALF_BASES = (
    ("миллиона", Decimal(10**6)), ("миллиарда", Decimal(10**9)), ("триллиона", Decimal(10**12)),
    ("тысячи", Decimal(1000)), ("сотни", Decimal(100)), ("дюжины", Decimal(12)),
)  # fmt: skip


def _bare_magnitude(tokens: Tokens, index: int, *, first: bool) -> Number | None:
    """A magnitude without a count: "миллион", "более тысячи", "a hundred", "half a million",
    "четверть миллиарда"."""
    if not first:
        return None
    token, part = tokens.at(index), Decimal(1)
    place = index
    if token.low in _PARTS and tokens.at(index + 1).low in MAGNITUDES:
        part, place = _PARTS[token.low], index + 1
    elif token.low in ("half", "quarter") and tokens.at(index + 1).low in ("a", "of"):
        part = Decimal("0.5") if token.low == "half" else Decimal("0.25")
        place = index + 2 + (tokens.at(index + 2).low in ("a", "of"))
        return _english_magnitude(tokens, place, part)
    elif token.low in ("a", "an", "per") and tokens.at(index + 1).low != "k":
        if tokens.at(index + 1).low == "quarter" and tokens.at(index + 3).low in MAGNITUDES:
            return _english_magnitude(tokens, index + 3, Decimal("0.25"))
        return _english_magnitude(tokens, index + 1, part)
    else:
        before = tokens.at(index - 1).low
        if not (token.low in _SINGULAR or (token.low in _DOUBTFUL and before in _TAKES_GENITIVE)):
            return None
    return _scaled(tokens, part, place, False)


def _english_magnitude(tokens: Tokens, place: int, part: Decimal) -> Number | None:
    """A magnitude after "a", "half a"."""
    word = tokens.at(place).low
    if word not in MAGNITUDES or not word.isascii() or word == "k":
        return None
    return _scaled(tokens, part, place, False)


def _count(tokens: Tokens, index: int, *, russian: bool) -> tuple[Decimal | None, int, bool]:
    """Digits, or the words below a magnitude: hundreds, tens, ones; with the index after them."""
    token = tokens.at(index)
    if token.kind == "number":
        return read_digits(token.text, russian=russian), index + 1, True
    total: Decimal | None = None
    last, place = Decimal(10**6), index
    while True:
        token = tokens.at(place)
        value = _word_value(token.low) if token.kind == "word" else None
        if value is None and token.low == "hundred" and total is not None and total < 10:
            total, last, place = total * 100, Decimal(100), place + 1
            if tokens.at(place).low == "and" and _word_value(tokens.at(place + 1).low):
                place += 1
            continue
        if value is None or not _continues(value, last, total):
            return total, place, False
        total = value if total is None else total + value
        last, place = value, place + 1


def _word_value(word: str) -> Decimal | None:
    """The value of one word; "twenty-five" is one word."""
    if word in COUNTS:
        return COUNTS[word]
    tens, hyphen, ones = word.partition("-")
    if hyphen and tens in _EN_COUNTS and ones in _EN_COUNTS and _EN_COUNTS[tens] >= 20:
        return _EN_COUNTS[tens] + _EN_COUNTS[ones]
    return None


def _continues(value: Decimal, last: Decimal, total: Decimal | None) -> bool:
    """Whether a word of this value may follow: "сто двадцать пять", not "пять двадцать"."""
    if total is None:
        return True
    return value > 0 and ((last >= 100 and value < 100) or (20 <= last < 100 and value < 10))


def share(word: str) -> Decimal | None:
    """Return the part that "половина", "треть", "четверть" is of a whole, or None."""
    return _PARTS.get(word)


def starts_number(word: str) -> bool:
    """Whether a word may begin a number; cheap, to pass by all others."""
    return (
        word in COUNTS or word in MAGNITUDES or word in _HALVES or word in _PARTS
        or word in ("half", "quarter", "a", "an") or ("-" in word and _word_value(word) is not None)
    )  # fmt: skip
