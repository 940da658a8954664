"""Refusals are sentences that can be translated."""

import pickle

import pytest

from annotator.domain.errors import Conflict, DomainError, Invalid, NotFound


def test_an_error_reads_as_its_sentence_with_the_values_filled_in() -> None:
    error = Invalid("“{name}” is taken. Choose another.", "name", name="визит {1}")
    assert str(error) == "“визит {1}” is taken. Choose another."
    assert error.field == "name"
    assert error.template == "“{name}” is taken. Choose another."
    assert error.params == {"name": "визит {1}"}


def test_a_conflict_shows_the_state_as_it_is_now() -> None:
    error = Conflict("Changed by {who} since you opened it.", current={"version": 3}, who="Bob")
    assert error.current == {"version": 3}
    assert str(error) == "Changed by Bob since you opened it."


@pytest.mark.parametrize("kind", [DomainError, Invalid, NotFound, Conflict])
def test_an_error_survives_a_worker_process(kind: type[DomainError]) -> None:
    error = pickle.loads(pickle.dumps(kind("Row {n} is wrong.", "row", n=7)))  # noqa: S301
    assert (type(error), str(error), error.field) == (kind, "Row 7 is wrong.", "row")
