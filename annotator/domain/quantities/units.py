"""What is counted: currencies, shares, measures, and nouns of both languages.

A unit is canonical: a currency its ISO 4217 code, a share "%", anything else the dictionary form
of the word in the text's language ("год", "рабочее место", "year"). `read_unit` says where the
unit ends, so that a figure can include it.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import Reading, inflected, readings
from annotator.domain.quantities.tokens import Tokens


class Unit(NamedTuple):
    """A unit, the index of the token after it, and how it was recognised: currency, percent,
    measure, noun."""

    name: str
    after: int
    kind: str


SYMBOLS = {
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "₽": "RUB", "₸": "KZT", "₴": "UAH", "₺": "TRY",
    "₹": "INR", "₪": "ILS", "₩": "KRW", "₾": "GEL", "֏": "AMD", "₿": "BTC",
}  # fmt: skip
#: Letters before a dollar sign.
DOLLARS = {
    "us": "USD", "a": "AUD", "au": "AUD", "c": "CAD", "ca": "CAD", "hk": "HKD", "nz": "NZD",
    "s": "SGD", "r": "BRL",
}  # fmt: skip
CODES = vocabulary(
    "USD EUR RUB RUR GBP CNY JPY KZT UAH BYN TRY INR CHF AED UZS KGS GEL AMD AZN PLN CZK SEK "
    "NOK DKK KRW ILS CAD AUD HKD SGD BRL MXN ZAR THB IRR SAR QAR"
)
_CURRENCIES = {
    "рубль": "RUB", "руб": "RUB", "р": "RUB", "доллар": "USD", "долл": "USD", "евро": "EUR",
    "тенге": "KZT", "тг": "KZT", "гривна": "UAH", "грн": "UAH", "юань": "CNY", "иена": "JPY",
    "йена": "JPY", "вона": "KRW", "рупия": "INR", "лира": "TRY", "франк": "CHF", "крона": "SEK",
    "злотый": "PLN", "сум": "UZS", "сом": "KGS", "лари": "GEL", "драм": "AMD", "манат": "AZN",
    "шекель": "ILS", "дирхам": "AED", "риал": "IRR", "песо": "MXN", "бат": "THB", "фунт": "GBP",
    "реал": "BRL", "биткоин": "BTC", "биткойн": "BTC", "сомони": "TJS", "тугрик": "MNT",
    "лей": "MDL", "форинт": "HUF",
    "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP",
    "pounds": "GBP", "ruble": "RUB", "rubles": "RUB", "rouble": "RUB", "roubles": "RUB",
    "yuan": "CNY", "renminbi": "CNY", "yen": "JPY", "tenge": "KZT", "hryvnia": "UAH",
    "hryvnias": "UAH", "rupee": "INR", "rupees": "INR", "lira": "TRY", "liras": "TRY",
    "zloty": "PLN", "zlotys": "PLN", "franc": "CHF", "francs": "CHF", "shekel": "ILS",
    "shekels": "ILS", "bitcoin": "BTC", "bitcoins": "BTC", "won": "KRW",
}  # fmt: skip
#: An adjective before a currency changes it.
_ADJECTIVES = {
    ("российск", "RUB"): "RUB", ("белорусск", "RUB"): "BYN", ("американск", "USD"): "USD",
    ("канадск", "USD"): "CAD", ("австралийск", "USD"): "AUD", ("гонконгск", "USD"): "HKD",
    ("сингапурск", "USD"): "SGD", ("новозеландск", "USD"): "NZD", ("тайваньск", "USD"): "TWD",
    ("швейцарск", "CHF"): "CHF", ("норвежск", "SEK"): "NOK", ("датск", "SEK"): "DKK",
    ("чешск", "SEK"): "CZK", ("шведск", "SEK"): "SEK", ("исландск", "SEK"): "ISK",
    ("турецк", "TRY"): "TRY", ("британск", "GBP"): "GBP", ("египетск", "GBP"): "EGP",
    ("сирийск", "GBP"): "SYP", ("южнокорейск", "KRW"): "KRW", ("японск", "JPY"): "JPY",
    ("китайск", "CNY"): "CNY", ("индийск", "INR"): "INR", ("пакистанск", "INR"): "PKR",
    ("узбекск", "UZS"): "UZS", ("киргизск", "KGS"): "KGS", ("казахстанск", "KZT"): "KZT",
    ("us", "USD"): "USD", ("canadian", "USD"): "CAD", ("australian", "USD"): "AUD",
    ("hong", "USD"): "HKD", ("swiss", "CHF"): "CHF", ("turkish", "TRY"): "TRY",
    ("russian", "RUB"): "RUB", ("egyptian", "GBP"): "EGP", ("singapore", "USD"): "SGD",
}  # fmt: skip

_RU_POINT, _EN_POINT = "процентный пункт", "percentage point"
#: Abbreviations and signs, as tokens in a row, the longest first; a dot that belongs to them is
#: taken along. What only digits may have before it (single letters) is in _LETTERS.
_PHRASES: dict[str, str] = {
    "%": "%", "проц .": "%", "проц": "%", "percent": "%", "per cent": "%", "pct": "%", "‰": "‰",
    "п . п .": _RU_POINT, "п .п .": _RU_POINT, "п . п": _RU_POINT, "пп": _RU_POINT,
    "процентный пункт": _RU_POINT, "базисный пункт": "базисный пункт", "б . п .": "базисный пункт",
    "percentage point": _EN_POINT, "percentage points": _EN_POINT, "bps": "basis point",
    "basis point": "basis point", "basis points": "basis point",
    "доллар сша": "USD", "долл . сша": "USD", "долл .": "USD", "руб .": "RUB", "р .": "RUB",
    "фунт стерлинг": "GBP", "грн .": "UAH", "коп .": "копейка", "pounds sterling": "GBP",
    "u . s . dollars": "USD",
    "° c": "градус", "°c": "градус", "° с": "градус", "°": "градус", "℃": "градус", "° f": "degree",
    "градус цельсий": "градус", "градус тепло": "градус", "degrees celsius": "degree",
    "degrees fahrenheit": "degree", "degrees": "degree", "degree": "degree",
    "км / ч": "км/ч", "км/ч": "км/ч", "м / с": "м/с", "м/с": "м/с", "километр в час": "км/ч",
    "метр в секунда": "м/с", "км в час": "км/ч", "kilometres per hour": "km/h",
    "kilometers per hour": "km/h", "miles per hour": "mph", "mph": "mph", "km / h": "km/h",
    "km/h": "km/h", "kph": "km/h",
    "кв . м": "квадратный метр", "кв . метр": "квадратный метр", "кв м": "квадратный метр",
    "м ²": "квадратный метр", "м2": "квадратный метр", "м²": "квадратный метр",
    "квадратный метр": "квадратный метр", "кв . км": "квадратный километр",
    "кв . километр": "квадратный километр", "км ²": "квадратный километр",
    "км²": "квадратный километр", "км2": "квадратный километр",
    "квадратный километр": "квадратный километр", "куб . м": "кубометр", "куб . метр": "кубометр",
    "кубический метр": "кубометр", "м ³": "кубометр", "м³": "кубометр", "м3": "кубометр",
    "куб . км": "кубический километр", "кубический километр": "кубический километр",
    "square metres": "square metre", "square meters": "square metre",
    "square kilometres": "square kilometre", "square kilometers": "square kilometre",
    "square miles": "square mile", "square feet": "square foot", "cubic metres": "cubic metre",
    "cubic meters": "cubic metre", "sq m": "square metre", "sq km": "square kilometre",
    "sq ft": "square foot", "sq mi": "square mile", "light years": "light year",
    "нм": "нанометр", "мкм": "микрометр", "мм": "миллиметр", "см": "сантиметр", "км": "километр",
    "га": "гектар", "мг": "миллиграмм", "кг": "килограмм", "тонн": "тонна", "мл": "миллилитр",
    "ц": "центнер", "ч .": "час", "мин .": "минута", "мин": "минута",
    "сек .": "секунда", "сек": "секунда", "мес .": "месяц", "чел .": "человек", "чел": "человек",
    "шт .": "штука", "шт": "штука", "экз .": "экземпляр", "барр .": "баррель", "барр": "баррель",
    "л . с .": "лошадиная сила", "л .с .": "лошадиная сила", "лошадиный сила": "лошадиная сила",
    "квт · ч": "киловатт-час", "квт-ч": "киловатт-час", "квт": "киловатт", "мвт": "мегаватт",
    "гвт": "гигаватт", "твт-ч": "тераватт-час", "гц": "герц", "ггц": "гигагерц", "мгц": "мегагерц",
    "гб": "гигабайт", "мб": "мегабайт", "тб": "терабайт", "км . в час": "км/ч",
    "рабочий место": "рабочее место",
    "населенный пункт": "населённый пункт", "световой год": "световой год",
    "тройский унция": "тройская унция",
    "мп": "мегапиксель", "ма · ч": "миллиампер-час", "ма-ч": "миллиампер-час",
    "km": "kilometre", "cm": "centimetre", "mm": "millimetre", "kg": "kilogram", "lb": "pound",
    "lbs": "pound", "ft": "foot", "mw": "megawatt", "gw": "gigawatt", "kw": "kilowatt",
    "ha": "hectare", "sq . km": "square kilometre", "sq . m": "square metre",
    "n . mi": "nautical mile",
}  # fmt: skip
_BY_FIRST: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _listed, _unit in sorted(_PHRASES.items(), key=lambda item: -len(item[0].split())):
    _words = tuple(_listed.split())
    _BY_FIRST.setdefault(_words[0], []).append((_words, _unit))
_LETTERS = {"м": "метр", "т": "тонна", "л": "литр", "г": "грамм", "ч": "час"}
_EN_LETTERS = {"c": "degree", "f": "degree", "m": "metre", "g": "gram"}

_MEASURES = vocabulary(
    "год лет месяц неделя день сутки час минута секунда десятилетие столетие век квартал "
    "полугодие километр метр сантиметр миллиметр гектар тонна килограмм грамм литр баррель "
    "кубометр центнер градус киловатт мегаватт гигаватт узел миля фут дюйм акр унция карат байт "
    "гигабайт калория раз процент балл очко человек штука экземпляр микрон нанометр сотка "
    "килотонна мегатонна"
)
_CANON = {
    "лет": "год", "люди": "человек", "процент": "%", "сутки": "сутки", "ребята": "человек",
    "фут": "фут",
}  # fmt: skip

#: Nouns after which a number in digits is the number of a thing, not a count of things.
ATTRIBUTED = vocabulary("степень созыв разряд категория очередь")
#: With 1, 21, … these are numbered: "1 место", "21 тур".
#: After a noun, even where the form would fit a count: "матч 23 тура".
AFTER_NOUN = vocabulary("тур квартал сезон этап раунд курс класс группа поколение уровень чтение")
NUMBERED = ATTRIBUTED | vocabulary(
    "место тур курс класс этап сезон круг квартал группа чтение статья глава часть номер январь "
    "сентябрь число канал"
)
_NOT_COUNTED = vocabulary("так как сам весь который этот тот свой один другой")
_NOUN_BREAKS = vocabulary("и или а но в на с к по за из от до у о об для при год") - {"год"}


def lemma(word: str) -> str:
    """The likeliest dictionary form of a Russian word."""
    return _lemmas(word)[0]


def _lemmas(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading.lemma for reading in readings(word))) or (word,)


def read_unit(
    tokens: Tokens, index: int, *, value: Decimal, digits: bool, scaled: bool, russian: bool
) -> Unit | None:
    """Return the unit that begins at token `index`, directly after a number, or None.

    `digits`: the number is in digits; `scaled`: it ends in a magnitude ("тыс."), after which
    Russian has the genitive plural.
    """
    token = tokens.at(index)
    if token.text in SYMBOLS:
        return Unit(SYMBOLS[token.text], index + 1, "currency")
    if token.text in CODES:
        return Unit("RUB" if token.text == "RUR" else token.text, index + 1, "currency")
    unit = _phrase(tokens, index, russian) or _letter(tokens, index, digits, russian)
    if unit is None and token.kind == "word":
        unit = _currency(tokens, index, russian)
        if unit is None:
            read = _russian_noun if russian else _english_noun
            unit = read(tokens, index, value, digits, scaled)
    return unit


def _phrase(tokens: Tokens, index: int, russian: bool) -> Unit | None:
    """An abbreviation, a sign, or a fixed phrase of two or three words."""
    first = tokens.at(index)
    keys = [first.low]
    if russian and first.kind == "word" and len(first.low) > 3:
        keys += [word for word in _lemmas(first.low) if word in _BY_FIRST]
    for key in keys:
        for words, name in _BY_FIRST.get(key, ()):
            # A lemma never takes a dot along: "часа." ends a sentence, "руб." does not.
            dotted = words[-1] == "."
            if (key == first.low or not dotted) and _matches(tokens, index, words, russian):
                return Unit(name, index + len(words), _kind(name))
    return None


def _matches(tokens: Tokens, index: int, words: tuple[str, ...], russian: bool) -> bool:
    for offset, word in enumerate(words[1:], 1):
        token = tokens.at(index + offset)
        if token.low != word and not (
            russian and token.kind == "word" and len(word) > 2 and word in _lemmas(token.low)
        ):
            return False
    return words[-1] != "." or not tokens.apart(index + len(words) - 1)


def _kind(name: str) -> str:
    if len(name) == 3 and name.isupper():
        return "currency"
    return "percent" if name in ("%", _RU_POINT, _EN_POINT) else "measure"


def _letter(tokens: Tokens, index: int, digits: bool, russian: bool) -> Unit | None:
    """A unit of one letter: "5 т", "42 м", "41C"; never a preposition or the "г." of a year."""
    token = tokens.at(index)
    if token.kind == "glued" and not russian and token.low in _EN_LETTERS:
        return Unit(_EN_LETTERS[token.low], index + 1, "measure")
    if not digits and tokens.at(index - 1).low not in ("тыс", "млн", "млрд", "."):
        return None
    if russian and token.low in _LETTERS and token.text.islower():
        return Unit(_LETTERS[token.low], index + 1, "measure")
    return None


def _currency(tokens: Tokens, index: int, russian: bool) -> Unit | None:
    """A currency by name, with an adjective before it or without."""
    token = tokens.at(index)
    code = _currency_code(token.low, russian)
    if code:
        after = index + 1
        return Unit(code, after, "currency")
    following = tokens.at(index + 1)
    if following.kind == "word" and (code := _currency_code(following.low, russian)):
        for (stem, base), other in _ADJECTIVES.items():
            if base == code and token.low.startswith(stem):
                return Unit(other, index + 2, "currency")
    return None


def _currency_code(word: str, russian: bool) -> str | None:
    if word in _CURRENCIES:
        return _CURRENCIES[word] if word not in ("р", "руб", "долл") or russian else None
    if not russian:
        return None
    return next((_CURRENCIES[w] for w in _lemmas(word) if w in _CURRENCIES), None)


# ------------------------------------------------------------------------------ Russian nouns

_ADJECTIVES_LIKE = ("ADJF", "PRTF")


def _russian_noun(
    tokens: Tokens, index: int, value: Decimal, digits: bool, scaled: bool
) -> Unit | None:
    """A counted noun after at most three adjectives that agree with it."""
    held: set[tuple[str, str]] = set()
    adjectives: list[int] = []
    for place in range(index, min(index + 5, len(tokens))):
        token = tokens[place]
        if token.kind != "word" or not _cyrillic(token.low) or _joins(token.low):
            break
        nouns = [r for r in readings(token.low) if _countable(r, value, scaled)]
        nouns = [r for r in nouns if not adjectives or _agrees(r, held)]
        follows = _adjective(token.low, held if adjectives else None, value)
        if nouns and not (follows and _noun_follows(tokens, place + 1, follows, value, scaled)):
            return _named(tokens, place, nouns[0])
        if not follows:
            break
        held = follows
        adjectives.append(place)
    if adjectives:
        return _substantive(tokens, adjectives[-1])
    return None


def _joins(word: str) -> bool:
    """Whether a word is a preposition or conjunction, which the dictionary also has as a noun."""
    return len(word) < 4 and any(r.part in ("PREP", "CONJ", "PRCL") for r in readings(word)[:2])


def _cyrillic(word: str) -> bool:
    return "а" <= word[0] <= "я" and not any(map(str.isdigit, word))


def _countable(reading: Reading, value: Decimal, scaled: bool) -> bool:
    """Whether a number of this value may count this form."""
    if reading.part != "NOUN" or "Name" in reading.tag or "Surn" in reading.tag:
        return False
    if reading.lemma in _NOT_COUNTED:
        return False
    whole = value == value.to_integral_value()
    last, teens = abs(int(value)) % 10, 11 <= abs(int(value)) % 100 <= 19
    if reading.number == "plur":
        if reading.case == "nomn" or (reading.case == "accs" and "inan" in reading.tag):
            return "Pltm" in reading.tag or "Fixd" in reading.tag
        return True
    if "Fixd" in reading.tag:
        return True
    if scaled and whole:
        return False
    if not whole:
        return reading.case == "gent"
    if last in (2, 3, 4) and not teens:
        return reading.case == "gent"
    return last == 1 and not teens


def _agrees(reading: Reading, held: set[tuple[str, str]]) -> bool:
    """Whether adjectives in these cases and numbers can stand before the noun ("два крупных
    банка": genitive plural before genitive singular)."""
    if (reading.case, reading.number) in held:
        return True
    return (reading.case, reading.number) == ("gent", "sing") and bool(
        held & {("gent", "plur"), ("nomn", "plur")}
    )


_OWNERS = vocabulary("его ее их")


def _adjective(
    word: str, held: set[tuple[str, str]] | None, value: Decimal
) -> set[tuple[str, str]]:
    """Cases and numbers that the word has as an adjective, kept to those of the one before."""
    if word in _OWNERS:
        return held or {(case, "plur") for case in ("gent", "datv", "accs", "ablt", "loct")}
    found = {
        (r.case, r.number)
        for r in readings(word)
        if r.part in _ADJECTIVES_LIKE and "Apro" not in r.tag
    }
    if abs(int(value)) % 10 != 1:
        found = {(case, number) for case, number in found if number == "plur"}
    return found if held is None else found & held


def _noun_follows(
    tokens: Tokens, place: int, held: set[tuple[str, str]], value: Decimal, scaled: bool
) -> bool:
    """Whether a word that may be adjective or noun ("рабочих") has its noun after it."""
    token = tokens.at(place)
    if token.kind != "word" or not _cyrillic(token.low) or token.low in _NOUN_BREAKS:
        return False
    if any(_countable(r, value, scaled) and _agrees(r, held) for r in readings(token.low)):
        return True
    more = _adjective(token.low, held, value)
    return bool(more) and _noun_follows(tokens, place + 1, more, value, scaled)


def _named(tokens: Tokens, place: int, noun: Reading) -> Unit:
    name = _CANON.get(noun.lemma, noun.word)
    kind = "measure" if noun.lemma in _MEASURES else "noun"
    return Unit(name, place + 1, "percent" if name == "%" else kind)


def _substantive(tokens: Tokens, place: int) -> Unit | None:
    """A participle or adjective that stands for people: "12 пострадавших", "трое задержанных"."""
    word = tokens[place].low
    for reading in readings(word):
        people = reading.part == "PRTF" or "Subx" in reading.tag
        if people and reading.number == "plur" and reading.case != "nomn":
            return Unit(
                inflected(word, reading.part, "nomn", "sing", "masc"),
                place + 1,
                "noun",
            )
    return None


# ------------------------------------------------------------------------------ English nouns

_EN_PLURALS = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "police": "police",
    "percent": "%", "feet": "foot", "cattle": "cattle", "sheep": "sheep", "fish": "fish",
    "aircraft": "aircraft", "lives": "life", "wives": "wife", "personnel": "personnel",
    "staff": "staff", "teeth": "tooth", "mice": "mouse", "data": "data", "species": "species",
    "series": "series", "crew": "crew", "troops": "troop", "policemen": "policeman",
    "firemen": "fireman", "servicemen": "serviceman", "fishermen": "fisherman",
    "policewomen": "policewoman", "gas": "gas", "businessmen": "businessman", "lawmakers":
    "lawmaker", "media": "media", "kilometres": "kilometre", "kilometers": "kilometre",
    "metres": "metre", "meters": "metre", "tonnes": "tonne", "tons": "ton", "shelves": "shelf",
    "leaves": "leaf", "knives": "knife", "halves": "half", "crises": "crisis",
    "congressmen": "congressman", "gunmen": "gunman", "salesmen": "salesman",
}  # fmt: skip
_EN_VERBS = vocabulary(
    "is was has does says goes this its as us his thus less unless yes plus versus across "
    "besides always perhaps towards afterwards yesterday's years' shows means includes makes "
    "takes remains gets comes rises falls gives plans wants needs needs seems becomes continues"
)
_EN_STOPS = vocabulary(
    "and or but of to in on at by for from with than as that which who whom whose when while "
    "where if because since until is are was were be been being has have had do does did will "
    "would can could may might must should shall not no nor so the a an this these those he she "
    "it they we you i his her its their our your him them us after before during between about "
    "over under into out up down off against through per said says told including among last "
    "next ago per later earlier more further away each other less fewer too also again however"
)
_EN_SINGULAR_ONE = vocabulary(
    "person man woman child boy girl soldier officer year month week day hour minute second "
    "point goal game match million billion percent mile kilometre metre kilometer meter dollar "
    "euro pound ton tonne passenger student worker employee player victim suspect job vote "
    "degree foot inch litre barrel acre hectare pilot driver civilian policeman"
)
_EN_MORE = vocabulary("more further other additional extra fewer")


def _english_noun(
    tokens: Tokens, index: int, value: Decimal, digits: bool, scaled: bool
) -> Unit | None:
    """A plural noun after at most three modifiers, none of them a function word."""
    for place in range(index, min(index + 4, len(tokens))):
        token = tokens[place]
        if token.kind != "word" or (token.low in _EN_STOPS and not (
            place == index and token.low in _EN_MORE
        )):  # fmt: skip
            return None
        if value == 1 and token.low in _EN_SINGULAR_ONE:
            return Unit(token.low, place + 1, "noun")
        name = _singular(token.low)
        if name == token.low and _singular(tokens.at(place + 1).low):
            continue
        if name and value != 1 and not (place > index and token.low in _EN_VERBS):
            return Unit(name, place + 1, "percent" if name == "%" else "noun")
    return None


def _singular(word: str) -> str | None:
    """The singular of an English plural; None for what is none."""
    if word in _EN_PLURALS:
        return _EN_PLURALS[word]
    if (
        word in _EN_VERBS
        or not re.fullmatch(r"[a-z-]{2,}s", word)
        or word.endswith(("ss", "us", "is"))
    ):
        return None
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]
