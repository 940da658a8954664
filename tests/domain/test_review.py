"""What reviewers' verdicts make of an annotation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.review import Status, Verdict, status


def test_without_a_verdict_the_annotators_own_word_stands() -> None:
    assert status("draft", []) is Status.draft
    assert status("submitted", []) is Status.submitted


def test_one_reviewer_decides_until_another_disagrees() -> None:
    assert status("submitted", [("rita", "accepted")]) is Status.accepted
    assert status("submitted", [("rita", "rejected")]) is Status.rejected
    assert status("submitted", [("rita", "rejected"), ("bob", "accepted")]) is Status.disputed


def test_only_the_latest_verdict_of_each_reviewer_counts() -> None:
    changed = [("rita", "rejected"), ("bob", "accepted"), ("rita", Verdict.accepted)]
    assert status("submitted", changed) is Status.accepted


def test_an_unknown_verdict_is_an_error_of_the_program() -> None:
    with pytest.raises(ValueError, match="maybe"):
        status("submitted", [("rita", "maybe")])


VERDICTS = st.lists(st.tuples(st.sampled_from(["rita", "bob", "lena"]), st.sampled_from(Verdict)))


@given(VERDICTS, st.permutations(["rita", "bob", "lena"]))
def test_the_order_of_reviewers_does_not_matter(
    verdicts: list[tuple[str, Verdict]], order: list[str]
) -> None:
    by_reviewer = [pair for who in order for pair in verdicts if pair[0] == who]
    assert status("submitted", verdicts) is status("submitted", by_reviewer)
