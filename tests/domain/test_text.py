"""How texts come in, are counted, and fall apart."""

import html
import sys
import unicodedata

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.text import (
    Offsets,
    TextChange,
    fold,
    normalise,
    paragraphs,
    sentences,
    sha256,
    words,
)

SPECIAL = "аё яБ\n\r\t\0\x0b\x0c\x1f\x7f\x85\x9f\xa0\xad\u0301\u0306\u0308\u200d\u2028\u2029\ufeff"
SPECIAL += "\ufffe\uffff\ufdd0\U0001fffe😀👩\ud800\udc00&<>\"'.!?…«»–—иИ"
any_text = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters(codec=None)), max_size=200)
clean_text = any_text.map(lambda raw: normalise(raw).text)


# ---------------------------------------------------------------------------------- normalise


def test_a_clean_text_comes_through_unchanged_and_unreported() -> None:
    text = "Путин\xa0— «мягкий\u00adперенос» \u2028 и\u0306 👩\u200d🚀 \ufeff внутри\n\tтекста"
    assert normalise(text) == (text, ())


def test_line_ends_become_line_feeds_and_are_counted() -> None:
    result = normalise("а\r\nб\rв\n\r\nг")
    assert result.text == "а\nб\nв\n\nг"
    assert result.changes == (TextChange("crlf", 2), TextChange("cr", 1))


def test_what_is_no_text_is_taken_out_and_counted_by_kind() -> None:
    result = normalise("\ufeffа\0б\x0c\x85\x9f\x7f\ufffe\uffffв\ud83dг")
    assert result.text == "абвг"
    assert result.changes == (
        TextChange("bom", 1),
        TextChange("nul", 1),
        TextChange("surrogate", 1),
        TextChange("control", 6),
    )


@pytest.mark.parametrize("stray", ["\x01", "\x1f", "\x7f", "\x80", "\x85", "\x9f", "\ufffe"])
def test_every_stray_control_is_found_alone_in_a_long_text(stray: str) -> None:
    result = normalise("слово\xa0" * 1000 + stray)
    assert result.text == "слово\xa0" * 1000
    assert result.changes == (TextChange("control", 1),)


@given(any_text)
def test_normalising_twice_changes_nothing_more(raw: str) -> None:
    once = normalise(raw).text
    assert normalise(once) == (once, ())


@given(any_text)
def test_nothing_but_what_is_reported_is_lost(raw: str) -> None:
    text, changes = normalise(raw)
    counts = {change.kind: change.count for change in changes}
    lost = sum(counts.values()) - counts.get("cr", 0)
    assert len(text) == len(raw) - lost
    assert (not changes) is (text == raw)


@given(any_text)
def test_the_text_survives_utf8_and_an_html_parser(raw: str) -> None:
    text = normalise(raw).text
    assert text.encode().decode() == text
    for paragraph in paragraphs(text):
        line = text[paragraph.start : paragraph.end]
        page = f"<!doctype html><p class=para>{html.escape(line)}</p>"
        parsed = BeautifulSoup(page, "html5lib").find("p")
        assert parsed is not None
        assert parsed.get_text() == line


def test_the_hash_is_of_utf8() -> None:
    assert sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256("ё") != sha256("е\u0308")


# ------------------------------------------------------------------------------------ offsets


@given(clean_text)
def test_offsets_go_to_utf16_and_back(text: str) -> None:
    offsets = Offsets(text)
    assert offsets.length_utf16 == len(text.encode("utf-16-le")) // 2
    for place in range(len(text) + 1):
        units = len(text[:place].encode("utf-16-le")) // 2
        assert offsets.to_utf16(place) == units
        assert offsets.to_codepoints(units) == place


def test_the_middle_of_an_emoji_is_no_place() -> None:
    offsets = Offsets("а😀б😀")
    assert [offsets.to_utf16(n) for n in range(5)] == [0, 1, 3, 4, 6]
    for middle in (2, 5):
        with pytest.raises(ValueError, match="middle of one character"):
            offsets.to_codepoints(middle)


@pytest.mark.parametrize("text", ["abc", "a😀"])
def test_places_outside_the_text_are_errors(text: str) -> None:
    offsets = Offsets(text)
    for wrong in (-1, 4):
        with pytest.raises(ValueError, match="outside"):
            offsets.to_codepoints(wrong)
        with pytest.raises(ValueError, match="outside"):
            offsets.to_utf16(wrong)


# ------------------------------------------------------------------------- paragraphs, sentences


