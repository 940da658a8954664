"""Dates known in part, and what is surely earlier than what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.dates import PartialDate, earlier
from annotator.domain.errors import Invalid

days = st.dates(date(1990, 1, 1), date(2030, 12, 31))


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    day, other = sorted((draw(days), draw(days)))
    shape = draw(st.sampled_from([str(day), str(day)[:7], str(day)[:4], f"{day}/{other}"]))
    return PartialDate.parse(shape)


@pytest.mark.parametrize(
    ("written", "first", "last", "precision"),
    [
        ("2025-11-06", "2025-11-06", "2025-11-06", "day"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023", "2023-01-01", "2023-12-31", "year"),
        ("2025-11-06/2025-11-10", "2025-11-06", "2025-11-10", "interval"),
        ("2023-01/2023-08", "2023-01-01", "2023-08-31", "interval"),
        ("2025-11-06/2025-11-06", "2025-11-06", "2025-11-06", "day"),
    ],
)
def test_a_date_is_an_interval_of_days(written: str, first: str, last: str, precision: str) -> None:
    read = PartialDate.parse(written)
    assert (str(read.first), str(read.last), read.precision) == (first, last, precision)


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2025-13", "2025-02-30", "25-11-06", "0000", "2025-11-06T10:00", "2025-1-6",
     "2025-11-10/2025-11-06", "2025/2026/2027", "/2025", "٢٠٢٥", "2025-11-06\n2025"],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_examples(written: str) -> None:
    with pytest.raises(Invalid, match="Write a day as 2025-11-06") as refused:
        PartialDate.parse(written, field="published")
    assert refused.value.field == "published"


def test_a_month_is_not_surely_before_a_day_in_it() -> None:
    visit = PartialDate.parse("2025-11-11")
    assert not earlier(PartialDate.parse("2025-11"), visit)
    assert earlier(PartialDate.parse("2025-10"), visit)
    assert earlier(PartialDate.parse("2025-11-06/2025-11-10"), visit)
    assert not earlier(visit, visit)


def test_an_unknown_date_is_before_and_after_nothing() -> None:
    some = PartialDate.parse("2025")
    assert not earlier(None, some)
    assert not earlier(some, None)
    assert not earlier(None, None)


def test_an_event_that_lasts_spans_from_its_first_to_its_last_day() -> None:
    assert str(PartialDate.between("2025-11-11", "2025-11-12")) == "2025-11-11/2025-11-12"
    assert str(PartialDate.between("2025-11", None)) == "2025-11"


@given(partial_dates())
def test_a_date_written_and_read_again_is_the_same(some: PartialDate) -> None:
    assert PartialDate.parse(str(some)) == some


@given(partial_dates(), partial_dates(), partial_dates())
def test_earlier_is_a_strict_partial_order(a: PartialDate, b: PartialDate, c: PartialDate) -> None:
    assert not earlier(a, a)
    assert not (earlier(a, b) and earlier(b, a))
    if earlier(a, b) and earlier(b, c):
        assert earlier(a, c)
