"""JSON Lines: strict about what cannot be kept, lenient about what may be missing."""

import io
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.errors import Invalid
from annotator.formats import detect, jsonl, project, strict
from annotator.formats.records import ArticleRecord
from annotator.formats.strict import Place


def read(*lines: bytes | dict[str, Any]) -> list[ArticleRecord]:
    data = b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)
    return list(jsonl.read(io.BytesIO(data), "a.jsonl"))


def test_a_line_of_text_alone_is_an_article() -> None:
    (article,) = read({"text": "Мир."})
    assert (article.text, article.id, list(article.spans)) == ("Мир.", None, [])


def test_lines_of_prodigy_and_spacy_are_read_as_they_are() -> None:
    line = {
        "text": "Astana and Moscow",
        "meta": {"source": "x"},
        "_input_hash": 1,
        "spans": [{"start": 0, "end": 6, "label": "GPE", "token_start": 0, "token_end": 0}],
    }
    (article,) = read(line)
    (span,) = article.spans
    assert (span.start, span.end, span.label, span.annotator) == (0, 6, "GPE", None)


def test_ids_that_are_numbers_become_text() -> None:
    (article,) = read({"text": "ab", "spans": [{"id": 7, "start": 0, "end": 1, "label": "x"}]})
    assert article.spans[0].id == "7"


def test_a_byte_order_mark_crlf_and_empty_lines_do_no_harm() -> None:
    data = b'\xef\xbb\xbf{"text":"a"}\r\n\r\n{"text":"b"}\r\n'
    found = list(jsonl.read(io.BytesIO(data), "a.jsonl"))
    assert [(a.text, a.line) for a in found] == [("a", 1), ("b", 3)]


def test_line_separators_inside_a_text_do_not_end_the_line() -> None:
    (article,) = read({"text": "a\u2028b\x85c"})
    assert article.text == "a\u2028b\x85c"


