"""The words around a number that say how exactly it is meant, and the ones that say why."""

from annotator.domain.detection import vocabulary
from annotator.domain.morphology import readings
from annotator.domain.quantities.tokens import Tokens

_MORE = vocabulary(
    "более больше свыше выше сверх превысил превысила превысило превысили превышает превышают "
    "превысит превысят превышающий превышающую минимум перевалило перевалил over exceeding "
    "exceeded exceeds topped above surpassed"
)
_LESS = vocabulary("менее меньше ниже максимум under below maximum")  # fmt: skip
_ABOUT = vocabulary(
    "около примерно приблизительно порядка почти ориентировочно едва ~ ≈ примерный "
    "приблизительный about around approximately roughly nearly almost some circa c estimated"
)
#: Bounds of several words, nearest to the number last; tried before single words.
_PHRASES = (
    (("не", "более"), "less_than"), (("не", "больше"), "less_than"), (("не", "выше"), "less_than"),
    (("не", "свыше"), "less_than"), (("не", "превышает"), "less_than"),
    (("не", "превысил"), "less_than"), (("не", "превысит"), "less_than"),
    (("не", "превысила"), "less_than"), (("не", "превышают"), "less_than"),
    (("не", "менее"), "more_than"), (("не", "меньше"), "more_than"), (("не", "ниже"), "more_than"),
    (("как", "минимум"), "more_than"), (("по", "меньшей", "мере"), "more_than"),
    (("по", "крайней", "мере"), "more_than"), (("без", "малого"), "about"),
    (("в", "районе"), "about"), (("чуть", "более"), "more_than"),
    (("more", "than"), "more_than"), (("at", "least"), "more_than"),
    (("greater", "than"), "more_than"),
    (("less", "than"), "less_than"), (("fewer", "than"), "less_than"), (("up", "to"), "less_than"),
    (("at", "most"), "less_than"), (("as", "many", "as"), "less_than"),
    (("as", "much", "as"), "less_than"), (("not", "exceeding"), "less_than"),
    (("no", "more", "than"), "less_than"), (("not", "more", "than"), "less_than"),
    (("no", "less", "than"), "more_than"), (("no", "fewer", "than"), "more_than"),
    (("close", "to"), "about"),
)  # fmt: skip
_BETWEEN = vocabulary("чем в на за из с до от of a an by to in the")
_CHANGE = (
    "выраст", "вырос", "увелич", "сниз", "упа", "сократ", "повыс", "подня", "довес", "замедл",
    "ускор", "опуст", "опуска", "поднима",
    "снижа", "повыша", "уменьш", "возраст", "рост", "подорож", "подешев", "расшир", "падени",
    "снижен", "наращ", "подня", "rose", "rise", "fell", "fall", "grew", "grow", "drop", "cut",
    "increas", "decreas", "reduc", "climb", "jump", "rais", "lower", "slow", "doubl", "похолода",
    "потепле", "приба", "потеря", "лишил", "gain", "lost", "slid", "surg", "declin",
)  # fmt: skip
_TARGET = (
    "намер", "планир", "собира", "ожида", "прогноз", "предполаг", "должн", "рассчит", "обяза",
    "пообещ", "обеща", "хотят", "хочет", "выраст", "увеличит", "достигн", "составит", "смогут",
    "сможет", "plan", "expect", "forecast", "target", "aim", "will", "pledge",
)  # fmt: skip


def bound(tokens: Tokens, first: int, after: int, *, things: bool = False) -> str:
    """Return exactly, more_than, less_than or about for the number in tokens first…after; of
    `things` "от" names the source ("питается от трёх генераторов"), not the least."""
    near = (tokens.at(place).low for place in range(first, after + 2))
    if any(word in ("лишним", "небольшим", "хвостиком") for word in near):
        return "more_than"
    if tokens.at(after).low == "plus" or tokens.at(after).text == "+":
        return "more_than"
    if (tokens.at(after).low, tokens.at(after + 1).low) in (
        ("or", "more"), ("и", "более"), ("и", "выше"), ("и", "больше"), ("или", "более"),
    ):  # fmt: skip
        return "more_than"
    place = first - 1
    found = _before(tokens, place)
    for _ in range(2):
        if found or tokens.at(place).low not in _BETWEEN:
            break
        place -= 1
        found = _before(tokens, place)
    return found or _by_preposition(tokens, first, things) or "exactly"


