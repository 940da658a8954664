"""Numbers that measure nothing: dates, years, clock times, numbers of things, names, idioms.

`excluded` marks whole tokens before the grammar runs; the other functions judge one number that
the grammar has read. What is told apart by the unit after it (year or thousand, clock time or
duration) is judged here too.
"""

import re

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import readings
from annotator.domain.quantities.tokens import Token, Tokens

MONTHS = {
    form: number
    for number, forms in enumerate(
        (
            "января январь январе январю янв january jan",
            "февраля февраль феврале февралю фев february feb",
            "марта март марте марту march mar",
            "апреля апрель апреле апрелю апр april apr",
            "мая май мае маю may",
            "июня июнь июне июню june jun",
            "июля июль июле июлю july jul",
            "августа август августе августу авг august aug",
            "сентября сентябрь сентябре сентябрю сен сент september sept sep",
            "октября октябрь октябре октябрю окт october oct",
            "ноября ноябрь ноябре ноябрю ноя нояб november nov",
            "декабря декабрь декабре декабрю дек december dec",
        ),
        1,
    )
    for form in forms.split()
}
YEAR_WORDS = vocabulary("год года году годом годе годы годов годам годами годах г гг")
_LINKS = vocabulary("- – — ‑ , и по до или и/или and to through or until by at")
_CLOCK = vocabulary("утра вечера дня ночи пополудни мск")
_EN_CLOCK = vocabulary("am pm a.m p.m gmt utc est o'clock et")

_HEADS = vocabulary(
    "статья часть пункт подпункт глава раздел параграф номер рейс маршрут корпус строение офис "
    "кабинет палата трасса страница эпизод протокол резолюция указ закон приказ постановление "
    "километр энергоблок реактор вагон автобус поезд приложение абзац лот билет форма версия"
)
_WEAK_HEADS = vocabulary(
    "дом квартира школа гимназия лицей поликлиника больница колония том сезон серия этап канал "
    "вариант группа категория уровень тип класс участок округ место ряд блок полк бригада топ "
    "фаза стадия тур раунд индекс код модель артикул счет ик сизо"
)
_SHORT_HEADS = vocabulary("ст ч п пп гл стр рис табл корп кв оф тел № д пл ик no nos art")
_EN_HEADS = vocabulary(
    "article section chapter page flight route highway interstate room apartment type phase "
    "level grade category group game round step part title act bill resolution unit gate area "
    "channel radio version no number line table figure appendix exit platform platoon brigade "
    "lane item formula series season episode week day top covid"
)
_STREETS = vocabulary(
    "улица ул проспект просп переулок пер шоссе ш бульвар набережная наб площадь пл проезд "
    "тракт мкр микрорайон"
)
_EN_STREETS = vocabulary(
    "plaza street st road rd avenue ave boulevard lane drive square blvd court"
)
NAME_HEADS = vocabulary(
    "фильм роман книга альбом песня спектакль сериал повесть рассказ пьеса картина мультфильм "
    "передача шоу игра группа клуб театр кафе ресторан магазин отель завод"
)
_LEADING = vocabulary(
    "about around over under nearly almost some only at in on of for by from with to and or but "
    "the a an more less than up just another after before since until during between when while "
    "if as all these those its their his her our is are was were has have had another "
    "approximately roughly he she it they we i you that which who there here not no fewer an "
    "including than least most per within among what how even still out that's including both "
    "each every last next past first second third additional estimated total aged age"
)
#: Numeral and noun that together mean no number.
_IDIOMS = {
    "стул": {2, 3}, "заяц": {2}, "огонь": {2}, "стена": {4}, "слово": {2, 3}, "счет": {2},
    "зло": {2}, "шаг": {1, 2, 3}, "пядь": {7}, "кит": {3}, "копейка": {5}, "сторона": {1, 2, 4},
    "рука": {1, 2}, "нога": {1, 2}, "глаз": {1, 2, 4}, "ветер": {4, 7}, "кожа": {7}, "полюс": {2},
    "сапог": {2}, "корзина": {1}, "голос": {1}, "язык": {1}, "раз": {1, 7, 100, 1000, 1000000},
    "пот": {7}, "печать": {7}, "голова": {2}, "фронт": {2}, "капля": {2}, "сосна": {3},
    "sides": {2}, "side": {2}, "cent": {2}, "bird": {2}, "world": {2},
}  # fmt: skip
#: "Двух стран", "the two sides": whose number everybody knows.
_KNOWN_PAIR = vocabulary(
    "страна государство сторона народ лидер президент держава столица экономика правительство "
    "партнер союзник сосед country side nation leader president government state capital "
    "neighbour neighbor party team"
)


