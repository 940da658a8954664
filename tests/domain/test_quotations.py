"""Quotes: what somebody said, by whom, and what only looks like it."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.domain.codebook import parse_toml
from annotator.domain.quotations import find_quotes
from tests.evaluation.cases import Case, held_back_quotes

SEEDS = Path(__file__).parents[2] / "seeds"
LOTS = [*held_back_quotes("heldback_quotes.txt"), *held_back_quotes("heldback_quotes_2.txt")]


def told(text: str) -> list[tuple[list[str], str | None]]:
    """Pieces and speaker of every quote."""
    return [
        ([text[s:e] for s, e in quote.fragments], quote.attributes.get("speaker"))  # type: ignore[misc]
        for quote in find_quotes(text)
    ]


@pytest.mark.parametrize(
    ("text", "pieces", "speaker"),
    [
        ("Президент Токаев заявил: «Мы готовы к диалогу».", ["Мы готовы к диалогу"], "Токаев"),
        ("«Мы готовы к диалогу», — заявил Иван Петров.", ["Мы готовы к диалогу"], "Иван Петров"),
        ('"Мы готовы", - сказала Анна Белова.', ["Мы готовы"], "Анна Белова"),
        ("„Мы готовы“, — сказала Анна Белова.", ["Мы готовы"], "Анна Белова"),
        ("“We are ready,” said Tom Reed.", ["We are ready,"], "Tom Reed"),
        ("По словам Ольги Васильевой, реформа «провалилась ещё до старта».",
         ["провалилась ещё до старта"], "Ольга Васильева"),
        ("«Нет, — сказал Иван Петров. — Никогда!»", ["Нет", "Никогда!"], "Иван Петров"),
        ("«Нет! — крикнул Иван Петров, — никогда»", ["Нет!", "никогда"], "Иван Петров"),
        ("— Мы победим, — сказал Иван Петров. — Я знаю.", ["Мы победим", "Я знаю"], "Иван Петров"),
        ("Иван Петров сказал: сила орла в крыльях, чем всех удивил.",
         ["сила орла в крыльях"], "Иван Петров"),
        ("«Мы в «Русале» довольны», — сказал Иван Петров.", ["Мы в «Русале» довольны"],
         "Иван Петров"),
    ],
)  # fmt: skip
def test_speech_is_found_with_its_speaker(text: str, pieces: list[str], speaker: str) -> None:
    assert told(text) == [(pieces, speaker)]


@pytest.mark.parametrize(
    "text",
    [
        "корпорация «Росатом» и коридор «Север-Юг»",
        'совместное исполнение песни "Земля казахов"',
        "сохранить нынешний «статус кво»",
        "так называемая «тёмная материя» молчит",
        "Иван Петров сказал, что читал роман «Война и мир» дважды",
        "Цифры говорят сами за себя: объём торговли вырос",
        "В декларации зафиксировано следующее: страны обязуются помогать друг другу",
        "the film “Twister” and the so-called “red wall”",
        "it’s the workers’ choice",
    ],
)
def test_names_terms_and_colons_are_no_quotes(text: str) -> None:
    assert told(text) == []


def test_a_scare_quote_is_there_for_those_who_ask_for_it() -> None:
    text = "образование «южного фронта» неизбежно"
    assert find_quotes(text) == []
    (scare,) = find_quotes(text, least=0)
    assert scare.attributes["form"] == "scare"
    assert scare.confidence < 0.5


def test_a_quote_goes_on_over_paragraphs_whether_they_open_anew_or_not() -> None:
    plain = "Иван Петров сказал: «Первое.\nВторое».\n"
    assert told(plain) == [(["Первое.\nВторое"], "Иван Петров")]
    again = "Иван Петров сказал: «Первое.\n«Второе.\n«Третье»."
    assert told(again) == [(["Первое.", "Второе.", "Третье"], "Иван Петров")]


def test_a_pronoun_and_a_title_stand_for_whoever_spoke_last() -> None:
    text = (
        "Тренер Олег Романцев недоволен. «Мы провалили матч», — сказал он. "
        "«Надо работать», — добавил наставник."
    )
    quotes = find_quotes(text)
    assert [q.attributes["speaker"] for q in quotes] == ["Олег Романцев"] * 2
    assert all(q.attributes["speaker_inferred"] for q in quotes)


def test_a_surname_in_any_case_is_the_full_name_of_the_text() -> None:
    text = "Визит Касым-Жомарта Токаева. Токаев прибыл. По словам Токаева, встреча «была полезной»."
    assert told(text) == [(["была полезной"], "Касым-Жомарт Токаев")]


def test_the_cue_and_the_form_are_told() -> None:
    text = "Владимир Путин заявил, что Казахстан «наиболее близкий нам союзник»."
    (quote,) = find_quotes(text)
    assert quote.attributes == {"speaker": "Владимир Путин", "form": "fragment", "cue": "заявил"}


def test_attributes_belong_to_the_default_codebook() -> None:
    book = parse_toml((SEEDS / "codebook.toml").read_text(encoding="utf-8"))
    tag = next(tag for tag in book.tags if tag.name == "quote")
    for case in LOTS:
        for quote in find_quotes(case.text, least=0):
            assert set(quote.attributes) <= set(tag.by_name)
            assert tag.by_name["form"].parse(quote.attributes["form"]) == quote.attributes["form"]


@pytest.mark.parametrize("case", LOTS, ids=lambda case: case.name)
def test_every_quote_of_the_held_back_texts_is_found_and_nothing_else(case: Case) -> None:
    found = {quote.fragments: quote.attributes.get("speaker") for quote in find_quotes(case.text)}
    assert set(found) == {one.fragments for one in case.expected}
    for one in case.expected:
        if "speaker" in one.attributes:
            assert found[one.fragments] == one.attributes["speaker"]


PIECES = ["«", "»", '"', "“", "”", "„", "'", "’", "—", ":", ",", ".", "!", "\n", "сказал", "он",
          "Иван Петров", "заявил", "что", "Мы готовы", "said", "Tom Reed", "фильм", "т.н.", "слова",
          "— ", "по словам", "Ольги Васильевой", "В МЧС"]  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
    | st.text(max_size=80)
)
def test_on_any_text_quotes_are_in_order_apart_and_not_empty(text: str) -> None:
    end = 0
    for quote in find_quotes(text, least=0):
        for piece in quote.fragments:
            assert end <= piece.start < piece.end <= len(text)
            end = piece.end
        assert 0 <= quote.confidence <= 1


def test_an_article_takes_milliseconds() -> None:
    text = (SEEDS / "003_ee396423d75f48a3.txt").read_text(encoding="utf-8")
    find_quotes(text)
    took = []
    for _ in range(5):
        begin = time.thread_time()
        find_quotes(text)
        took.append(time.thread_time() - begin)
    assert min(took) < 0.05