def _before(tokens: Tokens, last: int) -> str | None:
    """The bound whose last word is token `last`."""
    word = tokens.at(last).low
    longest: tuple[int, str] | None = None
    for words, name in _PHRASES:
        said = tuple(tokens.at(last - back).low for back in range(len(words) - 1, -1, -1))
        if said == words and (longest is None or len(words) > longest[0]):
            longest = (len(words), name)
    if longest:
        return longest[1]
    if word in _ABOUT or (word in ("более", "больше") and tokens.at(last - 1).low == "немного"):
        return "about" if word in _ABOUT else "more_than"
    if word in _MORE:
        return "more_than"
    return "less_than" if word in _LESS else None


#: After a step comes the level reached: "на 25%, до 177 млн".
_STEPS = vocabulary("% процента процентов проц раза пункта пунктов рублей рубля копеек долларов")


def _by_preposition(tokens: Tokens, first: int, things: bool) -> str | None:
    """ "До пяти лет" is at most, "вырос до пяти" is exactly; "от 800 рублей" is at least."""
    word = tokens.at(first - 1).low
    if word == "до":
        level = tokens.at(first - 2).text == "," and tokens.at(first - 3).low in _STEPS
        exact = level or changes(tokens, first) or _from_before(tokens, first)
        return None if exact else "less_than"
    if word == "от" and not things:
        ablative = tokens.at(first - 2).low
        near = ("километрах", "метрах", "км", "умер", "погиб", "недалеко", "вдали")
        return None if ablative in near else "more_than"
    return None


def _from_before(tokens: Tokens, first: int) -> bool:
    """Whether "с …" stands before "до …": from a value to another."""
    return any(tokens.at(place).low in ("с", "со") and tokens.at(place + 1).kind == "number"
               for place in range(first - 7, first - 1))  # fmt: skip


def _clause(tokens: Tokens, first: int, limit: int) -> list[str]:
    """The words before the number in its clause, at most `limit`, the nearest first."""
    words: list[str] = []
    for place in range(first - 1, max(first - 1 - limit, -1), -1):
        token = tokens[place]
        if token.text in ".;!?:()" or (token.text == "," and len(words) > 3):
            break
        words.append(token.low)
    return words


def changes(tokens: Tokens, first: int) -> bool:
    """Whether the number stands after a word of growing or falling."""
    return any(word.startswith(_CHANGE) for word in _clause(tokens, first, 9))


def kind(tokens: Tokens, first: int) -> str | None:
    """Return target or change where the words before the number say so, else None."""
    words = _clause(tokens, first, 12)
    if any(word.startswith(_TARGET) for word in words):
        return "target"
    near = next((word for word in words if word not in _ABOUT | _MORE | _LESS | {"чем", "не"}), "")
    if near in ("на", "by") and any(word.startswith(_CHANGE) for word in words):
        return "change"
    return None


def after_name(tokens: Tokens, first: int) -> bool:
    """Whether a name stands directly before: "Путину 73", "(Иванов, 45)"."""
    place = first - 1
    if tokens.at(place).text in (",", "("):
        place -= 1
    token = tokens.at(place)
    if token.kind != "word":
        return False
    russian = "а" <= token.low[0] <= "я"
    whom = place == first - 1 and russian
    if whom and any(r.case == "datv" and "anim" in r.tag for r in readings(token.low)[:2]):
        return True
    if not token.text[:1].isupper():
        return False
    if russian:
        return any(
            "Name" in r.tag or "Surn" in r.tag or "Patr" in r.tag for r in readings(token.low)
        )
    return tokens.at(first - 1).text == "," and tokens.at(place - 1).text[:1].isupper()
