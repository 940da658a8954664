"""Figures: what is one, where it begins and ends, and what it says."""

import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.domain.codebook import parse_toml
from annotator.domain.detection import Detection
from annotator.domain.quantities import canonical, find_figures
from tests.evaluation.cases import Case, held_back_figures

SEEDS = Path(__file__).parents[2] / "seeds"


def words(text: str) -> list[str]:
    return [text[f.start : f.end] for f in find_figures(text)]


def only(text: str) -> Detection:
    (figure,) = find_figures(text)
    return figure


def told(text: str) -> tuple[str, str | None, str | None, str]:
    """Words, value (with the upper one), unit and bound of the only figure."""
    figure = only(text)
    said = figure.attributes
    value = str(said["value"]) + (f"..{said['upper']}" if "upper" in said else "")
    return text[figure.start : figure.end], value, str(said.get("unit", "")), str(said["bound"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("на сумму более $17 млрд, охватывающие", ("$17 млрд", "17000000000", "USD", "more_than")),
        ("товарооборот 30 млрд долларов", ("30 млрд долларов", "30000000000", "USD", "exactly")),
        ("ушло 5 миллиардов 350 миллионов рублей.",
         ("5 миллиардов 350 миллионов рублей", "5350000000", "RUB", "exactly")),
        ("около полутора миллионов долларов США",
         ("полутора миллионов долларов США", "1500000", "USD", "about")),
        ("выделили четверть миллиарда тенге",
         ("четверть миллиарда тенге", "250000000", "KZT", "exactly")),
        ("цена — 35 руб. 50 коп.", ("35 руб. 50 коп.", "35.5", "RUB", "exactly")),
        ("рост на 23 проц. за год", ("23 проц.", "23", "%", "exactly")),
        ("из-за 500-процентных пошлин", ("500-процентных", "500", "%", "exactly")),
        ("поколение 30—35-летних", ("30—35-летних", "30..35", "год", "range")),
        ("штраф от 3 до 5 млн рублей", ("3 до 5 млн рублей", "3000000..5000000", "RUB", "range")),
        ("ждали два-три дня", ("два-три дня", "2..3", "день", "range")),
        ("сыграли не менее трёх матчей", ("трёх матчей", "3", "матч", "more_than")),
        ("до семи лет лишения свободы", ("семи лет", "7", "год", "less_than")),
        ("вырос до 5%", ("5%", "5", "%", "exactly")),
        ("шёл 4 часа 17 минут", ("4 часа 17 минут", "257", "минута", "exactly")),
        ("создано 64 тыс. рабочих мест.",
         ("64 тыс. рабочих мест", "64000", "рабочее место", "exactly")),
        ("трое погибли", ("трое", "3", "человек", "exactly")),
        ("доставили 12 пострадавших", ("12 пострадавших", "12", "пострадавший", "exactly")),
        ("ночью −15 °C", ("−15 °C", "-15", "градус", "exactly")),
        ("собрали 1 340 тонн", ("1 340 тонн", "1340", "тонна", "exactly")),
        ("It lost $1.2 billion", ("$1.2 billion", "1200000000", "USD", "exactly")),
        ("revenue of £640m", ("£640m", "640000000", "GBP", "exactly")),
        ("about 3,500 jobs went", ("3,500 jobs", "3500", "job", "about")),
        ("a six-year-old girl", ("six-year-old", "6", "year", "exactly")),
        ("up to half a million dollars",
         ("half a million dollars", "500000", "USD", "less_than")),
    ],
)  # fmt: skip
def test_a_figure_is_number_and_unit_and_says_how_exact_it_is(
    text: str, expected: tuple[str, str, str, str]
) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "встреча 11-12 ноября",
        "с 5 по 10 мая 2024 года",
        "программа на 2026—2030 годы",
        "в начале 1990-х годов",
        "в 2025-м",
        "истребители Су-35",
        "усидеть на трёх стульях",
        "отношения двух стран",
        "статья 159 УК",
        "по ст. 4, 5 и 6 закона № 44",
        "рейс 1460",
        "на улице Ленина, 15",
        "начало в 19:30",
        "в 10 часов утра",
        "выиграли со счётом 3:1",
        "в формате 5+1",
        "занял 5 место",
        "несколько дней, сотни людей, миллионы рублей",
        "через неделю",
        "фильм «12» вышел",
        "один из лидеров",
        "на борту Boeing 737",
        "In November 2024 and on July 14, 2023",
        "the two sides met on Route 66",
        "won 4-1 with his 25th goal",
        "https://example.org/2024/17",
    ],
)
def test_numbers_that_measure_nothing_are_no_figures(text: str) -> None:
    assert words(text) == []


