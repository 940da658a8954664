"""Whole roads through the product, as people walk them: with mouse and keyboard, on the real
server."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from annotator.services import sessions
from tests.browser.site import Desk, Site
from tests.factories import make_annotation

#: The demo project's event of who met the guest at the airport.
AIRPORT = "Кто встречал"
PASSAGE = "не какой-нибудь там первый вице-премьер"


def sign_in_link(site: Site, name: str) -> str:
    with site.database.writing() as db:
        return f"{site.url}/sign-in/{sessions.make_link(db, site.people[name])}"


# ---- the whole road of the README


def test_a_stranger_tags_links_compares_and_exports(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of("nobody")
    page.goto(sign_in_link(site, "alice"))
    page.locator("main form .primary").click()
    page.goto(f"{site.url}/projects/demo")
    page.locator("td.main a").nth(3).click()
    desk = Desk(page, site, "alice", site.articles[3], page.url)
    made = tag_the_passage(desk)
    link_to_the_airport(page, made.id)
    follow_to_its_place_and_back(page, made.id)
    record = exported(page, by="alice")
    assert [span["id"] for span in record["spans"]] == [made.id]
    assert record["text"][made.start : made.end] == PASSAGE
    assert record["spans"][0]["label"] == "claim"


def tag_the_passage(desk: Desk) -> Any:
    desk.page.wait_for_function("document.fonts.status === 'loaded'")
    number = desk.number_of(PASSAGE)
    desk.select(number, PASSAGE)
    made = desk.tag("1")
    assert (made.text, made.start) == (PASSAGE, desk.text.index(PASSAGE))
    marked = desk.page.locator(f"#p-{number} mark[data-a~='{made.id}']")
    assert "".join(marked.all_text_contents()) == PASSAGE
    expect(desk.page.locator(f"#a-{made.id}")).to_be_visible()
    return made


def link_to_the_airport(page: Page, annotation_id: str) -> None:
    page.locator(f"#o-{annotation_id}").click()
    page.locator("#edit-event").press_sequentially("аэропорт")
    page.locator("#edit-suggest [name=event]", has_text=AIRPORT).click()
    expect(page.locator("#editor .event")).to_contain_text(AIRPORT)
    expect(page.locator(f"#a-{annotation_id} .event")).to_contain_text(AIRPORT)
    page.keyboard.press("Escape")


def follow_to_its_place_and_back(page: Page, annotation_id: str) -> None:
    page.locator("header nav a[href$='/compare/events']").click()
    row = page.locator(".event-row", has_text=AIRPORT)
    expect(row.locator(".passage mark", has_text=PASSAGE)).not_to_have_count(0)
    expect(row.locator(".cell .passage")).not_to_have_count(1)
    page.locator("#f-event").select_option(label=row.locator(".event-head a").inner_text())
    page.wait_for_url("**/compare/events?*event=*")
    passage = page.locator(f"[data-passage='{annotation_id}']")
    expect(passage).to_be_visible()
    passage.locator(".quote a").click()
    page.wait_for_url(f"**#a-{annotation_id}")
    expect(page.locator(f"#a-{annotation_id}")).to_be_in_viewport()
    page.go_back()
    page.wait_for_url("**/compare/events?*event=*")
    expect(page.locator(".event-row")).to_have_count(1)


def exported(page: Page, *, by: str) -> dict[str, Any]:
    """The one record with passages in a file downloaded from the page of exports."""
    page.locator("header nav a[href$='/export']").click()
    page.locator("[name=format][value=jsonl]").check()
    page.locator(f"label:has([name=annotator][value={by}])").click()
    link = page.locator(f"#preview a[download][href*='annotator={by}']")
    with page.expect_download() as download:
        link.click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    (record,) = [one for one in map(json.loads, lines) if one["spans"]]
    return dict(record)


# ---- keys, on a Russian keyboard


def test_letters_tag_by_their_place_on_a_russian_keyboard(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.select(3, "Саммит")
    desk.press_russian("KeyC", "с")
    desk.press_russian("KeyE", "у")
    expect(desk.page.locator("#r-3 .note [data-delete]")).to_have_count(2)
    assert [desk.site.tag_of(one) for one in desk.site.made_by("alice")] == ["claim", "evaluation"]


def test_one_passage_takes_all_four_tags(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.select(7, "примерно $15 млрд")
    made = [desk.tag(key) for key in "1234"]
    assert {one.text for one in made} == {"примерно $15 млрд"}
    assert [desk.site.tag_of(one) for one in made] == ["claim", "evaluation", "quote", "figure"]
    assert desk.selected() == "примерно $15 млрд"


def test_pieces_kept_with_plus_are_one_annotation(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.select(6, "Берите наши инвестиции")
    desk.page.keyboard.press("+")
    desk.select(6, "Берите наш опыт")
    made = desk.tag("3")
    assert desk.words(made) == "Берите наши инвестиции … Берите наш опыт"
    assert len(made.fragments or []) == 2
    assert made.text == desk.text[made.start : made.end]


def test_d_deletes_with_a_toast_and_z_brings_back(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.select(5, "пришёл")
    made = desk.tag("1")
    desk.page.locator(f"#o-{made.id}").focus()
    desk.press_russian("KeyD", "в")
    expect(desk.page.locator(f"#a-{made.id}")).to_have_count(0)
    expect(desk.page.locator("#toast [data-undo]")).to_be_visible()
    assert desk.site.made_by("alice") == []
    desk.press_russian("KeyZ", "я")
    expect(desk.page.locator(f"#a-{made.id}")).to_be_visible()
    assert [one.id for one in desk.site.made_by("alice")] == [made.id]


def test_enter_opens_the_note_and_escape_gives_the_focus_back(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of("alice")
    desk.select(5, "пришёл")
    note = desk.page.locator(f"#o-{desk.tag('1').id}")
    note.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#editor")).to_be_visible()
    expect(desk.page.locator("#editor :focus")).to_have_count(1)
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#editor")).to_be_hidden()
    expect(note).to_be_focused()


def test_a_question_mark_shows_all_keys(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.page.keyboard.press("?")
    expect(desk.page.locator("#help")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#help")).to_be_hidden()


def test_what_is_typed_in_the_editor_is_saved_by_leaving_it(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("alice")
    desk.select(5, "пришёл")
    made = desk.tag("1")
    desk.page.locator(f"#o-{made.id}").click()
    desk.page.fill("#edit-note", "проверить")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#editor")).to_be_hidden()
    expect(desk.page.locator(f"#o-{made.id}")).to_be_focused()
    assert [one.note for one in desk.site.made_by("alice")] == ["проверить"]


# ---- review


def test_a_rejection_with_its_reason_reaches_the_annotator(
    site: Site, desk_of: Callable[..., Desk]
) -> None:
    with site.database.writing() as db:
        made = make_annotation(db, site.articles[3], site.people["alice"], PASSAGE).id
    rita = desk_of("rita").page
    rita.locator(f"#o-{made}").click()
    rita.fill("#edit-reason", "Это оценка.")
    rita.locator("#editor [name=verdict][value=rejected]").click()
    expect(rita.locator(f"#a-{made} .state")).to_have_attribute("data-state", "rejected")
    alice = desk_of("alice").page
    expect(alice.locator(f"#a-{made} .state")).to_have_attribute("data-state", "rejected")
    alice.locator(f"#o-{made}").click()
    expect(alice.locator("#edit-verdicts")).to_contain_text("Это оценка.")
    alice.goto(f"{site.url}/projects/demo/review")
    expect(alice.locator("main")).to_contain_text("Это оценка.")


def test_a_viewer_reads_and_has_nothing_to_tag_with(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of("vera")
    desk.select(3, "Саммит")
    desk.page.keyboard.press("1")
    expect(desk.page.locator("#tagbar, #annotate, [data-delete], .plain")).to_have_count(0)
    desk.page.locator(".note-open").first.click()
    expect(desk.page.locator("#editor .facts, #editor .quote").first).to_be_visible()
    expect(desk.page.locator("#editor form")).to_have_count(0)
    assert desk.site.made_by("vera") == []
    assert "/sign-in" not in desk.page.url


# ---- without a script


def test_without_a_script_a_sentence_is_tagged_and_compared(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of("nobody", script=False)
    page.goto(sign_in_link(site, "alice"))
    page.locator("main form .primary").click()
    page.goto(site.article(3))
    page.locator("#r-5 a.plain").click()
    page.locator("#r-5 [name=sentence]").first.check()
    page.locator("#r-5 label:has([name=tag][value=claim])").click()
    page.locator("#r-5 form .primary").click()
    (made,) = site.made_by("alice")
    assert made.text == "Казахстан пришёл не с просьбами — он пришёл с предложениями."
    expect(page.locator(f"#r-5 mark[data-a~='{made.id}']").first).to_be_visible()
    page.locator("header nav a[href$='/compare/events']").click()
    page.locator("#f-only").select_option("contradictions")
    page.locator("#filters .button:not(summary)").click()
    assert "only=contradictions" in page.url
    expect(page.locator(".event-row", has_text=AIRPORT)).to_have_count(1)
