"""What a person selects is exactly what is saved, however it was selected."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.mock.serve import Article, Note
from tests.browser.mock.stage import Reader, reading
from tests.browser.site import Complaints

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
TEXT = "\n\n".join(
    [
        "Президент прилетел в Москву вечером, и встречал его вице-премьер.",
        "Гости сказали 😀 и ушли.",
        f"Семья {FAMILY} приехала с флагом 🇰🇿 и подарками.",
        "Древний за\u0301мок стоит на краи\u0306 города.",
        "Долгие пере\u00adгово\u00adры шли до утра.",
        "Контракт на 17\u00a0млрд\u00a0долларов подписан.",
        "قال الرئيس إن الاتفاق جيد جدا للطرفين.",
        "  Отступ и хвост из пробелов.  ",
        "Последний абзац кончается словом конец.",
    ]
)


@pytest.fixture
def reader(browser: Browser, complaints: Complaints) -> Iterator[Reader]:
    article = Article("Испытание", TEXT)
    # Notes between the paragraphs: of the first one and of the fifth.
    article.notes += [Note("n1", "claim", ((0, 28),)), Note("n2", "evaluation", ((10, 18),))]
    start = TEXT.index("Долгие")
    article.notes.append(Note("n3", "quote", ((start, start + 6),)))
    with reading(browser, complaints, article) as reader:
        yield reader


@pytest.mark.parametrize("number", [1, 3, 5, 8, 9])
def test_triple_click_takes_the_paragraph_and_nothing_of_its_neighbours(
    reader: Reader, number: int
) -> None:
    reader.page.mouse.click(*reader.point(number, 4), click_count=3)
    assert reader.words(reader.tag()) == reader.paragraph(number).strip()


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "прилетел в Москву"),
        (2, "сказали 😀 и"),
        (2, "😀"),
        (3, FAMILY),
        (3, f"Семья {FAMILY} приехала"),
        (3, "🇰🇿 и"),
        (4, "за\u0301мок стоит"),
        (4, "краи\u0306"),
        (5, "пере\u00adгово\u00adры шли"),
        (6, "17\u00a0млрд"),
        (7, "الرئيس إن الاتفاق"),
        (9, "словом конец."),
    ],
)
def test_a_drag_takes_exactly_the_code_points(
    reader: Reader, number: int, words: str, backward: bool
) -> None:
    reader.select(number, words, backward=backward)
    assert reader.words(reader.tag()) == words


def test_a_drag_over_two_paragraphs_takes_the_end_of_one_and_the_beginning_of_the_other(
    reader: Reader,
) -> None:
    begin, _ = reader.units(1, "встречал")
    _, end = reader.units(2, "Гости")
    start = reader.point(1, begin)
    reader.drag(start, reader.point(2, end, "after"))
    assert reader.words(reader.tag()) == "встречал его вице-премьер.\n\nГости"


def test_a_drag_over_three_paragraphs_and_their_notes_is_one_passage(reader: Reader) -> None:
    begin, _ = reader.units(4, "города")
    _, end = reader.units(6, "Контракт")
    start = reader.point(4, begin)
    reader.drag(reader.point(6, end, "after"), start)
    note = reader.tag("3")
    assert reader.words(note) == f"города.\n\n{reader.paragraph(5)}\n\nКонтракт"
    assert len(note.spans) == 1


def test_a_selection_from_the_heading_begins_with_the_article(reader: Reader) -> None:
    box = reader.page.locator("h1").bounding_box()
    assert box
    _, end = reader.units(1, "Президент")
    reader.drag((box["x"] + 5, box["y"] + 8), reader.point(1, end, "after"))
    assert reader.words(reader.tag()) == "Президент"


def test_a_selection_from_below_the_article_ends_with_it(reader: Reader) -> None:
    begin, _ = reader.units(9, "словом")
    start = reader.point(9, begin)
    box = reader.page.locator("#after").bounding_box()
    assert box
    reader.drag((box["x"] + 60, box["y"] + 8), start)
    assert reader.words(reader.tag()) == "словом конец."


def test_select_all_takes_the_whole_article(reader: Reader) -> None:
    reader.page.keyboard.press("Control+a")
    assert reader.words(reader.tag()) == TEXT.strip()


def test_blanks_at_the_ends_are_left_out(reader: Reader) -> None:
    start, end = reader.units(6, " 17\u00a0млрд\u00a0")
    reader.drag(reader.point(6, start), reader.point(6, end, "after"))
    assert reader.words(reader.tag()) == "17\u00a0млрд"


def test_a_double_click_takes_a_word_with_its_soft_hyphens(reader: Reader) -> None:
    at, _ = reader.units(5, "гово")
    reader.page.mouse.dblclick(*reader.point(5, at + 1))
    assert reader.words(reader.tag()) == "пере\u00adгово\u00adры"


def set_selection(reader: Reader, number: int, start: int, end: int) -> None:
    reader.page.evaluate(
        """async ([id, start, end]) => {
          const { pointIn } = await import('/static/js/selection.js');
          const para = document.getElementById(id);
          getSelection().setBaseAndExtent(...pointIn(para, start), ...pointIn(para, end));
        }""",
        [f"p-{number}", start, end],
    )


@pytest.mark.parametrize(
    ("number", "whole", "cut"),
    [
        (2, "😀", (1, 2)),  # the second half of a surrogate pair
        (2, "😀", (0, 1)),
        (3, FAMILY, (3, 6)),  # one person of the family
        (3, "🇰🇿", (0, 2)),  # half a flag
        (4, "а\u0301", (1, 2)),  # the accent without its letter
        (4, "а\u0301", (0, 1)),
    ],
)
def test_half_a_character_becomes_the_whole_one(
    reader: Reader, number: int, whole: str, cut: tuple[int, int]
) -> None:
    at, _ = reader.units(number, whole)
    set_selection(reader, number, at + cut[0], at + cut[1])
    assert reader.words(reader.tag()) == whole


def test_a_selection_within_notes_tags_nothing(reader: Reader) -> None:
    reader.page.evaluate(
        """() => { const notes = document.querySelectorAll('.note-text');
        getSelection().setBaseAndExtent(notes[0].firstChild, 1, notes[2].firstChild, 2); }"""
    )
    reader.page.wait_for_timeout(400)
    assert reader.page.locator("#tagbar").is_hidden()
    reader.page.keyboard.press("1")
    assert reader.mock.posts == []


def test_the_selection_outlives_the_answer_and_the_text_is_never_changed(reader: Reader) -> None:
    reader.select(1, "прилетел в Москву", backward=True)
    reader.tag("1")
    reader.tag("2")
    assert reader.page.evaluate("String(getSelection())") == "прилетел в Москву"
    assert reader.page.evaluate("getSelection().direction") == "backward"
    shown = reader.page.evaluate("[...document.querySelectorAll('.para')].map(p => p.textContent)")
    assert shown == TEXT.split("\n\n")
