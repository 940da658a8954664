"""Articles and their passages as arrays: what every metric on layers counts from.

All articles lie one after another on one axis, so that a position says its article as well, and
one sorted search serves the whole corpus. Passages that cannot count are left out here, and only
here, each with its reason.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from annotator.domain.agreement.sums import Ints
from annotator.domain.agreement.values import Article, LeftOut, Mark
from annotator.domain.spans import Span, canonical


@dataclass(frozen=True)
class Corpus:
    """Articles that at least two annotators finished, and what they marked in them.

    `finished` [articles, annotators]; `lengths` in code points; `starts` of the articles on the
    common axis. For each passage its `article`, `annotator`, `tag` (places in the lists), the
    hull `start` and `end` on the axis, its `size` in characters, and `split`, which is 0 for one
    piece and otherwise numbers the ways of being in pieces. `pieces` is [mark, start, end].
    """

    articles: tuple[Article, ...]
    annotators: tuple[str, ...]
    tags: tuple[str, ...]
    marks: tuple[Mark, ...]
    left_out: tuple[LeftOut, ...]
    finished: NDArray[np.bool_]
    lengths: Ints
    starts: Ints
    article: Ints
    annotator: Ints
    tag: Ints
    start: Ints
    end: Ints
    size: Ints
    split: Ints
    pieces: Ints

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs of annotators who finished an article in common."""
        every = combinations(range(len(self.annotators)), 2)
        return tuple(
            (i, j) for i, j in every if bool((self.finished[:, i] & self.finished[:, j]).any())
        )

    @cached_property
    def mine(self) -> tuple[Ints, ...]:
        """The passages of each annotator, in the order given."""
        return tuple(
            np.flatnonzero(self.annotator == number) for number in range(len(self.annotators))
        )

    @property
    def axis(self) -> int:
        """The length of the common axis."""
        return int(self.lengths.sum())

    def both(self, pair: tuple[int, int]) -> NDArray[np.bool_]:
        """The articles that both of a pair finished."""
        return np.asarray(self.finished[:, pair[0]] & self.finished[:, pair[1]])

    def entered(self) -> dict[str, dict[str, int]]:
        """Annotator → tag → number of passages that count."""
        seen = Counter(zip(self.annotator.tolist(), self.tag.tolist(), strict=True))
        return {
            name: {tag: seen[number, place] for place, tag in enumerate(self.tags)}
            for number, name in enumerate(self.annotators)
        }


def build(
    articles: Iterable[Article],
    *,
    tags: Collection[str] = (),
    annotators: Collection[str] = (),
) -> Corpus:
    """Arrange articles; empty `tags` and `annotators` mean all. Nothing is dropped unsaid."""
    chosen: list[Article] = []
    left: list[LeftOut] = []
    for given in articles:
        who = [name for name in given.annotators if not annotators or name in annotators]
        if len(set(who)) < 2:
            left.append(LeftOut(given.id, "not_two"))
        else:
            chosen.append(given)
    names = sorted({n for a in chosen for n in a.annotators if not annotators or n in annotators})
    rows = _Rows(names, tags)
    base = 0
    for place, one in enumerate(chosen):
        rows.add(place, one, base)
        base += one.length
    return rows.corpus(chosen, left)


class _Rows:
    """Passages on their way into arrays."""

    def __init__(self, names: Sequence[str], tags: Collection[str]) -> None:
        self.names = {name: number for number, name in enumerate(names)}
        self.wanted = frozenset(tags)
        self.tags: dict[str, int] = {}
        self.splits: dict[tuple[Span, ...], int] = {}
        self.marks: list[Mark] = []
        self.left: list[LeftOut] = []
        self.rows: list[tuple[int, int, int, int, int, int, int]] = []
        self.pieces: list[tuple[int, int, int]] = []

    def add(self, place: int, article: Article, base: int) -> None:
        done = {name: self.names[name] for name in article.annotators if name in self.names}
        length, wanted, tags = article.length, self.wanted, self.tags
        for mark in article.marks:
            who = done.get(mark.annotator)
            fragments = mark.fragments
            if who is None or (wanted and mark.tag not in wanted):
                self._leave(article, mark, who)
                continue
            if len(fragments) > 1:
                fragments = canonical(Span(*f) for f in fragments)
                mark = replace(mark, fragments=fragments)
            if not fragments or not _inside(fragments, length):
                self._leave(article, mark, who, "outside")
                continue
            number = len(self.marks)
            start, end = fragments[0][0] + base, fragments[-1][1] + base
            size, split = end - start, 0
            if len(fragments) > 1:
                size = sum(e - s for s, e in fragments)
                split = self.splits.setdefault(fragments, len(self.splits) + 1)
                self.pieces += [(number, s + base, e + base) for s, e in fragments]
            else:
                self.pieces.append((number, start, end))
            self.marks.append(mark)
            tag = tags.setdefault(mark.tag, len(tags))
            self.rows.append((place, who, tag, start, end, size, split))

    def _leave(self, article: Article, mark: Mark, who: int | None, why: str = "") -> None:
        if not why and who is None:
            asked = mark.annotator in self.names or mark.annotator not in article.annotators
            why = "not_finished" if asked else "other_annotator"
        self.left.append(LeftOut(article.id, why or "other_tag", mark.annotator, mark.tag, mark.id))

    def corpus(self, articles: Sequence[Article], left: Sequence[LeftOut]) -> Corpus:
        lengths = np.array([one.length for one in articles], dtype=np.int64)
        finished = np.zeros((len(articles), len(self.names)), dtype=bool)
        for place, one in enumerate(articles):
            for name in one.annotators:
                if name in self.names:
                    finished[place, self.names[name]] = True
        tags = sorted(self.tags)
        order = (
            np.argsort(np.argsort(np.array(list(self.tags)))) if self.tags else np.array([], int)
        )
        rows = np.array(self.rows, dtype=np.int64).reshape(-1, 7).T
        return Corpus(
            articles=tuple(articles),
            annotators=tuple(self.names),
            tags=tuple(tags),
            marks=tuple(self.marks),
            left_out=(*left, *self.left),
            finished=finished,
            lengths=lengths,
            starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)[: len(lengths)],
            article=rows[0],
            annotator=rows[1],
            tag=order[rows[2]] if len(order) else rows[2],
            start=rows[3],
            end=rows[4],
            size=rows[5],
            split=rows[6],
            pieces=np.array(self.pieces, dtype=np.int64).reshape(-1, 3).T,
        )


def _inside(fragments: Sequence[tuple[int, int]], length: int) -> bool:
    return all(0 <= start < end <= length for start, end in fragments)


def between(first: Iterable[Mark], second: Iterable[Mark], length: int | None = None) -> Corpus:
    """One article with the passages of two annotators, whoever the marks say they are."""
    one, two = list(first), list(second)
    ends = [f[1] for mark in (*one, *two) for f in mark.fragments]
    marks = [
        Mark(name, mark.tag, mark.fragments, mark.attributes, mark.groups, mark.id)
        for name, layer in (("1", one), ("2", two))
        for mark in layer
    ]
    return build([Article("", length or max(ends, default=0), ("1", "2"), tuple(marks))])
