"""What a person selects is what the database keeps, to the code point, among signs that trip up
whoever counts in the wrong unit."""

from collections.abc import Callable

import pytest

from tests.browser.site import Desk

FAMILY = "👨\u200d👩\u200d👧"


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of("alice", "signs")


def tagged(desk: Desk, key: str = "1") -> str:
    """Tag what is selected; the words that the stored annotation covers."""
    made = desk.tag(key)
    assert made.text == desk.text[made.start : made.end]
    assert made.fragments is None
    return made.text


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_triple_click_is_the_paragraph(desk: Desk, number: int) -> None:
    desk.page.mouse.click(*desk.point(number, 2), click_count=3)
    assert tagged(desk) == desk.paragraph(number)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "абзац стоит"),
        (2, "😀"),
        (2, "Смайлик 😀 стоит"),
        (2, f"{FAMILY} дальше."),
        (2, "посреди, а семья"),
        (3, "Уда\u0301рение и и\u0306"),
        (3, "не\u00a0разрывный пробел, мяг\u00adкий"),
        (4, "שלום"),
        (4, "Слово שלום עולם внутри"),
    ],
)
def test_a_drag_is_exactly_its_code_points(
    desk: Desk, number: int, words: str, backward: bool
) -> None:
    desk.select(number, words, backward=backward)
    assert tagged(desk) == words


def test_words_after_difficult_signs_are_where_they_are_in_code_points(desk: Desk) -> None:
    desk.select(5, "Последний")
    made = desk.tag()
    assert made.start == desk.text.index("Последний")


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_a_drag_over_two_paragraphs_is_one_passage(desk: Desk, backward: bool) -> None:
    start = desk.point(1, desk.units(1, "здесь")[0])
    end = desk.point(2, desk.units(2, "Смайлик 😀")[1], "after")
    desk.drag(*((end, start) if backward else (start, end)))
    assert tagged(desk) == "здесь один.\n\nСмайлик 😀"


def test_notes_between_paragraphs_are_no_part_of_the_passage(desk: Desk) -> None:
    desk.select(1, "абзац")
    desk.tag("1")
    desk.tag("2")
    start = desk.point(1, desk.units(1, "один")[0])
    desk.drag(start, desk.point(3, desk.units(3, "Уда\u0301рение")[1], "after"))
    assert tagged(desk, "3") == f"один.\n\n{desk.paragraph(2)}\n\nУда\u0301рение"


def test_a_selection_that_starts_in_the_heading_begins_with_the_text(desk: Desk) -> None:
    box = desk.page.locator("h1").bounding_box()
    assert box
    end = desk.point(1, desk.units(1, "Первый")[1], "after")
    desk.drag((box["x"] + 3, box["y"] + 8), end)
    assert tagged(desk) == "Первый"


def test_select_all_is_the_whole_text(desk: Desk) -> None:
    desk.page.locator("#article").click(position={"x": 400, "y": 5})
    desk.page.keyboard.press("Control+a")
    assert tagged(desk) == desk.text


@pytest.mark.parametrize(
    ("number", "whole", "cut"),
    [(2, "😀", (1, 2)), (2, FAMILY, (3, 6)), (3, "а\u0301", (1, 2))],
    ids=["half an emoji", "one of the family", "an accent without its letter"],
)
def test_half_a_character_becomes_the_whole(
    desk: Desk, number: int, whole: str, cut: tuple[int, int]
) -> None:
    at, _ = desk.units(number, whole)
    desk.page.evaluate(
        """([id, start, end]) => {
          const node = document.getElementById(id).firstChild;
          getSelection().setBaseAndExtent(node, start, node, end);
        }""",
        [f"p-{number}", at + cut[0], at + cut[1]],
    )
    assert tagged(desk) == whole
