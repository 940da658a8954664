"""Every page on a wide light and on a narrow dark screen: nothing serious for axe, nothing
sideways, nothing in the console.

With ANNOTATOR_TEST_PICTURES=<folder> it is done in both themes and both widths, and a picture of
each is left there to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from annotator.models import Event
from tests.browser.site import Complaints, Site
from tests.factories import make_annotation, make_review

VARIABLE = "ANNOTATOR_TEST_PICTURES"
#: What axe calls worse than this fails.
BEARABLE = {"minor", "moderate"}

#: Who opens what; {a3} is an article and {event} an event of the demo project.
PAGES = {
    "sign-in": ("nobody", "/sign-in"),
    "used link": ("nobody", "/sign-in/used"),
    "projects": ("lena", "/"),
    "account": ("lena", "/account"),
    "articles": ("lena", "/projects/demo"),
    "upload": ("lena", "/projects/demo/articles/new"),
    "article": ("alice", "{a3}"),
    "article filtered": ("alice", "{a3}?whose=mine&tags=claim"),
    "article sentences": ("alice", "{a3}?sentences=3"),
    "article viewer": ("vera", "{a3}"),
    "signs": ("alice", "{signs}"),
    "events": ("alice", "/projects/demo/events"),
    "event": ("alice", "/projects/demo/events/{event}"),
    "compare": ("alice", "/projects/demo/compare/events"),
    "compare event": ("alice", "/projects/demo/compare/events?event={event}&context=1"),
    "compare nothing": ("alice", "/projects/demo/compare/events?annotators=bob"),
    "review": ("rita", "/projects/demo/review"),
    "verdicts": ("alice", "/projects/demo/review"),
    "export": ("alice", "/projects/demo/export"),
    "members": ("lena", "/projects/demo/members"),
    "404": ("alice", "/projects/none"),
    "403": ("vera", "/projects/demo/articles/new"),
}
SCREENS = {
    "light-1280": {"width": 1280},
    "dark-390": {"width": 390, "dark": True},
    "dark-1280": {"width": 1280, "dark": True},
    "light-390": {"width": 390},
}
USUAL = list(SCREENS)[:2]
#: Pages that differ from another in one part only: axe needs long for an article of 237 notes.
PARTS = {"article sentences": "#r-3", "article viewer": "#r-3"}
#: Pages that answer with an error on purpose; the browser tells of it in the console.
ERRORS = {"used link": "410", "404": "404", "403": "403"}


@pytest.fixture
def addresses(site: Site) -> dict[str, str]:
    """The names in PAGES; and something for every page to show."""
    with site.database.writing() as db:
        event = db.scalars(select(Event).where(Event.title.contains("встречал"))).one()
        people = site.people
        made = make_annotation(db, site.articles[3], people["alice"], "Саммит", "evaluation")
        make_annotation(db, site.articles[3], people["bob"], "Саммит «Центральная Азия плюс один»")
        make_review(db, made, people["rita"], "rejected", "Это название, а не оценка.")
        return {
            "a3": site.article(3).removeprefix(site.url),
            "signs": site.signs_url.removeprefix(site.url),
            "event": event.id,
            "made": made.id,
        }


@pytest.fixture(params=SCREENS if VARIABLE in os.environ else USUAL)
def screen(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody(
    site: Site,
    page_of: Callable[..., Page],
    addresses: dict[str, str],
    complaints: Complaints,
    screen: str,
    name: str,
) -> None:
    who, path = PAGES[name]
    complaints.allowed += [f"status of {ERRORS[name]}"] if name in ERRORS else []
    page = page_of(who, **SCREENS[screen])
    page.goto(site.url + path.format(**addresses))
    look(page, f"{name}-{screen}", part=PARTS.get(name))


@pytest.mark.parametrize("state", ["editor", "others note", "tag bar", "help", "toast", "menu"])
def test_a_state_of_the_article_is_fit_for_everybody(
    site: Site, page_of: Callable[..., Page], addresses: dict[str, str], screen: str, state: str
) -> None:
    page = page_of("alice", **SCREENS[screen])
    page.goto(site.url + addresses["a3"])
    bring_about, part = STATES[state]
    bring_about(page, addresses["made"])
    look(page, f"article {state}-{screen}", part=part)


def editor(page: Page, made: str) -> None:
    page.locator(f"#o-{made}").click()
    page.locator("#edit-event").fill("аэропорт")
    expect(page.locator("#edit-suggest [name=event]").first).to_be_visible()


def others_note(page: Page, made: str) -> None:
    page.locator("#r-7 .note-open").first.click()
    expect(page.locator("#editor")).to_be_visible()


def tag_bar(page: Page, made: str) -> None:
    page.locator("#p-5").click(click_count=3)
    expect(page.locator("#tagbar")).to_be_visible()


def help_sheet(page: Page, made: str) -> None:
    page.locator("[data-open=help]").click()
    expect(page.locator("#help")).to_be_visible()


def toast(page: Page, made: str) -> None:
    page.locator(f"#o-{made}").focus()
    page.keyboard.press("d")
    expect(page.locator("#toast [data-undo]")).to_be_visible()


def menu(page: Page, made: str) -> None:
    page.locator("header .menu summary").click()


#: How a state comes about, and the part of the page that is new in it.
STATES = {
    "editor": (editor, "#editor"),
    "others note": (others_note, "#editor"),
    "tag bar": (tag_bar, "#tagbar"),
    "help": (help_sheet, "#help"),
    "toast": (toast, "#toast"),
    "menu": (menu, ".shell"),
}


def look(page: Page, name: str, *, part: str | None = None) -> None:
    """Fail where axe finds something serious (in a part of the page, or anywhere) or where the page
    can be moved sideways."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    if folder := os.environ.get(VARIABLE):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=part is None)
    found = Axe().run(page, context=part).response["violations"]
    serious = [one for one in found if one["impact"] not in BEARABLE]
    assert not serious, "\n".join(f"{one['id']}: {places(one)}" for one in serious)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} px wider than the window"


def places(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    return "; ".join(f"{node['target']} {node['failureSummary']}" for node in nodes[:3])
