"""Four roles, each including the ones before it."""

from annotator.domain.roles import Role


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    rights = [
        (r.can_read, r.can_annotate, r.can_review, r.can_manage)
        for r in (Role.viewer, Role.annotator, Role.reviewer, Role.manager)
    ]
    assert rights == [
        (True, False, False, False),
        (True, True, False, False),
        (True, True, True, False),
        (True, True, True, True),
    ]


def test_a_role_is_read_from_what_is_stored() -> None:
    assert Role("reviewer") is Role.reviewer
    assert Role.manager.includes(Role.viewer)
    assert not Role.viewer.includes(Role.annotator)
    assert [role.label for role in Role] == ["Viewer", "Annotator", "Reviewer", "Manager"]
