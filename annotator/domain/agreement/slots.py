"""What one number is of: a tag or all, an attribute or none, and whose layers."""

from typing import NamedTuple

from annotator.domain.agreement.corpus import Corpus


class Slot(NamedTuple):
    """`tag` None: all tags together; `annotators`: a pair, or all of the corpus."""

    tag: str | None
    annotators: tuple[str, ...]
    attribute: str | None = None


def names(corpus: Corpus, pair: tuple[int, int]) -> tuple[str, str]:
    """The names of a pair."""
    return corpus.annotators[pair[0]], corpus.annotators[pair[1]]
