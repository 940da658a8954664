"""Two people before one article: each sees what the other does, and nobody is disturbed by it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Complaints, Desk, Site
from tests.factories import make_annotation


@pytest.fixture
def bob(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of("bob")


@pytest.fixture
def alice(desk_of: Callable[..., Desk], bob: Desk) -> Desk:
    """Comes second, so that Bob listens already."""
    return desk_of("alice")


def test_a_new_mark_appears_by_itself(bob: Desk, alice: Desk) -> None:
    alice.select(3, "Саммит")
    made = alice.tag("1")
    expect(bob.page.locator(f"#a-{made.id}")).to_be_visible()
    expect(bob.page.locator(f"#p-3 mark[data-a~='{made.id}']")).to_have_text("Саммит")


def test_a_mark_in_another_paragraph_leaves_the_selection_alone(bob: Desk, alice: Desk) -> None:
    bob.select(5, "не с просьбами")
    alice.select(3, "Саммит")
    made = alice.tag("1")
    expect(bob.page.locator(f"#a-{made.id}")).to_be_visible()
    assert bob.selected() == "не с просьбами"
    bob.page.keyboard.press("2")
    expect(bob.page.locator("#r-5 [data-delete]")).to_have_count(1)


def test_a_mark_where_bob_selects_waits_and_offers_itself(bob: Desk, alice: Desk) -> None:
    bob.select(5, "не с просьбами")
    alice.select(5, "Казахстан")
    made = alice.tag("1")
    offer = bob.page.locator("#r-5 .changed-row")
    expect(offer).to_be_visible()
    assert bob.selected() == "не с просьбами"
    expect(bob.page.locator(f"#a-{made.id}")).to_have_count(0)
    offer.click()
    expect(bob.page.locator(f"#a-{made.id}")).to_be_visible()
    expect(offer).to_have_count(0)


def test_an_open_editor_keeps_what_is_typed_when_a_colleague_tags_beside_it(
    bob: Desk, alice: Desk
) -> None:
    bob.select(5, "не с просьбами")
    bob.page.locator(f"#o-{bob.tag('2').id}").click()
    bob.page.locator("#edit-note").press_sequentially("не до")
    alice.select(5, "Казахстан")
    made = alice.tag("1")
    expect(bob.page.locator("#r-5 .changed-row")).to_be_visible()
    bob.page.locator("#edit-note").press_sequentially("писано")
    expect(bob.page.locator("#edit-note")).to_have_value("не дописано")
    expect(bob.page.locator("#edit-note")).to_be_focused()
    bob.page.keyboard.press("Escape")
    expect(bob.page.locator(f"#a-{made.id}")).to_be_visible()
    assert [one.note for one in bob.site.made_by("bob")] == ["не дописано"]


# ---- the same person in two windows


@pytest.fixture
def window(site: Site, desk_of: Callable[..., Desk], complaints: Complaints) -> Page:
    """A window with a note of Alice's in its editor, where "вторая" is typed. Meanwhile "первая"
    was saved in another."""
    complaints.allowed += ["status of 409"]
    with site.database.writing() as db:
        made = make_annotation(db, site.articles[3], site.people["alice"], "Саммит").id
    windows = [desk_of("alice").page, desk_of("alice").page]
    for window, words in zip(windows, ("первая", "вторая"), strict=True):
        window.locator(f"#o-{made}").click()
        window.locator("#edit-note").press_sequentially(words)
    windows[0].keyboard.press("Escape")
    expect(windows[0].locator("#editor")).to_be_hidden()
    return windows[1]


def test_a_stale_edit_shows_both_versions_and_overwrites_nothing(site: Site, window: Page) -> None:
    window.keyboard.press("Escape")
    versions = window.locator("#editor .stale .version")
    expect(versions.filter(has_text="вторая")).to_have_count(1)
    expect(versions.filter(has_text="первая")).to_have_count(1)
    assert [one.note for one in site.made_by("alice")] == ["первая"]


def test_of_two_versions_ones_own_is_kept_by_a_button(site: Site, window: Page) -> None:
    window.keyboard.press("Escape")
    window.locator("#editor .stale form .button").click()
    expect(window.locator("#editor")).to_be_hidden()
    assert [one.note for one in site.made_by("alice")] == ["вторая"]


def test_of_two_versions_the_other_is_taken_by_a_button(site: Site, window: Page) -> None:
    window.keyboard.press("Escape")
    window.locator("#editor .stale a.button").click()
    expect(window.locator("#editor .stale")).to_have_count(0)
    expect(window.locator("#edit-note")).to_have_value("первая")
    assert [one.note for one in site.made_by("alice")] == ["первая"]
