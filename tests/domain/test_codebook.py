"""The codebook: what it may say, and what it makes of what people type."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.domain.codebook import (
    ATTRIBUTE_KINDS,
    LINES,
    AttributeDef,
    Codebook,
    Example,
    Option,
    TagDef,
    canonical_number,
    check_attributes,
    in_locale,
    missing,
    parse_toml,
    to_toml,
)
from annotator.domain.errors import Invalid

SEEDS = Path(__file__).parents[2] / "seeds"
BOOK = parse_toml((SEEDS / "codebook.toml").read_text("utf-8"))

words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=90)
names = st.from_regex(r"[a-z][a-z0-9_-]{0,9}", fullmatch=True)
localised = st.dictionaries(st.sampled_from(["ru", "en", "kk"]), words.filter(bool))
letters = st.just({})
colors = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)
examples = st.lists(st.builds(Example, words, localised), max_size=2).map(tuple)
texts = st.lists(localised, max_size=2).map(tuple)


@st.composite
def attributes(draw: st.DrawFn) -> AttributeDef:
    kind = draw(st.sampled_from(sorted(ATTRIBUTE_KINDS)))
    values: Any = {"choice": names, "scale": st.integers(-9, 9)}.get(kind)
    options: list[Any] = (
        draw(st.lists(values, min_size=1, max_size=4, unique=True)) if values is not None else []
    )
    return AttributeDef(
        draw(names),
        draw(localised),
        kind,
        required=draw(st.booleans()),
        author=draw(st.booleans()),
        options=tuple(Option(value, draw(localised)) for value in options),
        help=draw(st.none() | localised.filter(bool)),
    )


tags = st.builds(
    TagDef,
    names,
    localised,
    letters,
    st.none(),
    colors,
    colors,
    st.sampled_from(LINES),
    localised,
    texts,
    texts,
    examples,
    examples,
    st.lists(attributes(), max_size=3, unique_by=lambda a: a.name).map(tuple),
)
books = st.lists(tags, max_size=3, unique_by=lambda t: t.name).map(lambda t: Codebook(tuple(t)))


# ------------------------------------------------------------------------------ the file


def test_the_default_codebook_has_the_four_tags_with_letters_keys_and_colours() -> None:
    assert [
        (t.name, t.letter["ru"], t.letter["en"], t.key, t.color, t.color_dark) for t in BOOK.tags
    ] == [
        ("claim", "У", "C", 1, "#298087", "#84F2EF"),
        ("evaluation", "О", "E", 2, "#CC451D", "#F3D415"),
        ("quote", "Ц", "Q", 3, "#441092", "#918CE6"),
        ("figure", "Ч", "F", 4, "#681A2D", "#F6657F"),
    ]
    assert len({t.line for t in BOOK.tags}) == 4


def test_the_default_codebook_is_complete_in_russian_and_english() -> None:
    for tag in BOOK.tags:
        texts = [tag.title, tag.letter, tag.definition, *tag.use_when, *tag.avoid_when]
        texts += [e.note for e in tag.examples + tag.counterexamples]
        for attribute in tag.attributes:
            texts += [attribute.title, *(o.title for o in attribute.options)]
            texts += [attribute.help] if attribute.help else []
        assert all(set(text) == {"ru", "en"} for text in texts)
        assert tag.use_when
        assert tag.avoid_when
        assert tag.examples
        assert tag.counterexamples


def test_every_example_stands_in_one_of_the_articles() -> None:
    corpus = "\n".join(path.read_text("utf-8") for path in SEEDS.glob("*.txt"))
    for tag in BOOK.tags:
        for example in tag.examples + tag.counterexamples:
            assert example.text in corpus, example.text


@settings(max_examples=40)
@given(books)
def test_a_codebook_written_to_toml_and_read_again_is_the_same(book: Codebook) -> None:
    assert parse_toml(to_toml(book)) == book
    assert Codebook.from_dict(book.to_dict()) == book


def test_a_title_is_shown_in_the_language_asked_for_or_else_in_english() -> None:
    assert in_locale({"ru": "Цитата", "en": "Quote"}, "ru") == "Цитата"
    assert in_locale({"en": "Quote"}, "ru") == "Quote"
    assert in_locale({"kk": "Дәйексөз"}, "ru") == "Дәйексөз"
    assert in_locale({}, "ru") == ""
    polarity = BOOK.tag("evaluation").by_name["polarity"]
    assert polarity.title_of(-2, "en") == "very negative"
    assert polarity.title_of(7, "en") == "7"


TAG: dict[str, Any] = {
    "name": "claim", "title": "Claim", "color": "#298087", "color_dark": "#84F2EF",
}  # fmt: skip
OPTION = "tags[1].attributes[1].options[1].value"
CHOICE = {"name": "kind", "title": "Kind", "kind": "choice", "options": [{"value": "one"}]}


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"name": "Claim!"}, "tags[1].name", "small Latin letters"),
        ({"color": "red"}, "tags[1].color", "Write a colour as #298087"),
        ({"line": "wavy"}, "tags[1].line", "solid, dashed, dotted, double"),
        ({"key": 0}, "tags[1].key", "from 1 to 9"),
        ({"key": True}, "tags[1].key", "from 1 to 9"),
        ({"letter": {"ru": "Утв"}}, "tags[1].letter", "one letter or two"),
        ({"colour": "#298087"}, "tags[1]", "“colour” that is not known"),
        ({"title": {"in Russian": "a"}}, "tags[1].title", "texts by language"),
        ({"title": 7}, "tags[1].title", "texts by language"),
        ({"title": {"ru": "a\0b"}}, "tags[1].title.ru", "must be a text"),
        ({"examples": "x"}, "tags[1].examples", "must be a list"),
        ({"attributes": [{**CHOICE, "kind": "colour"}]}, "tags[1].attributes[1].kind", "choice"),
        ({"attributes": [{**CHOICE, "options": []}]}, "tags[1].attributes[1].options", "needs"),
        ({"attributes": [{**CHOICE, "kind": "text"}]}, "tags[1].attributes[1].options", "none"),
        ({"attributes": [{**CHOICE, "kind": "scale"}]}, OPTION, "whole"),
        ({"attributes": [CHOICE, CHOICE]}, "tags[1].attributes", "“kind” stands twice"),
        ({"attributes": [{**CHOICE, "required": 1}]}, "tags[1].attributes[1]", "true or false"),
    ],
)  # fmt: skip
def test_a_wrong_codebook_is_refused_with_the_place(
    change: dict[str, Any], place: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Codebook.from_dict({"tags": [{**TAG, **change}]})
    assert refused.value.field == place
    assert reason in str(refused.value)


def test_names_keys_and_letters_stand_once() -> None:
    for field, value in [("name", "claim"), ("key", 1), ("letter", {"ru": "У"})]:
        other = {**TAG, "name": "other", "letter": {"ru": "Д"}, field: value}
        first = {**TAG, "letter": {"ru": "У"}, "key": 1}
        with pytest.raises(Invalid, match="stands twice"):
            Codebook.from_dict({"tags": [first, other]})


@pytest.mark.parametrize("text", ["[[tags]", "tags = 1", "x = 1", "", "[[tags]]\n", "a\0b"])
def test_a_file_that_is_no_codebook_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid):
        parse_toml(text)


# ------------------------------------------------------------------------------ the values


def test_typed_and_sent_values_become_canonical() -> None:
    evaluation = {"target": "  Касым-Жомарт \xa0Токаев ", "holder": "Author", "polarity": "−2"}
    assert check_attributes(BOOK.tag("evaluation"), evaluation) == {
        "target": "Касым-Жомарт Токаев",
        "holder": "author",
        "polarity": -2,
    }
    figure = {
        "kind": "actual",
        "value": "56,6",
        "upper": None,
        "unit": " ",
        "period": "2023-01/2023-08",
    }
    assert check_attributes(BOOK.tag("figure"), figure) == {
        "value": "56.6",
        "period": "2023-01/2023-08",
        "kind": "actual",
    }
    quote = {"speaker_inferred": "on", "cue": "объяснил\r\nсловами"}
    assert check_attributes(BOOK.tag("quote"), quote) == {
        "speaker_inferred": True,
        "cue": "объяснил\nсловами",
    }


def test_an_unknown_attribute_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        check_attributes(BOOK.tag("claim"), {"tone": "warm"})
    assert "It has: modality, attribution, frame_role" in str(refused.value)
    assert refused.value.field == "attributes.tone"


def test_an_unknown_tag_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(Invalid, match="It has: claim, evaluation, quote, figure"):
        BOOK.tag("praise")


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ("claim", {"modality": "certain"}),
        ("claim", {"modality": ["asserted"]}),
        ("claim", {"attribution": 7}),
        ("claim", {"attribution": "я" * 201}),
        ("evaluation", {"polarity": "3"}),
        ("evaluation", {"polarity": 0.5}),
        ("evaluation", {"polarity": True}),
        ("evaluation", {"polarity": "positive"}),
        ("evaluation", {"target": "author"}),
        ("quote", {"speaker_inferred": "perhaps"}),
        ("quote", {"cue": "a\0b"}),
        ("quote", {"cue": "\ud83d"}),
        ("quote", {"cue": "я" * 2001}),
        ("figure", {"value": "seventeen"}),
        ("figure", {"value": "NaN"}),
        ("figure", {"value": float("inf")}),
        ("figure", {"value": "1e400"}),
        ("figure", {"value": "9" * 61}),
        ("figure", {"value": True}),
        ("figure", {"value": "17,000"}),
        ("figure", {"value": {}}),
        ("figure", {"period": "last year"}),
        ("figure", {"period": []}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(tag: str, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        check_attributes(BOOK.tag(tag), values)
    name = next(iter(values))
    assert refused.value.field == f"attributes.{name}"
    str(refused.value).encode()


def test_what_is_required_never_stands_in_the_way_of_quick_tagging() -> None:
    evaluation = BOOK.tag("evaluation")
    assert check_attributes(evaluation, {}) == {}
    assert missing(evaluation, {"target": "визит"}) == ("holder", "polarity")
    with pytest.raises(Invalid, match="needs the attribute “holder”"):
        check_attributes(evaluation, {"target": "визит"}, complete=True)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("17000000000", "17000000000"),
        (17000000000.0, "17000000000"),
        (0.1, "0.1"),
        ("17 000 000\xa0000", "17000000000"),
        ("-0,50", "-0.5"),
        ("−3", "-3"),
        ("17e9", "17000000000"),
        ("0.0", "0"),
        ("-0", "0"),
        ("0,125", "0.125"),
        ("00012", "12"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ],
)
def test_numbers_are_exact_decimals_and_never_floats(written: Any, canonical: str) -> None:
    assert check_attributes(BOOK.tag("figure"), {"value": written}) == {"value": canonical}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5))
def test_a_canonical_number_is_equal_to_what_was_written_and_stays_itself(number: Any) -> None:
    text = canonical_number(str(number))
    assert type(number)(text) == number
    assert canonical_number(text) == text
    assert not text.endswith(".")


@given(st.dictionaries(st.sampled_from(["value", "unit", "bound", "period"]), st.text(max_size=30)))
def test_whatever_is_typed_gives_clean_values_or_a_sentence(values: dict[str, str]) -> None:
    figure = BOOK.tag("figure")
    try:
        clean = check_attributes(figure, values)
    except Invalid as refused:
        str(refused).encode()
    else:
        assert check_attributes(figure, clean) == clean
