"""Plain text: how bytes become an article, and when they are refused."""

import io

import pytest

from annotator.domain.errors import Invalid
from annotator.formats import text
from annotator.formats.records import ArticleRecord


def read(data: bytes, name: str = "news.txt") -> ArticleRecord:
    (article,) = text.read(io.BytesIO(data), name)
    return article


def test_a_date_before_the_text_becomes_metadata() -> None:
    article = read(" date 2025-11-13 Встречу надо рассматривать так.\n\nВторой абзац.".encode())
    assert article.text == "Встречу надо рассматривать так.\n\nВторой абзац."
    assert article.meta.published == "2025-11-13"
    assert article.meta.sources["published"] == "in_text"
    assert [(c.kind, c.count) for c in article.changes] == [("date_header", 1)]
    assert article.original is not None


def test_a_sentence_that_only_begins_like_a_date_stays() -> None:
    for words in ("date 2025-13-40 is none.", "date night in Astana.", "update 2025-11-13 x"):
        assert read(words.encode()).text == words


def test_the_title_is_the_first_sentence_cut_at_a_word() -> None:
    assert read("Коротко и ясно. Потом ещё.".encode()).meta.title == "Коротко и ясно"
    title = read(("Очень длинное предложение " * 20).encode()).meta.title
    assert title is not None
    assert len(title) <= 120
    assert title.endswith(("длинное…", "предложение…", "Очень…"))


def test_clean_utf8_needs_no_original() -> None:
    article = read("Просто текст.".encode())
    assert (article.changes, article.original) == ((), None)


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (b"\xef\xbb\xbfText.", {"bom": 1}),
        (b"One.\r\nTwo.\r\n", {"crlf": 2}),
        (b"One.\rTwo.", {"cr": 1}),
        (b"a\x00b\x01c", {"nul": 1, "control": 1}),
        ("Текст.".encode("utf-16"), {}),
    ],
)
def test_what_a_page_or_a_database_would_change_is_taken_out_and_told(
    data: bytes, kinds: dict[str, int]
) -> None:
    article = read(data)
    assert {c.kind: c.count for c in article.changes} == kinds
    assert article.original == data
    assert article.text is not None
    assert not set("\r\0\x01\ufeff") & set(article.text)


def test_bytes_that_are_no_utf8_are_refused_with_their_place() -> None:
    with pytest.raises(Invalid, match=r"news\.txt: byte 3 is not UTF-8"):
        read("Да".encode()[:2] + "Да".encode("cp1251"))


@pytest.mark.parametrize("data", [b"", b"  \n\t ", b"\xef\xbb\xbf", b" date 2025-11-13 "])
def test_a_file_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="holds no text"):
        read(data)


def test_only_the_file_name_is_kept_of_a_path() -> None:
    assert read(b"x", "C:\\news\\a.txt").meta.source_file == "a.txt"
