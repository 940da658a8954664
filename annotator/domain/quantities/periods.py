"""The period a figure is about, where the sentence names a year: "в 2024 году", "за восемь месяцев
2023 года", "в январе–сентябре 2025 года", "в первом квартале 2024 года", "by 2030"."""

from annotator.domain.detection import vocabulary
from annotator.domain.quantities.exclusions import MONTHS, YEAR_WORDS, is_month
from annotator.domain.quantities.numerals import COUNTS
from annotator.domain.quantities.tokens import Tokens

_QUARTERS = {
    "первом": 1, "первый": 1, "первого": 1, "i": 1, "втором": 2, "второй": 2, "второго": 2, "ii": 2,
    "третьем": 3, "третий": 3, "третьего": 3, "iii": 3, "четвертом": 4, "четвертый": 4,
    "четвертого": 4, "iv": 4, "first": 1, "second": 2, "third": 3, "fourth": 4,
}  # fmt: skip
_SENTENCE_ENDS = frozenset(".!?")
_EN_BEFORE = vocabulary("in since by during of for until")
_REACH = 14


def period_of(tokens: Tokens, first: int) -> str | None:
    """Return the period named nearest to token `first` in its sentence, as the codebook writes
    dates ("2024", "2023-01/2023-08"); None when there is none, or an open one ("к 2030 году")."""
    places = sorted(_sentence(tokens, first), key=lambda place: abs(place - first))
    for place in places:
        if _is_year(tokens, place) and not _other_number(tokens, first, place):
            return _period(tokens, place)
    return None


def _other_number(tokens: Tokens, first: int, place: int) -> bool:
    """Whether another number stands between figure and year, whose year it rather is."""
    between = range(place + 1, first) if place < first else range(first + 3, place)
    return any(tokens[i].kind == "number" and not _is_year(tokens, i) for i in between)


def _sentence(tokens: Tokens, first: int) -> list[int]:
    found: list[int] = []
    for step in (-1, 1):
        place = first + step
        while abs(place - first) <= _REACH and 0 <= place < len(tokens):
            if tokens[place].text in _SENTENCE_ENDS and tokens.at(place + 1).text[:1].isupper():
                break
            found.append(place)
            place += step
    return found


def _is_year(tokens: Tokens, place: int) -> bool:
    token = tokens[place]
    if token.kind != "number" or len(token.text) != 4 or not token.text.isdecimal():
        return False
    if not 1900 <= int(token.text) <= 2100:
        return False
    before = tokens.at(place - 1)
    return tokens.at(place + 1).low in YEAR_WORDS or (
        before.text.isascii() and (before.low in _EN_BEFORE or is_month(before))
    )


def _period(tokens: Tokens, place: int) -> str | None:
    year, before = tokens[place].text, tokens.at(place - 1)
    if before.low in ("к", "до", "с", "после", "since", "until", "by"):
        return year if before.low in ("к", "by") else None
    if before.text in ("-", "–", "—"):
        start = tokens.at(place - 2)
        if is_month(start):
            return None
        return f"{start.text}/{year}" if len(start.text) == 4 and start.text < year else year
    if is_month(before):
        return _months(tokens, place, year)
    if before.low in ("квартале", "квартал", "квартала", "quarter"):
        quarter = _QUARTERS.get(tokens.at(place - 2).low)
        return f"{year}-{quarter * 3 - 2:02}/{year}-{quarter * 3:02}" if quarter else year
    if before.low in ("месяцев", "месяца"):
        count = tokens.at(place - 2)
        number = COUNTS.get(count.low) or (int(count.text) if count.text.isdecimal() else 0)
        return f"{year}-01/{year}-{int(number):02}" if 1 < number < 12 else year
    if before.low in ("полугодии", "полугодие", "полугодия"):
        second = _QUARTERS.get(tokens.at(place - 2).low) == 2
        return f"{year}-07/{year}-12" if second else f"{year}-01/{year}-06"
    return year


def _months(tokens: Tokens, place: int, year: str) -> str:
    """One month, a day in it, or the months from one to another."""
    last = MONTHS[tokens[place - 1].low]
    link, start = tokens.at(place - 2), tokens.at(place - 3)
    if link.text in ("-", "–", "—") and is_month(start) and MONTHS[start.low] < last:
        return f"{year}-{MONTHS[start.low]:02}/{year}-{last:02}"
    if link.kind == "number" and link.text.isdecimal() and 1 <= int(link.text) <= 28:
        return f"{year}-{last:02}-{int(link.text):02}"
    return f"{year}-{last:02}"
