"""What goes into agreement and what comes out: plain values, no numbers library.

An article comes with the annotators who have finished it. That is the whole difference between
"marked nothing", which is data, and "has not looked", which is not. Where a number cannot be had,
an `Undefined` with its reason stands in its place: never NaN, never a silent 1 or 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.domain.messages import N_
from annotator.domain.spans import Fragments

REASONS: dict[str, str] = {
    "no_common_articles": N_("No article was finished by two annotators."),
    "single_annotator": N_("There is only one annotator, and agreement needs two."),
    "no_spans": N_("Nobody marked anything here."),
    "no_pairable_units": N_("Nothing was judged by two annotators."),
    "no_variation": N_(
        "Everybody chose the same everywhere, so that agreement by chance cannot be told from "
        "agreement."
    ),
    "no_matched_pairs": N_("No two passages lie at the same place."),
    "overlapping_tags": N_(
        "Passages with different tags overlap, so a character has no single tag. Look at the tags "
        "one by one."
    ),
    "needs_two_annotators": N_(
        "This coefficient is defined for two annotators. Look at the pairs."
    ),
    "missing_ratings": N_("This coefficient needs every item judged by every annotator."),
    "needs_numbers": N_("The values are not all numbers, so they have no distances."),
    "too_large": N_("There are too many passages close together to find the best alignment."),
    "too_few_articles": N_("An interval needs at least five articles."),
}


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no number, and why: `reason` is a key of REASONS."""

    reason: str

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"not a reason: {self.reason}")

    @property
    def sentence(self) -> str:
        """The reason in English, a message id for translation."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotator's passage: offsets in code points of the article.

    `attributes` are those that count for agreement; notes and uncounted ones stay with the caller.
    `groups` names what else the passage belongs to, such as {"event": ("e1", "e2")}. `id` leads
    back from a number to the passages behind it.
    """

    annotator: str
    tag: str
    fragments: Fragments
    attributes: Mapping[str, Any] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """An article of `length` code points, the annotators who finished it, and their passages.

    A passage of somebody who has not finished the article is left out and listed. `groups` names
    what the article belongs to, such as {"month": ("2026-11",)}.
    """

    id: str
    length: int
    annotators: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not enter: an article, or a passage of it, and why (a key of WHY_LEFT_OUT)."""

    article: str
    why: str
    annotator: str = ""
    tag: str = ""
    id: str = ""


WHY_LEFT_OUT: dict[str, str] = {
    "not_two": N_("Fewer than two annotators have finished the article."),
    "not_finished": N_("Its annotator has not finished the article."),
    "outside": N_("It is empty or lies outside the article."),
    "other_tag": N_("It has another tag."),
    "other_annotator": N_("Its annotator was not asked for."),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A percentile bootstrap interval over articles.

    `undefined` counts resamples in which the metric had no value; they are left out.
    """

    low: float
    high: float
    level: float
    resamples: int
    undefined: int
    seed: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and what it is of.

    `tag` None: all tags together; `annotators`: a pair, or all whose articles entered; `article`
    and `group` None: all. `attribute` is set for agreement on attributes. `counts` are the sums
    that the value was computed from; `interval` is None where none was asked for or has a meaning.
    `table` is who chose which of `values`: rows are the first annotator's, columns the second's.
    """

    metric: str
    value: float | Undefined
    annotators: tuple[str, ...]
    tag: str | None = None
    attribute: str | None = None
    article: str | None = None
    group: str | None = None
    articles: int = 0
    counts: Mapping[str, float] = field(default_factory=dict)
    interval: Interval | Undefined | None = None
    values: tuple[str, ...] = ()
    table: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All figures, and the methods paragraph's facts: what entered, what did not.

    `entered`: annotator → tag → passages, in the articles that count. `parameters`: how the
    figures were made (seed, threshold, …).
    """

    figures: tuple[Figure, ...]
    articles: tuple[str, ...]
    annotators: tuple[str, ...]
    tags: tuple[str, ...]
    entered: Mapping[str, Mapping[str, int]]
    left_out: tuple[LeftOut, ...]
    parameters: Mapping[str, Any]
