"""The demo's disagreements are seen on the page of comparison by somebody who has read nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Site

AIRPORT = "встречал"


@pytest.fixture
def page(site: Site, page_of: Callable[..., Page]) -> Page:
    page = page_of("vera")
    page.goto(f"{site.url}/projects/demo/compare/events")
    return page


def airport(page: Page) -> Locator:
    row = page.locator(".event-row", has=page.locator(".event-head", has_text=AIRPORT))
    expect(row).to_have_count(1)
    return row


def column(page: Page, site: Site, article: int) -> int:
    """The place of an article's author among the columns."""
    heads = page.locator(".grid thead th[data-column]")
    links = [one.locator(f"a[href$='{site.articles[article].id}']").count() for one in heads.all()]
    return links.index(1)


def test_two_authors_contradict_each_other_on_who_met_the_guest(page: Page, site: Site) -> None:
    cells = airport(page).locator(".cell")
    first, second = (cells.nth(column(page, site, number)) for number in (1, 3))
    expect(first.locator(".passage")).to_contain_text(["Мантуров"])
    expect(second.locator(".passage")).to_contain_text(["лично"])
    expect(first.locator(".rel[data-rel=contradicts]").first).to_be_visible()
    expect(second.locator(".rel[data-rel=contradicts]").first).to_be_visible()


@pytest.mark.parametrize(
    ("article", "why"), [(0, "silent"), (2, "earlier"), (4, "earlier")], ids=["000", "002", "004"]
)
def test_an_empty_cell_says_why(page: Page, site: Site, article: int, why: str) -> None:
    cell = airport(page).locator(".cell").nth(column(page, site, article))
    expect(cell).to_have_attribute("data-why", why)
    expect(cell.locator(".why-text")).not_to_be_empty()


FILTERS: dict[str, tuple[str, Callable[[Page], object]]] = {
    "event": ("event=", lambda page: page.locator("#f-event").select_option(index=1)),
    "only": (
        "only=contradictions",
        lambda page: page.locator("#f-only").select_option("contradictions"),
    ),
    "author": ("authors=", lambda page: tick(page, "authors")),
    "tag": ("tags=", lambda page: tick(page, "tags")),
    "annotator": ("annotators=", lambda page: tick(page, "annotators")),
    "status": ("status=", lambda page: tick(page, "status")),
    "without earlier": ("hide=earlier", lambda page: page.locator("[name=hide]").check()),
    "context": ("context=1", lambda page: page.locator("[name=context]").check()),
}


def tick(page: Page, name: str) -> None:
    page.locator(f"details:has([name={name}]) > summary").last.click()
    page.locator(f"[name={name}]").first.check()


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_stands_in_the_address_and_the_address_opens_by_itself(
    page: Page, page_of: Callable[..., Page], name: str
) -> None:
    part, choose = FILTERS[name]
    choose(page)
    page.wait_for_url(f"**?*{part}*")
    expect(page.locator(f".asked[data-query*='{part}']")).to_have_count(1)
    shown = [row.get_attribute("id") for row in page.locator(".event-row").all()]
    other = page_of("bob", locale="en")
    other.goto(page.url)
    assert [row.get_attribute("id") for row in other.locator(".event-row").all()] == shown
    page.go_back()
    expect(page.locator(".asked[data-query='']")).to_have_count(1)
