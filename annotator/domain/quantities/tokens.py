"""The smallest pieces of a paragraph that a grammar of figures looks at."""

import re
from typing import NamedTuple

#: In this order: what only looks like numbers, numbers, what is glued to them, words, signs.
_PIECES = re.compile(
    r"""
    (?P<other>https?://\S+|www\.\S+|[#@]\w+
      |(?<![\w+])\+\d[\d\-() \u00a0]{8,}\d|(?<!\w)8[ -]\(?\d{3}\)?[ -]\d{3}-\d\d-\d\d
      |(?<!\w)\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)(?!\w)|(?<!\w)[12]\d{3}-\d\d(?:-\d\d)?(?!\w)
      |(?<!\w)(?:19|20)\d\d/(?:\d{4}|\d\d)(?!\w)
      |(?<!\w)\d{1,3}:\d{1,3}(?::\d\d)?(?:[.,]\d+)?(?!\w))
    |(?P<fraction>(?<![\w/])\d{1,3}/\d{1,3}(?![\w/]))
    |(?P<number>(?<!\d)(?:\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*))
    |(?P<suffix>(?<=\d)[-\u2010\u2011–](?=[^\W\d_])\w+(?:[-\u2010\u2011]\w+)*)
    |(?P<glued>(?<=\d)[^\W\d_]+(?:/[^\W\d_]+)?)
    |(?P<word>[^\W\d_]\w*(?:[-\u2010\u2011'’]\w+)*)
    |(?P<sign>[^\w\s]|_)
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of text: its kind (a group of the expression above), place, words as they are and
    as they are looked up (small letters, ё as е)."""

    kind: str
    start: int
    end: int
    text: str
    low: str


#: Stands for what is before the first and after the last token.
NOTHING = Token("nothing", -1, -1, "", "")


class Tokens(list[Token]):
    """The tokens of a paragraph; outside of it there is NOTHING instead of an error."""

    def at(self, index: int) -> Token:
        """The token at `index`, or NOTHING."""
        return self[index] if 0 <= index < len(self) else NOTHING

    def apart(self, index: int) -> bool:
        """Whether a blank stands between a token and the one before it."""
        return self.at(index - 1).end != self.at(index).start


def tokenise(text: str, start: int, end: int) -> Tokens:
    """Cut `text[start:end]` into tokens; offsets are of the whole text."""
    found = Tokens()
    for match in _PIECES.finditer(text, start, end):
        word = match[0]
        low = word.lower()
        if "ё" in low:
            low = low.replace("ё", "е")
        found.append(Token(match.lastgroup or "", *match.span(), word, low))
    return found
