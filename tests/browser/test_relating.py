"""Work in the grid of the comparison: moving by keys, relating two passages, signing silence."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from annotator.models import Coverage, Event, Relation
from tests.browser.site import Site

AIRPORT = "Кто встречал Токаева"


@pytest.fixture
def airport(site: Site) -> str:
    """The id of the event of who met the guest."""
    with site.database.reading() as db:
        return db.scalars(select(Event).filter_by(title=AIRPORT)).one().id


def grid(page: Page, site: Site, place: str = "") -> None:
    page.goto(f"{site.url}/projects/demo/compare/events{place}")
    expect(page.locator("html.scripted")).to_have_count(1)


def test_keys_go_from_event_to_event_and_the_address_keeps_the_place(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of("vera")
    grid(page, site)
    for _ in range(3):
        page.keyboard.press("KeyJ")
    third = page.locator(".event-row").nth(2)
    expect(third).to_have_class(re.compile("here"))
    expect(page).to_have_url(re.compile(f"#{third.get_attribute('id')}$"))
    page.keyboard.press("KeyK")
    expect(page.locator(".event-row").nth(1)).to_have_class(re.compile("here"))
    page.keyboard.press("BracketRight")
    assert page.evaluate("document.activeElement.closest('.cell').cellIndex") == 2


def test_two_keys_relate_two_passages_and_only_their_row_is_drawn_anew(
    site: Site, page_of: Callable[..., Page], airport: str
) -> None:
    page = page_of("alice")
    grid(page, site, f"#e-{airport}")
    page.evaluate("document.querySelector('.event-row').dataset.old = 'yes'")
    row = page.locator(f"#e-{airport}")
    for number in (0, 1):
        row.locator(".passage .quote a").nth(number).focus()
        page.keyboard.press("KeyR")
    expect(page.locator("#relate")).to_be_visible()
    page.keyboard.press("Digit4")
    expect(page.locator("#relate")).to_be_hidden()
    expect(row.locator(".passage .rel[data-rel=differs]")).to_have_count(2)
    expect(page.locator(".event-row[data-old]")).to_have_count(1)
    with site.database.reading() as db:
        made = db.scalars(select(Relation).filter_by(created_by=site.people["alice"].id)).one()
    assert (made.kind, made.event_id) == ("differs", airport)


def test_silence_is_signed_in_its_cell(
    site: Site, page_of: Callable[..., Page], airport: str
) -> None:
    page = page_of("alice")
    grid(page, site, f"?event={airport}")
    cell = page.locator(".cell").nth(0)
    expect(cell).to_have_attribute("data-why", "silent")
    cell.hover()
    cell.locator("button").click()
    expect(cell).to_have_attribute("data-why", "unchecked")
    cell.locator("button").click()
    expect(cell).to_have_attribute("data-why", "silent")
    expect(cell).to_contain_text("Alice")
    with site.database.reading() as db:
        signed = db.scalars(
            select(Coverage).filter_by(event_id=airport, signed_by=site.people["alice"].id)
        ).all()
    assert [row.state for row in signed] == ["silent"]


def test_a_phone_shows_one_event_at_a_time_and_never_scrolls_sideways(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of("vera", width=390)
    grid(page, site)
    shown = page.locator(".event-row:visible")
    expect(shown).to_have_count(1)
    expect(page.locator("#where")).to_have_text("1 / 33")
    page.locator("[data-step='1']").click()
    expect(page.locator("#where")).to_have_text("2 / 33")
    expect(shown).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_columns_scroll_inside_the_page(
    site: Site, page_of: Callable[..., Page], width: int
) -> None:
    page = page_of("vera", width=width)
    grid(page, site)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    last = page.locator(".grid thead th").last
    expect(last).to_be_in_viewport(ratio=0.99)


def test_without_a_script_the_same_form_relates(
    site: Site, page_of: Callable[..., Page], airport: str
) -> None:
    page = page_of("alice", script=False)
    page.goto(f"{site.url}/projects/demo/events/{airport}")
    page.locator("#relations details > summary").click()
    for name in ("from", "to"):
        option = page.locator(f"#r-{name} optgroup").nth(0 if name == "from" else 1)
        value = option.locator("option").first.get_attribute("value")
        page.locator(f"#r-{name}").select_option(value)
    page.locator("#relations [name=kind][value=complements]").check(force=True)
    page.locator("#relations form .primary").click()
    expect(page.locator("#relations .rel[data-rel=complements]")).to_have_count(1)