def excluded(tokens: Tokens, *, russian: bool) -> set[int]:
    """Return the indices of the number tokens that belong to dates, times, addresses, names."""
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind == "number":
            if _day(tokens, index) or _clock(tokens, index, russian) or _year(tokens, index):
                found |= _chain_back(tokens, index)
            elif _headed(tokens, index, russian):
                found |= _chain_on(tokens, index)
            elif _glued(tokens, index) or _sum(tokens, index) or _address(tokens, index, russian):
                found.add(index)
        elif token.kind == "word" and _clock_in_words(tokens, index):
            found.add(index)
    return found


def _whole(token: Token) -> int:
    """The value of plain digits, or -1."""
    return int(token.text) if token.kind == "number" and token.text.isdecimal() else -1


def is_month(token: Token) -> bool:
    """Whether a word names a month ("may" only with a capital letter)."""
    return token.low in MONTHS and (not token.text.isascii() or token.text[:1].isupper())


def _day(tokens: Tokens, index: int) -> bool:
    if not 1 <= _whole(tokens[index]) <= 31:
        return False
    after, before = tokens.at(index + 1), tokens.at(index - 1)
    if before.text == "." and before.start != tokens.at(index - 2).start:
        before = tokens.at(index - 2)
    if after.kind == "word" and (is_month(after) or after.low in ("числа", "число", "числу")):
        return True
    if after.kind == "glued" and after.low in ("st", "nd", "rd", "th"):
        return True
    return is_month(before) and before.text.isascii()


def _year(tokens: Tokens, index: int) -> bool:
    value = _whole(tokens[index])
    after = tokens.at(index + 1)
    if after.low in YEAR_WORDS and 1000 <= value <= 2200:
        return True
    if after.low in ("-", "–", "—") and tokens.at(index + 2).low in YEAR_WORDS:
        return 1000 <= value <= 2200
    before = tokens.at(index - 1)
    return 1000 <= value <= 2200 and (is_month(before) or (
        before.text == "," and _whole(tokens.at(index - 2)) in range(1, 32)
        and is_month(tokens.at(index - 3))
    ))  # fmt: skip


def _chain_back(tokens: Tokens, index: int) -> set[int]:
    """The number and those before it that share its month, year or hour: "5, 6 и 7 июня"."""
    found, place = {index}, index - 1
    while tokens.at(place).low in _LINKS:
        if tokens.at(place).low == "," and tokens.at(place - 1).low in ("-", "–"):
            break
        earlier = _whole(tokens.at(place - 1))
        if earlier < 0 or not (earlier <= 31 or 1000 <= earlier <= 2200):
            break
        if (earlier <= 31) != (_whole(tokens[index]) <= 31):
            break
        found.add(place - 1)
        place -= 2
    following, month = index + 1, is_month(tokens.at(index - 1))
    if month and tokens.at(following).text in ("-", "–", "—", "and"):
        found |= {following + 1} if 0 < _whole(tokens.at(following + 1)) <= 31 else set()
    return found


def _chain_on(tokens: Tokens, index: int) -> set[int]:
    """The number of a thing and those that follow it: "статей 4, 5 и 6", "№ 12-3"."""
    found, place = {index}, index + 1
    while tokens.at(place).low in ("-", "–", ",", "и", "/", "and") and (
        _whole(tokens.at(place + 1)) >= 0
        and (
            not tokens.apart(place)
            or len(found) > 1
            or tokens.at(place + 2).kind != "word"
            or tokens.at(place + 2).low in ("ук", "упк", "коап", "закона", "кодекса")
        )
    ):
        found.add(place + 1)
        place += 2
    return found


_TIME = re.compile(r"(?:[01]?\d|2[0-4])\.[0-5]\d")


