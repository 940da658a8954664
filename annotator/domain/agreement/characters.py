"""Characters as items: did an annotator mark this character with this tag, or not?

The text is cut at every end of a passage; between two cuts nothing changes, so a piece counts as
many times as it has characters, and the cost depends on the passages and not on the text. Tags
nest (a figure in a quote in a claim), so a character has no single tag, and each tag is judged on
its own. Only where nobody's tags overlap there is one judgement over all tags.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.domain.agreement import f1
from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.ratings import Ratings, Tally, of_tables, tally_by
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Ints

VALUES = ("unmarked", "marked")


@dataclass(frozen=True, slots=True)
class Cover:
    """Pieces of text: `length` in characters, the `article`, and who covers it [pieces, m]."""

    length: Ints
    article: Ints
    by: NDArray[np.bool_]


def cover(corpus: Corpus, tag: int | None) -> Cover:
    """Who marked what with a tag (None: with any). Text that nobody marked is left out."""
    mark, start, end = corpus.pieces
    if tag is not None:
        chosen = corpus.tag[mark] == tag
        mark, start, end = mark[chosen], start[chosen], end[chosen]
    cuts, place = np.unique(np.concatenate([start, end]), return_inverse=True)
    m, n = len(corpus.annotators), len(start)
    who = corpus.annotator[mark]
    size = len(cuts) * m
    opened = np.bincount(place[:n] * m + who, minlength=size)
    closed = np.bincount(place[n:] * m + who, minlength=size)
    depth = np.cumsum((opened - closed).reshape(len(cuts), m), axis=0)[:-1] > 0
    kept = depth.any(axis=1)
    return Cover(
        length=np.diff(cuts)[kept],
        article=np.searchsorted(corpus.starts, cuts[:-1][kept], side="right") - 1,
        by=depth[kept],
    )


def covers(corpus: Corpus) -> list[Cover]:
    """The cover of every tag; made once for a corpus."""
    made: list[Cover] | None = corpus.__dict__.get("_covers")
    if made is None:
        made = [cover(corpus, place) for place in range(len(corpus.tags))]
        corpus.__dict__["_covers"] = made
    return made


def shared(corpus: Corpus, one: Cover) -> Floats:
    """Characters that annotators i and j both marked (i = j: that i marked): [m, m, articles]."""
    m, articles = len(corpus.annotators), len(corpus.articles)
    table = np.zeros((m, m, articles))
    for i in range(m):
        for j in range(i, m):
            both = one.by[:, i] & one.by[:, j]
            table[i, j] = table[j, i] = np.bincount(
                one.article[both], weights=one.length[both], minlength=articles
            )
    return table


# ------------------------------------------------------------------------------------------ F1


def slots_f1(corpus: Corpus) -> dict[Slot, f1.Found]:
    """Characters that both marked with one tag, by pair and tag."""
    tables = [shared(corpus, one) for one in covers(corpus)]

    def count(_: Corpus, pair: tuple[int, int]) -> f1.Found:
        i, j = pair
        empty = np.zeros((1, len(corpus.articles)))
        here = corpus.both(pair)
        parts = [[t[i, j], t[i, i] * here, t[j, j] * here] for t in tables]
        stacked = np.array(parts).transpose(1, 0, 2) if parts else (empty, empty, empty)
        return f1.Found(*stacked)

    return f1.slots(corpus, count)


# ------------------------------------------------------------------------------- tallies of ratings


def slots(corpus: Corpus) -> dict[Slot, Tally]:
    """Tallies with one entry for each article: by tag, for every pair and for all annotators.

    Over all tags together there is one only where nobody's tags overlap; otherwise its entry is
    missing, and `why_not` says so.
    """
    made: dict[Slot, Tally] = {}
    for tag, one in zip(corpus.tags, covers(corpus), strict=True):
        table = shared(corpus, one)
        for pair in corpus.pairs:
            made[Slot(tag, names(corpus, pair))] = _two(corpus, table, pair)
        if len(corpus.annotators) > 2:
            made[Slot(tag, corpus.annotators)] = _all(corpus, one, table)
    ratings = exclusive(corpus)
    if ratings is not None:
        made |= _together(corpus, *ratings)
    return made


def why_not(corpus: Corpus) -> str | None:
    """Why there is no tally over all tags."""
    return "overlapping_tags" if len(corpus.tags) > 1 else "no_spans"


def _two(corpus: Corpus, table: Floats, pair: tuple[int, int]) -> Tally:
    i, j = pair
    here = corpus.both(pair)
    both = table[i, j] * here
    first, second = table[i, i] * here - both, table[j, j] * here - both
    neither = corpus.lengths * here - both - first - second
    tables = np.stack([np.stack([neither, second], -1), np.stack([first, both], -1)], -2)
    return of_tables(tables, VALUES)


def _all(corpus: Corpus, one: Cover, table: Floats) -> Tally:
    """All annotators: only how many of those who finished an article marked a character counts."""
    m, articles = len(corpus.annotators), len(corpus.articles)
    marked = one.by.sum(axis=1)
    cell = one.article * (m + 1) + marked
    spread = np.bincount(cell, weights=one.length, minlength=articles * (m + 1))
    spread = spread.reshape(articles, m + 1)
    spread[:, 0] = corpus.lengths - spread.sum(axis=1)
    raters = corpus.finished.sum(axis=1).astype(float)[:, None]
    yes = np.arange(m + 1)[None, :]
    no = raters - yes
    per_rating = spread / np.maximum(raters - 1, 1)
    met = [(no * (no - 1), no * yes), (yes * no, yes * (yes - 1))]
    coincidences = np.stack(
        [np.stack([(per_rating * cell).sum(axis=1) for cell in row], -1) for row in met], -2
    )
    shares = np.stack([(spread * part / raters).sum(axis=1) for part in (no, yes)], -1)
    pairs = [(i, j) for i in range(m) for j in range(i + 1, m)]
    return Tally(
        coincidences=coincidences,
        agreements=coincidences / raters[:, :, None],
        shares=shares,
        items=corpus.lengths.astype(float),
        missing=np.where(raters[:, 0] < m, corpus.lengths, 0.0),
        tables=np.stack([_two(corpus, table, pair).tables[:, 0] for pair in pairs], 1),
        values=VALUES,
        annotators=m,
    )


# ------------------------------------------------------------------- all tags, where they exclude


def exclusive(corpus: Corpus) -> tuple[Ratings, Ints] | None:
    """Every character's tag by annotator, and the article of each item; None where tags overlap."""
    mark, start, end = corpus.pieces
    cuts, place = np.unique(np.concatenate([start, end]), return_inverse=True)
    if not len(cuts):
        return None
    m, n, tags = len(corpus.annotators), len(start), len(corpus.tags)
    cell = corpus.annotator[mark] * tags + corpus.tag[mark]
    codes = np.zeros((len(cuts) - 1, m), dtype=np.int64)
    for one in np.unique(cell):
        mine = cell == one
        depth = np.bincount(place[:n][mine], minlength=len(cuts))
        depth -= np.bincount(place[n:][mine], minlength=len(cuts))
        here = np.cumsum(depth)[:-1] > 0
        if (codes[here, one // tags] > 0).any():
            return None
        codes[here, one // tags] = one % tags + 1
    covered = codes.any(axis=1)
    codes, lengths = codes[covered], np.diff(cuts)[covered]
    article = np.searchsorted(corpus.starts, cuts[:-1][covered], side="right") - 1
    rest = corpus.lengths - np.bincount(article, weights=lengths, minlength=len(corpus.articles))
    article = np.concatenate([article, np.arange(len(corpus.articles))])
    codes = np.concatenate([codes, np.zeros((len(rest), m), dtype=np.int64)])
    codes[~corpus.finished[article]] = -1
    weights = np.concatenate([lengths, rest]).astype(float)
    return Ratings(codes, weights, ("unmarked", *corpus.tags)), article


def _together(corpus: Corpus, ratings: Ratings, article: Ints) -> dict[Slot, Tally]:
    made = {}
    for i, j in corpus.pairs:
        two = Ratings(ratings.codes[:, [i, j]], ratings.weights, ratings.values)
        here = (two.codes >= 0).all(axis=1)
        two = Ratings(two.codes[here], two.weights[here], two.values)
        tally = tally_by(two, article[here], len(corpus.articles))
        made[Slot(None, names(corpus, (i, j)))] = tally
    if len(corpus.annotators) > 2:
        everybody = tally_by(ratings, article, len(corpus.articles))
        made[Slot(None, corpus.annotators)] = everybody
    return made
