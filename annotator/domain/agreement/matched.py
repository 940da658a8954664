"""Passages at one place as items: given that both marked here, what did they call it?

Annotators disagree on where a passage is and on what it is; this looks at the second alone. Two
passages are at one place when their IoU is at least a half, whatever their tags, and each answers
to one other at most (see matching). With more than two annotators the items of all pairs are put
together; whose they were is then lost, so only coefficients that do not ask are defined.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.matching import best, edges
from annotator.domain.agreement.ratings import Tally, of_tables, ordered
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Ints

THRESHOLD = 0.5


def slots(corpus: Corpus) -> dict[Slot, Tally]:
    """Tags of matched passages: over all tags, and each tag against the rest."""
    made: dict[Slot, Tally] = {}
    q = len(corpus.tags)
    for pair in corpus.pairs:
        first, second = _answers(corpus, pair, labelled=False)
        tables = np.zeros((len(corpus.articles), q, q))
        np.add.at(tables, (corpus.article[first], corpus.tag[first], corpus.tag[second]), 1)
        made[Slot(None, names(corpus, pair))] = of_tables(tables, corpus.tags)
        for place, tag in enumerate(corpus.tags):
            made[Slot(tag, names(corpus, pair))] = _against_rest(tables, place)
    return pooled(corpus, made)


def _against_rest(tables: Floats, place: int) -> Tally:
    both = tables[:, place, place]
    first = tables[:, place, :].sum(axis=1) - both
    second = tables[:, :, place].sum(axis=1) - both
    rest = tables.sum(axis=(1, 2)) - both - first - second
    two = np.stack([np.stack([rest, second], -1), np.stack([first, both], -1)], -2)
    return of_tables(two, ("other", "this"))


def slots_of_attributes(corpus: Corpus) -> dict[Slot, Tally]:
    """Values of attributes of matched passages of one tag, each attribute on its own.

    An item is a matched pair in which both gave a value; pairs in which one did are counted as
    missing. Lists are compared as sets.
    """
    made: dict[Slot, Tally] = {}
    attributes = known(corpus)
    for pair in corpus.pairs:
        first, second = _answers(corpus, pair, labelled=True)
        for tag, attribute in attributes:
            mine = corpus.tag[first] == corpus.tags.index(tag)
            values = [
                [value(corpus.marks[n].attributes.get(attribute)) for n in side[mine].tolist()]
                for side in (first, second)
            ]
            slot = Slot(tag, names(corpus, pair), attribute)
            made[slot] = _compared(corpus, values, corpus.article[first[mine]])
    return pooled(corpus, made)


def known(corpus: Corpus) -> list[tuple[str, str]]:
    """Every attribute that somebody gave a value to, with its tag."""
    return sorted(
        {
            (mark.tag, name)
            for mark in corpus.marks
            for name, given in mark.attributes.items()
            if value(given) is not None
        }
    )


def value(given: Any) -> Any:
    """An attribute's value as something that can be compared; None where nothing was said."""
    if given is None or given == "" or given == [] or given == {}:
        return None
    if isinstance(given, Mapping):
        return tuple(sorted((str(k), value(v)) for k, v in given.items()))
    if isinstance(given, list | tuple | set | frozenset):
        return tuple(sorted({str(value(one)) for one in given}))
    if isinstance(given, bool):
        return str(given).lower()
    return given


def _compared(corpus: Corpus, values: list[list[Any]], article: Ints) -> Tally:
    both = [
        (a, b, place)
        for a, b, place in zip(*values, article.tolist(), strict=True)
        if a is not None and b is not None
    ]
    order = ordered({one for a, b, _ in both for one in (a, b)})
    at = {one: number for number, one in enumerate(order)}
    tables = np.zeros((len(corpus.articles), len(order), len(order)))
    for a, b, place in both:
        tables[place, at[a], at[b]] += 1
    lacking = [
        place
        for a, b, place in zip(*values, article.tolist(), strict=True)
        if (a is None) != (b is None)
    ]
    missing = np.bincount(np.array(lacking, np.int64), minlength=len(corpus.articles))
    return replace(of_tables(tables, order), missing=missing.astype(float))


def pooled(corpus: Corpus, made: dict[Slot, Tally]) -> dict[Slot, Tally]:
    """Add the tallies of all annotators: the items of all pairs together."""
    m = len(corpus.annotators)
    if m <= 2:
        return made
    together: dict[tuple[str | None, str | None], list[Tally]] = {}
    for slot, tally in made.items():
        together.setdefault((slot.tag, slot.attribute), []).append(tally)
    for (tag, attribute), tallies in together.items():
        made[Slot(tag, corpus.annotators, attribute)] = _sum(tallies, m)
    return made


def _sum(tallies: list[Tally], annotators: int) -> Tally:
    order = ordered({one for tally in tallies for one in tally.values})
    at = {one: number for number, one in enumerate(order)}
    tables = np.zeros((len(tallies[0].items), len(order), len(order)))
    for tally in tallies:
        place = np.array([at[one] for one in tally.values], dtype=np.int64)
        tables[:, place[:, None], place[None, :]] += tally.tables[:, 0]
    missing = np.sum([tally.missing for tally in tallies], axis=0)
    whole = of_tables(tables, order)
    return replace(whole, missing=missing, tables=tables[:, :0, None, :], annotators=annotators)


def _answers(corpus: Corpus, pair: tuple[int, int], *, labelled: bool) -> tuple[Ints, Ints]:
    """The best matching of a pair; made once for a corpus."""
    kept: dict[tuple[int, int, bool], tuple[Ints, Ints]] = corpus.__dict__.setdefault(
        "_answers", {}
    )
    key = (*pair, labelled)
    if key not in kept:
        kept[key] = best(corpus, edges(corpus, pair, threshold=THRESHOLD, labelled=labelled))
    return kept[key]
