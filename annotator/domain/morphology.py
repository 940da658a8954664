"""Russian words in their dictionary: what a form may be.

The dictionary is loaded when the first word is asked for (a fifth of a second, forty megabytes),
so that a process that looks up nothing does not carry it.
"""

from functools import lru_cache
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """One of the things a form may be: its dictionary form (as written, and with ё as е to look
    it up); grammemes as OpenCorpora names them, "" when without."""

    word: str
    lemma: str
    part: str
    case: str
    number: str
    gender: str
    tag: str
    score: float


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=50_000)
def readings(word: str) -> tuple[Reading, ...]:
    """Return what `word` may be, the likeliest first."""
    return tuple(
        Reading(
            parse.normal_form,
            parse.normal_form.replace("ё", "е"),
            str(parse.tag.POS or ""),
            str(parse.tag.case or ""),
            str(parse.tag.number or ""),
            str(parse.tag.gender or ""),
            str(parse.tag),
            float(parse.score),
        )
        for parse in _analyser().parse(word.lower())
    )


@lru_cache(maxsize=5_000)
def inflected(word: str, part: str, *grammemes: str) -> str:
    """Return `word`, read as `part`, in the form with these grammemes; as it is when there is
    none."""
    for parse in _analyser().parse(word):
        if part == parse.tag.POS:
            form = parse.inflect(set(grammemes))
            return str(form.word) if form else word
    return word


@lru_cache(maxsize=20_000)
def is_known(word: str) -> bool:
    """Whether the dictionary has this form, rather than a guess by its ending."""
    return bool(_analyser().word_is_known(word.lower()))


@lru_cache(maxsize=20_000)
def name_form(word: str, case: str, gender: str) -> str:
    """Return part of a person's name, given in `case`, in the nominative; capitals kept."""
    if case == "nomn":
        return word
    fitting = [
        parse
        for parse in _analyser().parse(word.lower())
        if parse.tag.case == case
        and parse.tag.number != "plur"
        and parse.tag.gender in (gender, None)
        and parse.tag.POS == "NOUN"
    ]
    fitting.sort(key=lambda parse: not {"Name", "Surn", "Patr"} & set(parse.tag.grammemes))
    for parse in fitting:
        form = parse.inflect({"nomn", "sing"})
        if form is not None:
            parts = str(form.word).split("-")
            return "-".join(part[:1].upper() + part[1:] for part in parts)
    return word