def _clock(tokens: Tokens, index: int, russian: bool) -> bool:
    """Clock times with words: "в 10 часов", "7 утра", "4 p.m."."""
    after = tokens.at(index + 1)
    if _TIME.fullmatch(tokens[index].text) and tokens.at(index - 1).low in ("в", "к", "at"):
        return after.kind != "word" or after.low in _CLOCK | {"и", "по", "мск"} | _EN_CLOCK
    if not russian:
        return after.low in _EN_CLOCK or (
            after.low in ("a", "p") and tokens.at(index + 3).low == "m"
        )
    if not 0 <= _whole(tokens[index]) <= 24 and after.low not in _CLOCK:
        return False
    if after.low in ("дня", "ночи"):
        return tokens.at(index - 1).low == "в" and _whole(tokens[index]) in (1, 2, 3, 4, 5, 12)
    if after.low in _CLOCK:
        return True
    return _hours(tokens, index)


def _hours(tokens: Tokens, index: int) -> bool:
    """ "В 10 часов", "около 7 часов утра", "к 18 часам", "с 9 до 18 часов"."""
    hour = tokens.at(index + 1).low
    if hour not in ("час", "часа", "часов", "часам", "часами", "ч"):
        return False
    beyond = tokens.at(index + 2)
    if beyond.text == ".":
        beyond = tokens.at(index + 3)
    if beyond.low in _CLOCK or (beyond.low == "по" and hour != "час"):
        return True
    before = tokens.at(index - 1).low
    if before in ("примерно", "около", "приблизительно", "ровно", "почти"):
        return tokens.at(index - 2).low == "в"
    if before == "до":
        return tokens.at(index - 3).low == "с" and _whole(tokens.at(index - 2)) >= 0
    return before == "в" or (before == "к" and hour == "часам")


def _clock_in_words(tokens: Tokens, index: int) -> bool:
    """ "В три часа ночи", "в семь вечера", "at five o'clock"."""
    from annotator.domain.quantities.numerals import COUNTS

    token = tokens[index]
    if token.low not in COUNTS or COUNTS[token.low] > 12:
        return False
    after = tokens.at(index + 1).low
    if after in ("утра", "вечера", "o'clock", "o’clock"):
        return True
    if after in ("час", "часа", "часов", "часам") and tokens.at(index + 2).low in _CLOCK:
        return True
    return after in ("часов", "часа") and tokens.at(index - 1).low == "в"


def _headed(tokens: Tokens, index: int, russian: bool) -> bool:
    """Whether the number says which one it is: "статья 159", "№ 5", "Article 5"."""
    before = tokens.at(index - 1)
    if before.text == "№" or (before.low in ("номер", "номером")):
        return True
    if before.text == "." and before.start == tokens.at(index - 2).end:
        short = tokens.at(index - 2)
        return short.low in _SHORT_HEADS and not (
            short.low in ("п", "ч", "д") and tokens.at(index - 3).text == "."
        )
    if before.kind != "word":
        return False
    if not russian:
        return before.low in _EN_HEADS and (
            before.text[:1].isupper() or before.low in ("page", "top", "flight")
        )
    return before.low in ("топ", "ст", "пп") or (
        len(before.low) > 3 and lemmas(before) & _HEADS != set()
    )


def lemmas(token: Token) -> set[str]:
    """Dictionary forms of a Russian word; empty for anything else."""
    if token.kind != "word" or not "а" <= token.low[:1] <= "я":
        return set()
    return {reading.lemma for reading in readings(token.low)}


def _glued(tokens: Tokens, index: int) -> bool:
    """Whether letters stand directly before the digits: "9М2024"."""
    return tokens.at(index - 1).kind == "glued" and not tokens.apart(index)


def _sum(tokens: Tokens, index: int) -> bool:
    """ "5+1", "16+": formats and age marks. Not "+5", not "500+ people"."""
    after, before = tokens.at(index + 1), tokens.at(index - 1)
    if after.text == "+" and not tokens.apart(index + 1):
        beyond = tokens.at(index + 2)
        return beyond.kind != "word"
    if after.low == "в" and 0 <= _whole(tokens.at(index + 2)) < 6 and _whole(tokens[index]) < 6:
        return tokens.at(index + 3).kind != "word"
    if before.low == "в" and 0 <= _whole(tokens.at(index - 2)) < 6 and _whole(tokens[index]) < 6:
        return after.kind != "word"
    glued = before.text == "+" and not tokens.apart(index) and not tokens.apart(index - 1)
    return glued and tokens.at(index - 2).kind in ("number", "word")