def test_only_line_feeds_part_paragraphs_and_blank_lines_are_not_counted() -> None:
    text = "\n Первый\u2028ещё первый \n\xa0\u200b\n\nВторой\x1c"
    found = paragraphs(text)
    assert [p.number for p in found] == [1, 2]
    assert [text[p.start : p.end] for p in found] == [" Первый\u2028ещё первый ", "Второй\x1c"]


@given(clean_text)
def test_paragraphs_are_whole_lines_and_leave_nothing_visible_out(text: str) -> None:
    found = paragraphs(text)
    rest = list(text)
    for paragraph in found:
        assert "\n" not in text[paragraph.start : paragraph.end]
        assert paragraph.start == 0 or text[paragraph.start - 1] == "\n"
        assert paragraph.end == len(text) or text[paragraph.end] == "\n"
        rest[paragraph.start : paragraph.end] = [" "] * (paragraph.end - paragraph.start)
    assert not any(character.isalnum() for character in rest)
    assert [p.number for p in found] == list(range(1, len(found) + 1))


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "expected",
    [
        ["В 2022 г. Казахстан подписал договор.", "Это важно."],
        ["В 1990-х гг. Россия молчала.", "Т. е. ждала."],
        ["Улица им. Абая, рядом с г. Москва."],
        ["Пришли А. С. Пушкин и С.В. Лавров.", "Они говорили."],
        ["Цена — 5 млн. рублей.", "Потом ещё $17 млрд.", "Это много."],
        ["Хлеб, соль и т. д.", "Потом чай."],
        ["Mr. Smith of the U.S. Army came at 5 p.m. on Monday.", "He left."],
        ["He said no.", "Then he left."],
        ["«Да!» — сказал он.", "«Как дела?..»", "Она ушла."],
        ["Он… ушёл.", "И всё…", "Точка."],
        ["Самолётостроение?", "Россия не играет на этом рынке."],
        ["1. Казахстан.", "2. Россия."],
        ["о встрече на евразийском треке.", "В последнее время всё иначе."],
        ["Стало 26.5 процента.", "Было 12,3."],
        ["Важно: \"Это цитата.\"", "Дальше текст."],
        ["Первое (и последнее).", "Второе [2].", "Третье*."],
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_a_blank_lost_between_two_sentences_does_not_join_them() -> None:
    assert split("на евразийском треке.В последнее время") == [
        "на евразийском треке.",
        "В последнее время",
    ]


def test_punctuation_alone_is_one_sentence_or_belongs_to_the_one_before() -> None:
    assert split("...") == ["..."]
    assert split("Да. … !") == ["Да. … !"]
    assert split(" \xa0 ") == []


@given(clean_text, st.integers(0, 20))
def test_sentences_cover_all_that_is_visible_and_are_never_empty(text: str, start: int) -> None:
    start = min(start, len(text))
    found = sentences(text, start, len(text))
    last = start
    for begin, end in found:
        assert last <= begin < end <= len(text)
        assert not any(map(str.isalnum, text[last:begin]))
        assert text[begin:end].strip() == text[begin:end]
        last = end
    assert not any(map(str.isalnum, text[last:]))


def test_words_are_counted_as_a_reader_counts_them() -> None:
    assert words("Касым-Жомарт Токаев — «старший товарищ», $56,6 млрд; don't.") == 7
    assert words("и\u0306 мяг\u00adкий a\u0301b") == 3
    assert words(" — … ") == 0


# ------------------------------------------------------------------------------------- folding


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ёлка", "елка"),
        ("йод", "и\u0306од"),
        ("за\u0301мок", "замок"),
        ("США\xa0—\xa0Азия", "сша - азия"),
        ("«статус\u00ad кво»", "“статус кво„"),
        ("Straße", "STRASSE"),
        ("ﬁ…", "fi..."),
        ("L’Oréal", "l'oreal"),
    ],
)
def test_two_spellings_of_the_same_words_are_equal(one: str, two: str) -> None:
    assert fold(one) == fold(two)


def test_short_i_stays_a_letter_of_its_own() -> None:
    assert fold("мой") != fold("мои")
    assert fold("й") == "й"


@given(any_text)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_no_letter_of_the_languages_we_read_is_lost() -> None:
    letters = "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"
    assert fold(letters.upper()) == letters
    for number in range(sys.maxunicode):
        character = chr(number)
        if unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo", "Nd"):
            assert fold(character), f"U+{number:04X} folds to nothing"