def test_from_one_value_to_another_is_two_figures_of_one_unit() -> None:
    text = "выросла с 46 до 82 млрд рублей"
    first, second = find_figures(text)
    assert [text[f.start : f.end] for f in (first, second)] == ["46", "82 млрд рублей"]
    assert [f.attributes["value"] for f in (first, second)] == ["46000000000", "82000000000"]
    assert {f.attributes["unit"] for f in (first, second)} == {"RUB"}


def test_an_age_needs_no_word_of_its_own() -> None:
    ages = find_figures("не по возрасту (Путину 73, Токаеву 72)")
    assert [(a.attributes["value"], a.attributes["unit"]) for a in ages] == [
        ("73", "год"), ("72", "год"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("в 2024 году вложено $4 млрд", "2024"),
        ("за восемь месяцев 2023 года получено $17 млрд", "2023-01/2023-08"),
        ("в первом квартале 2025 года добыто 5 млн рублей", "2025-01/2025-03"),
        ("в январе–сентябре 2025 года потрачено 5 млн рублей", "2025-01/2025-09"),
        ("profit reached $5 million in May 2024", "2024-05"),
    ],
)
def test_the_period_is_the_year_the_sentence_names(text: str, period: str) -> None:
    assert [f.attributes.get("period") for f in find_figures(text)][-1] == period


def test_what_is_aimed_at_and_what_changes_is_told_apart() -> None:
    assert (
        only("намерены увеличить товарооборот до 30 млрд долларов").attributes["kind"] == "target"
    )
    assert only("цены выросли на 5%").attributes["kind"] == "change"


def test_attributes_pass_the_default_codebook_except_what_only_people_know() -> None:
    book = parse_toml((SEEDS / "codebook.toml").read_text(encoding="utf-8"))
    tag = next(tag for tag in book.tags if tag.name == "figure")
    for case in held_back_figures():
        for figure in find_figures(case.text):
            assert set(figure.attributes) <= set(tag.by_name)
            for name, value in figure.attributes.items():
                assert tag.by_name[name].parse(value) == value


@pytest.mark.parametrize("case", held_back_figures(), ids=lambda case: case.text[:30])
def test_every_figure_of_the_held_back_texts_is_found_and_nothing_else(case: Case) -> None:
    found = {case.text[f.start : f.end] for f in find_figures(case.text)}
    assert found == {case.text[e.fragments[0].start : e.fragments[0].end] for e in case.expected}


PIECES = ["5", "17", "2024", "млрд", "тыс.", "$", "%", "рублей", "до", "от", "-", "—", "три", "два",
          "с половиной", "ноября", "году", "half a", "million", "минус", "30-летний", "«", "№", ",",
          "(", "полтора", "dozen", "people", ".", "1,5", "1 000", "\n", "и", "Путину"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | st.text(max_size=80))
def test_on_any_text_figures_are_in_order_apart_and_their_values_numbers(text: str) -> None:
    end = 0
    for figure in find_figures(text, least=0):
        assert end <= figure.start < figure.end <= len(text)
        end = figure.end
        assert canonical(Decimal(str(figure.attributes["value"]))) == figure.attributes["value"]
        assert 0 <= figure.confidence <= 1
        assert figure.to_dict(text)["text"] == text[figure.start : figure.end]


def test_an_article_takes_milliseconds() -> None:
    text = (SEEDS / "003_ee396423d75f48a3.txt").read_text(encoding="utf-8")
    find_figures(text)
    took = []
    for _ in range(5):
        begin = time.thread_time()
        find_figures(text)
        took.append(time.thread_time() - begin)
    assert min(took) < 0.05


def test_values_are_canonical_decimals() -> None:
    assert [canonical(Decimal(v)) for v in ("17E9", "8.0", "-0.0", "1.50")] == [
        "17000000000", "8", "0", "1.5",
    ]  # fmt: skip
