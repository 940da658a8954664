"""What is known of one article on one event, and of one author on it.

An empty place in a comparison can mean three different things: somebody read the article and
signed that it is silent; the article is older than the event and could not speak of it; or nobody
has looked. They are never shown alike. Silence is an act with a name and a time; "earlier" is
computed from dates, and a signed word wins over it; everything else is not checked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotator.domain.dates import PartialDate, earlier
from annotator.domain.messages import N_


class State(StrEnum):
    """Why a cell holds what it holds."""

    covered = "covered"
    silent = "silent"
    earlier = "earlier"
    not_checked = "not_checked"

    @property
    def label(self) -> str:
        """English name, a message id for translation."""
        return _LABEL[self]

    @classmethod
    def of_mark(cls, state: str) -> "State":
        """Return the state that a stored mark names; "precedes_event" is "earlier"."""
        return cls.earlier if state == "precedes_event" else cls(state)


_LABEL = {
    State.covered: N_("covered"),
    State.silent: N_("silent"),
    State.earlier: N_("earlier than the event"),
    State.not_checked: N_("not checked"),
}


@dataclass(frozen=True, slots=True)
class CoverageMark:
    """What somebody signed about one article on one event; `at` is an ISO time."""

    event_id: str
    article_id: str
    state: str
    by: str | None = None
    at: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArticleCoverage:
    """The state of one article on one event, and who signed it (None: computed).

    `dates` are those of article and event where the state is earlier because of them.
    """

    article_id: str
    state: State
    mark: CoverageMark | None = None
    dates: tuple[PartialDate, PartialDate] | None = None


def article_coverage(
    article_id: str,
    *,
    published: PartialDate | None,
    date: PartialDate | None,
    passages: int,
    mark: CoverageMark | None,
) -> ArticleCoverage:
    """Return what is known of an article on an event.

    `published` dates the article and `date` the event; `passages` counts the article's passages
    on it, whatever is filtered. Passages make it covered; else what was signed holds; else it is
    earlier when surely older than the event; else not checked.
    """
    if passages:
        return ArticleCoverage(article_id, State.covered)
    if mark is not None:
        return ArticleCoverage(article_id, State.of_mark(mark.state), mark)
    if published is not None and date is not None and earlier(published, date):
        return ArticleCoverage(article_id, State.earlier, None, (published, date))
    return ArticleCoverage(article_id, State.not_checked)


def combine(parts: Sequence[ArticleCoverage]) -> State:
    """Return the state of an author from those of all of the author's articles.

    One article that covers is enough. Silence needs every article silent or earlier, and at
    least one silent; earlier needs every article earlier. Whatever is left is not checked.
    """
    states = {part.state for part in parts}
    if State.covered in states:
        return State.covered
    if State.not_checked in states or not states:
        return State.not_checked
    return State.silent if State.silent in states else State.earlier


def signature(parts: Iterable[ArticleCoverage], state: State) -> CoverageMark | None:
    """Return the latest signed mark behind a state, or None when it is computed."""
    marks = [part.mark for part in parts if part.mark is not None and part.state == state]
    return max(marks, key=lambda mark: mark.at or "", default=None)