def _address(tokens: Tokens, index: int, russian: bool) -> bool:
    """House numbers: "улица Ленина, 15", "10 Downing Street"."""
    if not russian:
        return any(
            tokens.at(index + 1).text[:1].isupper() and tokens.at(index + step).low in _EN_STREETS
            and tokens.at(index + step).text[:1].isupper()
            for step in (1, 2, 3)
        )  # fmt: skip
    if tokens.at(index - 1).text != ",":
        return False
    return any(
        tokens.at(place).low in _STREETS or lemmas(tokens.at(place)) & _STREETS
        for place in range(index - 5, index - 1)
    )


# ------------------------------------------------------------------- after the grammar has read


def is_year(token: Token) -> bool:
    """Whether plain digits look like a year."""
    return len(token.text) == 4 and 1500 <= _whole(token) <= 2100


def names_a_thing(tokens: Tokens, first: int, after: int, *, russian: bool) -> bool:
    """Whether a number without unit is part of a name: "iPhone 15", "Boeing 737", «Россия 24»."""
    before, beyond = tokens.at(first - 1), tokens.at(after)
    if before.text in "«“„\"'" and beyond.text in "»”“\"'" and before.text and beyond.text:
        return True
    if before.text in ("—", "–") and beyond.text in ("»", "”") and beyond.text:
        return any(tokens.at(first - back).text in ("«", "“") for back in range(2, 6))
    if before.kind != "word":
        return False
    if beyond.text in ("»", "”", '"') and not tokens.apart(after) and before.text[:1].isupper():
        return True
    if russian:
        if before.text.isascii() and before.text[:1].isalpha() and before.text[:1].isupper():
            return True
        return len(before.low) > 2 and bool(lemmas(before) & _WEAK_HEADS)
    if before.low in _LEADING or not before.text[:1].isupper():
        return False
    return tokens[first].kind == "number" and not _starts_sentence(tokens, first - 1)


_DAYS = vocabulary("monday tuesday wednesday thursday friday saturday sunday")


def follows_name(tokens: Tokens, first: int) -> bool:
    """Whether an English number is the last word of a name: "Artemis 2 crew"; not "In Kyiv 15
    people", "Ukraine's 15 cities"."""
    name, before = tokens.at(first - 1), tokens.at(first - 2)
    if name.kind != "word" or name.text.islower() or name.low in _LEADING | _DAYS:
        return False
    if name.low.endswith(("'s", "’s")) or before.low in ("in", "at", "from", "on", "outside"):
        return False
    return not _starts_sentence(tokens, first - 1)


def in_list(tokens: Tokens, first: int, after: int) -> bool:
    """Whether bare numbers fill a bracket: the minutes of goals, "(12, 78)"."""
    opening, closing = first - 1, after
    while tokens.at(opening).text == "," and tokens.at(opening - 1).kind == "number":
        opening -= 2
    while tokens.at(closing).text == "," and tokens.at(closing + 1).kind == "number":
        closing += 2
    alone = closing - opening == 2
    return tokens.at(opening).text == "(" and tokens.at(closing).text == ")" and not alone


def _starts_sentence(tokens: Tokens, index: int) -> bool:
    return index <= 0 or tokens.at(index - 1).text in (".", "!", "?", "“", "”", '"')


def in_title(tokens: Tokens, first: int) -> bool:
    """Whether the number stands first in the quoted title of a work or a firm."""
    if tokens.at(first - 1).text not in ("«", "“", "„", '"'):
        return False
    return bool(lemmas(tokens.at(first - 2)) & NAME_HEADS)


_DEFINITE = vocabulary("ключевой главный ведущий крупный великий братский соседний дружественный")


def is_idiom(tokens: Tokens, first: int, value: float, unit: str) -> bool:
    """Whether numeral and noun are a saying, or a pair that needs no counting."""
    if value == 2 and tokens[first].low == "двух" and lemmas(tokens.at(first + 1)) & _DEFINITE:
        return True
    before, noun = tokens.at(first - 1).low, unit.replace("ё", "е")
    if value in _IDIOMS.get(noun, ()) and not (noun == "раз" and before == "в"):
        return tokens[first].kind == "word"
    return value == 2 and noun in _KNOWN_PAIR and tokens[first].kind == "word"
