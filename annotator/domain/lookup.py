"""Finding a named thing from a few typed letters.

What people type is the beginning of words, in any order and in any inflection («саммита ваш» finds
«Саммит США – Центральная Азия, Вашингтон»). Every typed word must meet a word of the name: the
same word, a word that begins with it, or, for Russian, a word of the same stem. Names are
compared folded, so ё, quotes, dashes, accents and capitals make no difference.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from annotator.domain.text import fold

MAX_QUERY = 200

_WORD = re.compile(r"[^\W_]+")
_EXACT, _PREFIX, _STEM = 1.0, 0.8, 0.7


class Named(NamedTuple):
    """Something that can be looked up: `names[0]` is its title, the rest are aliases."""

    id: str
    names: tuple[str, ...]


class Match(NamedTuple):
    """A hit: whose, under which of its names, and how good (0 … about 1.3, best first)."""

    id: str
    name: str
    score: float


def words_of(text: str) -> list[str]:
    """Return the folded words of a text in order."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=1)
def _stemmer() -> object:
    import snowballstemmer

    return snowballstemmer.stemmer("russian")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the Snowball stem of a folded word; English and short words stay as they are."""
    if len(word) < 4 or word.isascii():
        return word
    stemmed: str = _stemmer().stemWord(word)  # type: ignore[attr-defined]
    return stemmed


def rank(query: str, things: Iterable[Named], *, limit: int = 8) -> list[Match]:
    """Return the things that `query` may mean, the best first, each under its best name.

    An empty query finds everything in the given order. Ties keep the given order.
    """
    asked = words_of(query[:MAX_QUERY])
    if not asked:
        return [Match(thing.id, thing.names[0], 0.0) for thing in things][:limit]
    folded = " ".join(asked)
    found: list[Match] = []
    for thing in things:
        best: Match | None = None
        for number, name in enumerate(thing.names):
            score = _score(asked, folded, name)
            # An alias is as good as the title, but the title wins a tie.
            if score and (best is None or score > best.score):
                best = Match(thing.id, name, score - (0.01 if number else 0))
        if best is not None:
            found.append(best)
    found.sort(key=lambda match: -match.score)
    return found[:limit]


def _score(asked: Sequence[str], folded: str, name: str) -> float:
    """How well a name answers the query; 0 when any of its words meets nothing."""
    there = words_of(name)
    total = 0.0
    for word in asked:
        met = max((_meets(word, other) for other in there), default=0.0)
        if not met:
            return 0.0
        total += met
    whole = " ".join(there)
    score = total / len(asked)
    score += 0.2 if whole.startswith(folded) else 0.1 if folded in whole else 0
    return score + 0.1 * min(len(asked) / max(len(there), 1), 1)


def _meets(word: str, other: str) -> float:
    if word == other:
        return _EXACT
    if other.startswith(word):
        return _PREFIX
    if len(word) >= 4 and not word.isascii():
        stemmed = stem(word)
        if len(stemmed) >= 2 and stem(other) == stemmed:
            return _STEM
        # The stemmer cuts «саммита» shorter than «саммит».
        if len(stemmed) >= 4 and other.startswith(stemmed):
            return _STEM
    return 0.0


def bold(name: str, query: str) -> list[tuple[str, bool]]:
    """Cut a name into pieces and say of each whether the query met it, for drawing.

    The pieces joined are the name. Only whole words are marked.
    """
    asked = words_of(query[:MAX_QUERY])
    pieces: list[tuple[str, bool]] = []
    last = 0
    for match in _WORD.finditer(name):
        parts = words_of(match[0])
        if parts and any(_meets(word, part) for word in asked for part in parts):
            if last < match.start():
                pieces.append((name[last : match.start()], False))
            pieces.append((match[0], True))
            last = match.end()
    if last < len(name):
        pieces.append((name[last:], False))
    return pieces
