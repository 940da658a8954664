"""Nothing that was tagged is lost, and nothing is saved twice: the server goes away, the network
goes away, the session ends."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update
from sqlmodel import col

from annotator.models import User, UserSession
from annotator.services import sessions
from tests.browser.site import Complaints, Desk, Site

PASSWORD = "не скажу никому"


@pytest.fixture
def site(own_site: Site) -> Site:
    return own_site


@pytest.fixture
def desk(desk_of: Callable[..., Desk], complaints: Complaints) -> Desk:
    complaints.allowed += ["ERR_", "htmx:error", "htmx:sse:error", "status of 401"]
    desk = desk_of("alice")
    desk.select(5, "Казахстан")
    return desk


def unsaved(desk: Desk, state: str) -> None:
    """The page says so in its head and in an alert, and the words are still selected."""
    expect(desk.page.locator("#saving")).to_have_attribute("data-state", state)
    expect(desk.page.locator("#saving")).to_be_visible()
    expect(desk.page.locator("#alert .alarm")).to_be_visible()
    assert desk.painted("failed") == "Казахстан"
    assert desk.selected() == "Казахстан"


def saved_once(desk: Desk) -> None:
    expect(desk.page.locator("#saving")).to_have_attribute("data-state", "saved", timeout=20_000)
    expect(desk.page.locator("#r-5 .note [data-delete]")).to_have_count(1)
    expect(desk.page.locator("#alert .alarm")).to_have_count(0)
    assert [one.text for one in desk.site.made_by("alice")] == ["Казахстан"]


def test_a_mark_made_while_the_server_is_down_is_saved_once_when_it_is_back(desk: Desk) -> None:
    desk.site.server.stop()
    desk.page.keyboard.press("1")
    unsaved(desk, "retrying")
    desk.site.start_again()
    saved_once(desk)


def test_a_mark_made_offline_is_saved_once_when_the_network_is_back(desk: Desk) -> None:
    desk.page.context.set_offline(True)
    desk.page.keyboard.press("1")
    unsaved(desk, "offline")
    desk.page.context.set_offline(False)
    saved_once(desk)


def test_an_answer_lost_on_the_way_doubles_nothing(desk: Desk) -> None:
    def lose(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    desk.page.route("**/annotations", lose, times=1)
    desk.page.keyboard.press("1")
    unsaved(desk, "retrying")
    assert len(desk.site.made_by("alice")) == 1
    saved_once(desk)


def test_a_session_that_ended_signs_in_in_place_and_goes_on(desk: Desk) -> None:
    hashed = sessions.hash_password(PASSWORD)
    with desk.site.database.writing() as db:
        db.execute(delete(UserSession))
        db.execute(update(User).where(col(User.name) == "alice").values(password_hash=hashed))
    address = desk.page.url
    desk.page.keyboard.press("1")
    form = desk.page.locator("#signin form")
    form.locator("[name=name]").fill("alice")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator(".primary").click()
    expect(desk.page.locator("#signin")).to_be_hidden()
    saved_once(desk)
    assert desk.page.url == address


def test_an_ended_session_says_why_a_password_is_refused_and_asks_again(
    desk: Desk, complaints: Complaints
) -> None:
    complaints.allowed.append("status of 422")
    with desk.site.database.writing() as db:
        db.execute(delete(UserSession))
    desk.page.keyboard.press("1")
    form = desk.page.locator("#signin form")
    form.locator("[name=name]").fill("alice")
    form.locator("[name=password]").fill("не тот пароль")
    form.locator(".primary").click()
    expect(desk.page.locator("#signin .problem-text")).to_be_visible()
    expect(desk.page.locator("#saving")).not_to_have_attribute("data-state", "saved")
    assert desk.site.made_by("alice") == []
