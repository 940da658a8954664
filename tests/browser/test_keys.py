"""Tagging by keys, and nothing lost on the way to the server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.mock.serve import Article, Note
from tests.browser.mock.stage import Reader, reading
from tests.browser.site import Complaints

TEXT = (
    "Гостя встречал первый вице-премьер, и это было честью.\n\n"
    "«Мы друзья, — сказал президент, — и союзники».\n\n"
    "Контракт стоит семнадцать миллиардов."
)


@pytest.fixture
def reader(browser: Browser, complaints: Complaints) -> Iterator[Reader]:
    article = Article("Испытание", TEXT)
    with reading(browser, complaints, article) as reader:
        yield reader


@pytest.fixture
def noted(browser: Browser, complaints: Complaints) -> Iterator[Reader]:
    """The same article with three notes, two of them over one word."""
    article = Article("Испытание", TEXT)
    article.notes += [Note("long", "claim", ((0, 34),)), Note("short", "evaluation", ((15, 34),))]
    start = TEXT.index("семнадцать")
    article.notes.append(Note("last", "figure", ((start, start + 21),)))
    with reading(browser, complaints, article) as reader:
        yield reader


def tags(reader: Reader) -> list[str]:
    return [post["tag"] for post in reader.mock.posts]


def saving(reader: Reader, state: str) -> None:
    expect(reader.page.locator("#saving")).to_have_attribute("data-state", state)


# ---- tagging ----


def test_a_digit_tags_and_the_selection_stays_for_a_second_tag(reader: Reader) -> None:
    reader.select(1, "первый вице-премьер")
    reader.tag("1")
    reader.tag("2")
    assert tags(reader) == ["claim", "evaluation"]
    assert {reader.words(note) for note in reader.article.notes} == {"первый вице-премьер"}
    classes = reader.page.locator("#p-1 mark").get_attribute("class") or ""
    assert {"a1", "b2"} <= set(classes.split()) or {"a2", "b1"} <= set(classes.split())
    expect(reader.page.locator("#tagbar")).to_be_visible()


def test_letters_go_by_their_place_on_the_keyboard(reader: Reader) -> None:
    reader.select(1, "честью")
    reader.press_russian("KeyE", "у")
    saving(reader, "saved")
    reader.select(2, "Мы друзья")
    reader.press_russian("KeyQ", "й")
    expect(reader.page.locator(".note")).to_have_count(2)
    assert tags(reader) == ["evaluation", "quote"]


def test_the_bar_tags_by_click_and_keeps_the_selection(reader: Reader) -> None:
    reader.select(3, "семнадцать миллиардов")
    reader.page.locator(".tag-button[data-tag=figure]").click()
    expect(reader.page.locator(".note")).to_have_count(1)
    assert reader.page.evaluate("String(getSelection())") == "семнадцать миллиардов"


def test_the_bar_hides_with_the_selection(reader: Reader) -> None:
    reader.select(3, "семнадцать")
    expect(reader.page.locator("#tagbar")).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#tagbar")).to_be_hidden()
    reader.page.keyboard.press("1")
    assert reader.mock.posts == []


def test_keys_rest_while_one_types_or_holds_control_or_has_switched_them_off(
    reader: Reader,
) -> None:
    page = reader.page
    reader.select(1, "честью")
    page.keyboard.press("Control+1")
    page.evaluate(
        "() => { const i = document.createElement('input'); i.id = 'i'; main.append(i); }"
    )
    page.evaluate("document.getElementById('i').focus()")
    page.keyboard.type("1c2")
    assert page.input_value("#i") == "1c2"
    page.evaluate("document.getElementById('i').remove()")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    reader.select(1, "честью")
    page.keyboard.press("1")
    assert reader.mock.posts == []


def test_pieces_kept_with_plus_become_one_annotation(reader: Reader) -> None:
    reader.select(2, "и союзники")
    reader.page.keyboard.press("+")
    assert reader.painted("held") == "и союзники"
    expect(reader.page.locator("#pieces")).to_have_text("Отложено частей: 1")
    reader.select(2, "Мы друзья")
    note = reader.tag("3")
    assert reader.words(note) == "Мы друзья … и союзники"
    assert len(reader.mock.posts) == 1
    assert reader.painted("held") == ""


def test_escape_gives_up_kept_pieces_before_the_selection(reader: Reader) -> None:
    reader.select(2, "и союзники")
    reader.page.keyboard.press("+")
    reader.page.keyboard.press("Escape")
    assert reader.painted("held") == ""
    expect(reader.page.locator("#tagbar")).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#tagbar")).to_be_hidden()


# ---- saving ----


def test_four_quick_tags_are_four_annotations_each_its_own(reader: Reader) -> None:
    reader.mock.delay = 0.2
    reader.select(1, "честью")
    reader.page.keyboard.press("+")
    reader.select(3, "семнадцать")
    for key in "1234":
        reader.page.keyboard.press(key)
    assert reader.painted("pending").startswith("честью|семнадцать|семнадцать")
    expect(reader.page.locator(".note")).to_have_count(4)
    saving(reader, "saved")
    assert tags(reader) == ["claim", "evaluation", "quote", "figure"]
    sent = [post["quote"] for post in reader.mock.posts]
    assert sent == ["честью … семнадцать", "семнадцать", "семнадцать", "семнадцать"]
    assert len({post["key"] for post in reader.mock.posts}) == 4
    assert reader.painted("pending") == ""


def test_a_failing_server_is_impossible_to_miss_and_the_mark_is_sent_again(
    reader: Reader, complaints: Any
) -> None:
    complaints.allowed += ["status of 500"]
    reader.mock.mode = "500"
    reader.select(1, "честью")
    reader.page.keyboard.press("2")
    saving(reader, "retrying")
    assert reader.painted("failed") == "честью"
    expect(reader.page.locator("#alert")).to_contain_text("Сервер ответил ошибкой")
    assert reader.page.evaluate("String(getSelection())") == "честью"
    reader.mock.mode = "ok"
    reader.page.locator("#alert button", has_text="Отправить сейчас").click()
    saving(reader, "saved")
    expect(reader.page.locator("#alert")).to_be_empty()
    assert reader.painted("failed") == ""
    assert len({post["key"] for post in reader.mock.posts}) == 1
    assert len(reader.article.notes) == 1


def test_an_answer_lost_on_the_way_doubles_nothing(reader: Reader, complaints: Any) -> None:
    complaints.allowed += ["ERR_", "htmx:error"]
    reader.mock.mode = "lost"
    reader.select(1, "честью")
    reader.page.keyboard.press("2")
    saving(reader, "retrying")
    assert len(reader.article.notes) == 1
    reader.mock.mode = "ok"
    saving(reader, "saved")  # by itself, after a second
    expect(reader.page.locator(".note")).to_have_count(1)
    assert len(reader.article.notes) == 1


def test_what_was_not_saved_outlives_a_reload_under_the_same_key(
    reader: Reader, complaints: Any
) -> None:
    complaints.allowed += ["status of 503"]
    reader.mock.mode = "503"
    reader.select(1, "честью")
    reader.page.keyboard.press("2")
    saving(reader, "retrying")
    asked = []
    reader.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    reader.mock.mode = "ok"
    reader.page.reload()
    expect(reader.page.locator(".note")).to_have_count(1)
    assert asked == ["beforeunload"]
    assert len({post["key"] for post in reader.mock.posts}) == 1


def test_a_refusal_says_why_and_the_next_one_goes_on(reader: Reader, complaints: Any) -> None:
    complaints.allowed += ["status of 422"]
    reader.mock.mode = "422"
    reader.select(1, "честью")
    reader.page.keyboard.press("2")
    expect(reader.page.locator("#alert")).to_contain_text("Отказ 422.")
    assert reader.painted("failed") == "честью"
    saving(reader, "saved")
    reader.mock.mode = "ok"
    reader.select(3, "Контракт")
    reader.tag("1")
    assert reader.painted("failed") == ""
    expect(reader.page.locator("#alert")).to_be_empty()


def test_an_ended_session_signs_in_on_the_spot_and_sends_again(
    reader: Reader, complaints: Any
) -> None:
    complaints.allowed += ["status of 401"]
    reader.mock.mode = "401"
    reader.select(1, "честью")
    reader.page.keyboard.press("2")
    expect(reader.page.locator("#signin")).to_be_visible()
    reader.page.fill("#password", "тайна")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#signin")).to_be_hidden()
    expect(reader.page.locator(".note")).to_have_count(1)
    assert [post["csrf"] for post in reader.mock.posts] == ["first", "second"]
    assert reader.mock.posts[-1]["csrf_token"] == "second"
    assert len({post["key"] for post in reader.mock.posts}) == 1


# ---- notes ----


def test_pointing_at_a_note_lights_its_mark_and_the_reverse(noted: Reader) -> None:
    noted.page.locator("#a-long").hover()
    assert noted.page.locator("#p-1 mark.lit").all_inner_texts() == [
        "Гостя встречал ",
        "первый вице-премьер",
    ]
    noted.page.locator("#p-1 mark").first.hover()
    expect(noted.page.locator(".note.lit")).to_have_count(1)


def test_a_click_on_a_mark_goes_to_the_shortest_note_and_then_to_the_next(noted: Reader) -> None:
    mark = noted.page.locator("#p-1 mark").nth(1)
    mark.click()
    expect(noted.page.locator("#o-short")).to_be_focused()
    mark.click()
    expect(noted.page.locator("#o-long")).to_be_focused()
    mark.click()
    expect(noted.page.locator("#o-short")).to_be_focused()
    noted.page.keyboard.press("Enter")
    expect(noted.page.locator("#editor")).to_be_visible()
    expect(noted.page.locator("#editor .quote")).to_have_text("первый вице-премьер")


def test_leaving_the_editor_saves_what_was_typed_and_returns_to_the_note(noted: Reader) -> None:
    noted.page.locator("#o-last").click()
    noted.page.fill("#memo", "проверить 1")
    noted.page.keyboard.press("Escape")
    expect(noted.page.locator("#editor")).to_be_hidden()
    expect(noted.page.locator("#o-last")).to_be_focused()
    assert [(post["note"], post["memo"]) for post in noted.mock.posts] == [("last", "проверить 1")]
    noted.page.keyboard.press("Escape")
    expect(noted.page.locator("#article")).to_be_focused()


def test_j_and_k_walk_the_notes_in_any_layout(noted: Reader) -> None:
    noted.page.locator("#article").focus()
    for code, key, focus in (("KeyJ", "о", "#o-long"), ("KeyJ", "о", "#o-short")):
        noted.press_russian(code, key)
        expect(noted.page.locator(focus)).to_be_focused()
    noted.press_russian("KeyK", "л")
    expect(noted.page.locator("#o-long")).to_be_focused()


def test_d_deletes_goes_to_the_next_note_and_z_takes_it_back(noted: Reader) -> None:
    noted.page.locator("#o-short").focus()
    noted.page.keyboard.press("d")
    expect(noted.page.locator("#a-short")).to_have_count(0)
    expect(noted.page.locator("#o-last")).to_be_focused()
    noted.page.keyboard.press("z")
    expect(noted.page.locator("#toast")).to_be_empty()
    assert noted.mock.posts == [{"undo": "short"}]


# ---- colleagues ----


def listening(reader: Reader) -> None:
    for _ in range(100):
        if reader.mock.streams:
            return
        reader.page.wait_for_timeout(20)
    raise AssertionError("no stream was opened")


def test_a_colleagues_mark_appears_by_itself(reader: Reader) -> None:
    listening(reader)
    reader.article.notes.append(Note("new", "claim", ((0, 5),), who="Боб"))
    reader.mock.tell("a", [1])
    expect(reader.page.locator("#a-new")).to_be_visible()


def test_a_row_in_use_waits_and_offers_itself(reader: Reader) -> None:
    listening(reader)
    reader.select(1, "честью")
    reader.article.notes.append(Note("new", "claim", ((0, 5),), who="Боб"))
    reader.mock.tell("a", [1])
    offer = reader.page.locator("#r-1 .changed-row")
    expect(offer).to_have_text("Изменено коллегой — показать")
    expect(reader.page.locator("#a-new")).to_have_count(0)
    offer.click()
    expect(reader.page.locator("#a-new")).to_be_visible()
    expect(offer).to_have_count(0)


def test_ones_own_change_is_not_fetched_twice(reader: Reader) -> None:
    listening(reader)
    reader.select(1, "честью")
    reader.tag("1")
    reader.page.keyboard.press("Escape")
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.mock.tell("a", [1], by=reader.mock.clients[-1])
    reader.mock.tell("a", [2], by="somebody else")
    reader.page.wait_for_timeout(600)
    assert [url.split("?")[1] for url in asked if "/rows" in url] == ["n=2"]


def test_offsets_are_sent_in_the_browsers_units_with_the_words(reader: Reader) -> None:
    reader.select(3, "семнадцать миллиардов")
    reader.tag("4")
    start = TEXT.index("семнадцать")
    post = reader.mock.posts[0]
    assert json.loads(post["fragments"]) == [[start, start + 21]]
    assert post["quote"] == "семнадцать миллиардов"
