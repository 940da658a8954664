"""Silent, earlier than the event, and not checked are three different things."""

import pytest

from annotator.domain.coverage import (
    ArticleCoverage,
    CoverageMark,
    State,
    article_coverage,
    combine,
    signature,
)
from annotator.domain.dates import PartialDate

VISIT = PartialDate.parse("2025-11-11")
BEFORE = PartialDate.parse("2025-11-06/2025-11-10")
SAME_MONTH = PartialDate.parse("2025-11")


def state(
    *,
    published: PartialDate | None = None,
    passages: int = 0,
    mark: str | None = None,
    date: PartialDate | None = VISIT,
) -> ArticleCoverage:
    signed = CoverageMark("visit", "a1", mark, "rita", "2026-11-22T10:00:00Z") if mark else None
    return article_coverage("a1", published=published, date=date, passages=passages, mark=signed)


def test_nobody_has_looked_until_somebody_has() -> None:
    assert state().state is State.not_checked
    assert state(published=SAME_MONTH).state is State.not_checked
    assert state(published=BEFORE, date=None).state is State.not_checked


def test_an_article_surely_older_than_the_event_could_not_speak_of_it() -> None:
    found = state(published=BEFORE)
    assert found.state is State.earlier
    assert found.dates == (BEFORE, VISIT)
    assert found.mark is None


def test_silence_is_signed() -> None:
    found = state(mark="silent")
    assert found.state is State.silent
    assert found.mark is not None
    assert found.mark.by == "rita"


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("silent", State.silent),
        ("not_checked", State.not_checked),
        ("covered", State.covered),
        ("precedes_event", State.earlier),
    ],
)
def test_a_signed_word_wins_over_the_dates(mark: str, expected: State) -> None:
    assert state(published=BEFORE, mark=mark).state is expected


def test_a_passage_wins_over_everything() -> None:
    assert state(published=BEFORE, passages=1, mark="silent").state is State.covered


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["silent", "covered", "not_checked"], "covered"),
        (["silent", "not_checked"], "not_checked"),
        (["silent", "earlier"], "silent"),
        (["earlier", "earlier"], "earlier"),
        (["earlier", "not_checked"], "not_checked"),
        ([], "not_checked"),
    ],
)
def test_an_author_is_silent_only_when_every_article_is(states: list[str], expected: str) -> None:
    parts = [ArticleCoverage(f"a{n}", State(name)) for n, name in enumerate(states)]
    assert combine(parts) == expected


def test_the_latest_signature_stands_behind_the_state() -> None:
    marks = [
        CoverageMark("e", f"a{n}", "silent", who, f"2026-11-2{n}") for n, who in enumerate("xy")
    ]
    parts = [ArticleCoverage(m.article_id, State.silent, m) for m in marks]
    found = signature(parts, State.silent)
    assert found is not None
    assert found.by == "y"
    assert signature(parts, State.earlier) is None


def test_each_state_has_words() -> None:
    assert [s.label for s in State] == [
        "covered",
        "silent",
        "earlier than the event",
        "not checked",
    ]