SPAN = {"start": 0, "end": 1, "label": "claim"}
BAD = {
    "no JSON": (b'{"text": "a"', "line 1, line: this is not valid JSON"),
    "no object": (b'["text"]', "not a JSON object"),
    "UTF-16": ('{"text":"a"}'.encode("utf-16"), "the file is in UTF-16"),
    "no UTF-8": (b'{"text":"\xcf\xf0"}', "byte 10 of the line is not UTF-8"),
    "NUL": (b'{"text":"a\x00b"}', "NUL"),
    "NaN": (b'{"text":"a","meta":{"x":NaN}}', "not valid JSON"),
    "infinity": (b'{"text":"a","spans":[{"start":0,"end":1e999}]}', "not valid JSON"),
    "lone surrogate": (b'{"text":"\\ud83d"}', "not valid JSON"),
    "two equal keys": (b'{"text":"a","text":"b"}', "text: the field stands twice"),
    "two equal keys inside": (b'{"text":"a","meta":{"x":1,"x" : 2}}', "x: the field stands twice"),
    "deep": (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", "nested deeper"),
    "very deep": (b"[" * 200_000, "not valid JSON"),
    "number of 30 digits": (b'{"text":"a","x":123456789012345678901234567890}', "loses digits"),
    "float offset": ({"text": "a", "spans": [SPAN | {"start": 0.0}]}, "spans[0].start: 0.0"),
    "true as offset": ({"text": "a", "spans": [SPAN | {"end": True}]}, "spans[0].end: True"),
    "negative": ({"text": "a", "spans": [SPAN | {"start": -1}]}, "spans[0].start: -1"),
    "backwards": ({"text": "ab", "spans": [SPAN | {"start": 1}]}, "empty or runs backwards"),
    "huge offset": ({"text": "a", "spans": [SPAN | {"end": 2**40}]}, "no offset"),
    "no label": ({"text": "a", "spans": [{"start": 0, "end": 1}]}, "spans[0].label"),
    "label of control characters": ({"text": "a", "spans": [SPAN | {"label": "a\nb"}]}, "label"),
    "unknown layer": ({"text": "a", "spans": [SPAN | {"layer": "gold"}]}, "spans[0].layer: “gold”"),
    "unknown status": ({"text": "a", "spans": [SPAN | {"status": ["x"]}]}, "spans[0].status"),
    "version 0": ({"text": "a", "spans": [SPAN | {"version": 0}]}, "spans[0].version"),
    "note of NUL": ({"text": "a", "spans": [SPAN | {"note": "a\0"}]}, "control characters"),
    "attributes of NUL": (
        {"text": "a", "spans": [SPAN | {"attributes": {"x": ["\0"]}}]},
        "attributes.x: the text holds control characters",
    ),
    "attributes no object": ({"text": "a", "spans": [SPAN | {"attributes": [1]}]}, "attributes"),
    "no time": ({"text": "a", "spans": [SPAN | {"created_at": "soon"}]}, "spans[0].created_at"),
    "time without zone": (
        {"text": "a", "spans": [SPAN | {"created_at": "2025-11-22T10:00:00"}]},
        "a time with its zone",
    ),
    "no date": ({"text": "a", "meta": {"published": "2025-02-30"}}, "meta.published"),
    "other precision": (
        {"text": "a", "meta": {"published": "2025", "published_precision": "day"}},
        "meta.published_precision",
    ),
    "other unit": ({"text": "a", "offset_unit": "utf16"}, "offset_unit: “utf16” is not known"),
    "other schema": ({"schema": "annotator.event/1", "id": "x"}, "--format project"),
    "text a number": ({"text": 5}, "line 1, text"),
    "spans a number": ({"text": "a", "spans": 5}, "line 1, spans: 5 is not a list"),
    "span a number": ({"text": "a", "spans": [5]}, "spans[0]"),
    "pieces beyond the hull": (
        {"text": "abcdef", "spans": [SPAN | {"fragments": [[0, 1], [3, 4]]}]},
        "spans[0].fragments: the pieces run from 0 to 4",
    ),
    "verdict unknown": (
        {"text": "a", "spans": [SPAN | {"reviews": [{"by": "rita", "verdict": "good"}]}]},
        "spans[0].reviews[0].verdict: “good”",
    ),
    "verdict of nobody": (
        {"text": "a", "spans": [SPAN | {"reviews": [{"verdict": "accepted"}]}]},
        "spans[0].reviews[0].by",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_refused_with_file_line_and_field(name: str) -> None:
    line, said = BAD[name]
    with pytest.raises(Invalid) as refused:
        read(line)
    assert said in str(refused.value)
    assert str(refused.value).startswith("a.jsonl, line 1, ")
    assert refused.value.field


def test_the_second_line_is_named_when_it_is_the_bad_one() -> None:
    with pytest.raises(Invalid, match=r"a\.jsonl, line 2, "):
        read({"text": "a"}, b"{")


def test_a_text_that_looks_like_keys_is_no_second_key() -> None:
    for text in ('say "x":"y" twice "x":', 'a\\":', "\\", '"text":"text":'):
        (article,) = read(json.dumps({"text": text, "meta": {"title": text}}).encode())
        assert article.text == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
)
def test_strict_parsing_reads_what_json_reads(value: Any, separators: tuple[str, str]) -> None:
    try:
        line = json.dumps({"v": value}, separators=separators).encode()
        orjson.dumps(value)
    except (UnicodeEncodeError, orjson.JSONEncodeError):
        return
    assert strict.parse(line, Place("a", 1)) == {"v": value}


@given(st.dictionaries(st.text(max_size=5), st.text(), min_size=1), st.booleans())
def test_a_key_that_stands_twice_is_always_found(fields: dict[str, str], wide: bool) -> None:
    pairs = [*fields.items(), next(iter(fields.items()))]
    try:
        gap = " " if wide else ""
        parts = [f"{json.dumps(k)}{gap}:{gap}{json.dumps(v)}".encode() for k, v in pairs]
        orjson.dumps(fields)
    except (UnicodeEncodeError, orjson.JSONEncodeError):
        return
    with pytest.raises(Invalid):
        strict.parse(b"{" + b",".join(parts) + b"}", Place("a", 1))


# ------------------------------------------------------------------------------ whole projects


def test_a_whole_project_without_its_last_line_was_cut_off() -> None:
    line = b'{"schema":"annotator.project/1","title":"T","tags":[]}\n'
    with pytest.raises(Invalid, match="cut off"):
        list(project.read(io.BytesIO(line), "p.jsonl"))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (b'{"schema":"annotator.end/1","records":2,"sha256":"%s"}', "Lines are missing"),
        (b'{"schema":"annotator.end/1","records":1,"sha256":"00"}', "changed after it was"),
    ],
)
def test_the_last_line_must_fit_the_lines_before_it(end: bytes, said: str) -> None:
    line = b'{"schema":"annotator.project/1","title":"T","tags":[]}\n'
    with pytest.raises(Invalid, match=said):
        list(project.read(io.BytesIO(line + end), "p.jsonl"))


def test_a_record_of_no_known_kind_is_refused() -> None:
    with pytest.raises(Invalid, match=r"schema: “annotator\.dream/1” is no kind of record"):
        list(project.read(io.BytesIO(b'{"schema":"annotator.dream/1"}'), "p.jsonl"))


# ------------------------------------------------------------------------------ telling them apart


@pytest.mark.parametrize(
    ("file", "head", "name"),
    [
        ("a.txt", b"{", "text"),
        ("a.TXT", b"", "text"),
        ("a.jsonl", b'{"text":', "jsonl"),
        ("data", b' {"schema":"annotator.article/1"', "jsonl"),
        ("data", b'\xef\xbb\xbf{"schema": "annotator.event/1"', "project"),
        ("data", b'{"schema":"annotator.project/1","title"', "project"),
        ("empty.jsonl", b"", "jsonl"),
    ],
)
def test_the_first_line_tells_the_format(file: str, head: bytes, name: str) -> None:
    assert detect(file, head) == name


def test_a_file_of_no_known_format_is_refused() -> None:
    with pytest.raises(Invalid, match=r"page\.html: this is none of the formats"):
        detect("page.html", b"<html>")
