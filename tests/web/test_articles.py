"""The list of a project's articles, new ones, and what is said about each."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from annotator.models import Article, Author, Change, Progress
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_project

Client = Callable[[str], FlaskClient]

LIST = "/projects/visit/"
NEW = "/projects/visit/articles/new"


def titles(page: Any) -> list[str]:
    soup = BeautifulSoup(page.get_data(as_text=True), "html5lib")
    return [cell.a.get_text() for cell in soup.select("table.articles td.main")]


@pytest.fixture
def shelf(db: Session, stage: Stage) -> list[Article]:
    """Three articles: Ёлкин's, Anna's with annotations, and one that nobody signed."""
    made = [
        make_article(db, stage.project, title="Яблоко раздора", author="Пётр Ёлкин",
                     outlet="Вести", published="2025-11-13", words=30),
        make_article(db, stage.project, title="арбуз", author="Anna Schmidt",
                     outlet="RTVI", published="2025-11", words=10),
        make_article(db, stage.project, title="Банан", published=None, words=20),
    ]  # fmt: skip
    make_annotation(db, made[1], stage.alice, "Президент")
    make_annotation(db, made[1], stage.bob, "Москву", "quote")
    make_annotation(db, made[1], stage.bob, "вечером", deleted_at=made[1].created_at)
    for user, state in ((stage.alice, "done"), (stage.rita, "in_progress")):
        db.add(Progress(article_id=made[0].id, user_id=user.id, state=state,
                        updated_at=made[0].created_at))  # fmt: skip
    db.commit()
    return made


def test_a_row_says_what_one_wants_to_know(client_of: Client, shelf: list[Article]) -> None:
    soup = BeautifulSoup(client_of("alice").get(LIST).text, "html5lib")
    rows = [" ".join(row.get_text(" ").split()) for row in soup.select("tbody tr")]
    assert "Пётр Ёлкин Вести" in rows[0]
    assert "November 13, 2025" in rows[0]
    assert "me: done done: 1 of 4" in rows[0]
    assert "C 1 Q 1" in rows[1]
    assert "Alice, Bob" in rows[1]
    assert "me: in progress" in rows[1]
    assert rows[1].endswith("Go on : арбуз")
    assert "not named" in rows[2]
    assert "not known" in rows[2]
    assert rows[2].endswith("Start : Банан")
    bar = soup.select_one("svg.bar")
    assert bar is not None
    assert bar["aria-label"] == "Claim: 1, Quote: 1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "Яаб"),
        ("dir=desc", "баЯ"),
        ("sort=title", "абЯ"),
        ("sort=title&dir=desc", "Яба"),
        ("sort=author", "аЯб"),
        ("sort=date&dir=desc", "Яаб"),
        ("sort=words", "абЯ"),
        ("sort=annotations&dir=desc", "аЯб"),
        ("sort=nonsense&page=99", "Яаб"),
        ("q=ЕЛКИН", "Я"),
        ("q=schmidt rtvi", "а"),
        ("q=нет такого", ""),
        ("author=none", "б"),
        ("outlet=RTVI", "а"),
        ("state=done", "Я"),
        ("state=in_progress", "а"),
        ("state=new", "б"),
    ],
)
def test_the_address_says_what_is_shown_and_in_which_order(
    query: str, expected: str, client_of: Client, shelf: list[Article]
) -> None:
    shown = titles(client_of("alice").get(f"{LIST}?{query}"))
    assert [title[0].lower() for title in shown] == list(expected.lower())


def test_what_hides_everything_offers_a_way_back(client_of: Client, shelf: list[Article]) -> None:
    page = client_of("alice").get(f"{LIST}?q=нет").text
    assert "No article fits" in page
    assert "Show all" in page


def test_a_long_list_comes_in_pages_and_keeps_its_filters(
    client_of: Client, db: Session, stage: Stage
) -> None:
    for number in range(60):
        make_article(db, stage.project, title=f"Заметка {number:02}")
    db.commit()
    client = client_of("vera")
    first = client.get(f"{LIST}?q=заметка&sort=title")
    assert len(titles(first)) == 50
    assert "Page 1 of 2" in first.text
    following = BeautifulSoup(first.text, "html5lib").select_one("a[rel=next]")
    assert following is not None
    second = client.get(str(following["href"]))
    assert titles(second) == [f"Заметка {number}" for number in range(50, 60)]


def test_the_list_asks_as_much_for_many_articles_as_for_few(
    client_of: Client, db: Session, stage: Stage, shelf: list[Article], statements: Any
) -> None:
    client = client_of("rita")
    client.get(LIST)
    with statements() as few:
        client.get(LIST)
    for number in range(20):
        article = make_article(db, stage.project, author=f"Автор {number}")
        make_annotation(db, article, stage.alice, "Президент")
    db.commit()
    with statements() as many:
        client.get(LIST)
    assert len(many) == len(few)
    assert not any("article.text," in statement for statement in many)


def test_an_empty_project_says_what_to_do(client_of: Client) -> None:
    assert "Add articles" in client_of("lena").get(LIST).text
    viewer = client_of("vera").get(LIST).text
    assert "Add articles" not in viewer
    assert "A manager of the project adds them" in viewer


# ------------------------------------------------------------------------ coming in


def send(client: FlaskClient, *files: tuple[str, bytes]) -> Any:
    sent = [(BytesIO(content), name) for name, content in files]
    response = client.post(NEW, data={"files": sent}, content_type="multipart/form-data")
    for content, _ in sent:
        content.close()
    return response


def test_files_are_stored_and_the_report_says_what_was_changed(
    client_of: Client, db: Session, stage: Stage
) -> None:
    line = {
        "text": "Президент прилетел в Москву.",
        "meta": {"title": "Визит", "author": "Анна"},
        "spans": [{"start": 0, "end": 9, "label": "claim", "text": "Президент"}],
    }
    response = send(
        client_of("lena"),
        ("plain.txt", "\ufeffПервая строка.\r\nВторая\0 строка.".encode()),
        ("marked.jsonl", json.dumps(line, ensure_ascii=False).encode()),
    )
    assert response.status_code == 200
    page = response.text
    assert "All 2 files are in the project" in page
    assert "A byte order mark was taken out." in page
    assert "Line ends were written as one character" in page
    assert "Characters with the code 0 were taken out." in page
    assert "1 annotation" in page
    stored = db.execute(select(Article).order_by(col(Article.position))).scalars().all()
    assert [article.text for article in stored] == [
        "Первая строка.\nВторая строка.",
        "Президент прилетел в Москву.",
    ]
    assert stored[0].source_file == "plain.txt"


def test_a_bad_file_is_left_alone_as_a_whole_and_the_others_come_in(
    client_of: Client, db: Session, stage: Stage
) -> None:
    good = json.dumps({"text": "Хорошо."}, ensure_ascii=False)
    bad = json.dumps({"text": "Плохо.", "spans": [{"start": 0, "end": 99, "label": "claim"}]})
    response = send(
        client_of("lena"),
        ("bad.jsonl", f"{good}\n{bad}\n".encode()),
        ("good.txt", "Другая статья.".encode()),
        ("latin.txt", b"caf\xe9"),
        ("empty.txt", b""),
        ("picture.png", b"\x89PNG\r\n\x1a\n"),
    )
    assert response.status_code == 200
    assert "1 of 5 files are in the project" in response.text
    assert "line 2" in response.text
    assert "Save the file as UTF-8" in response.text
    texts = db.execute(select(Article.text)).scalars().all()  # type: ignore[call-overload]
    assert texts == ["Другая статья."]


def test_when_no_file_is_good_nothing_is_stored(client_of: Client, db: Session) -> None:
    response = send(client_of("lena"), ("bad.jsonl", b"{"))
    assert response.status_code == 422
    assert "Nothing was stored" in response.text
    assert db.execute(select(Article)).first() is None


def test_the_same_file_twice_is_one_article(client_of: Client, db: Session) -> None:
    lena = client_of("lena")
    for _ in range(2):
        response = send(lena, ("one.txt", "Одна статья.".encode()))
        assert response.status_code == 200
    assert "Here already:" in response.text
    assert len(db.execute(select(Article)).all()) == 1


def test_a_pasted_text_is_kept_to_the_character(client_of: Client, db: Session) -> None:
    text = "  Первый абзац 😀.\r\n\r\nВторой, с\u00a0пробелом и и\u0306.\r\n"
    response = client_of("lena").post(
        NEW,
        data={"text": text, "title": "Заметка", "author": "Анна", "published": "2025-11"},
    )
    assert response.status_code == 200
    assert "Line ends" not in response.text
    article = db.execute(select(Article)).scalar_one()
    assert article.text == text.replace("\r\n", "\n")
    assert (article.title, article.published) == ("Заметка", "2025-11")
    assert db.execute(select(Author.name)).scalar_one() == "Анна"  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "files"),
        ({"text": "Текст.", "published": "вчера"}, "published"),
        ({"text": "Текст.", "language": "russian"}, "language"),
        ({"text": "Текст.", "title": "x" * 301}, "title"),
    ],
)
def test_what_is_wrong_with_a_pasted_text_stands_beside_its_field(
    form: dict[str, str], field: str, client_of: Client
) -> None:
    response = client_of("lena").post(NEW, data=form)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert form.get("text", "") in response.text


def test_names_of_files_are_only_names(client_of: Client, db: Session) -> None:
    send(client_of("lena"), ("..\\..\\etc/pass\u202ewd\x07.txt", "Текст.".encode()))
    assert db.execute(select(Article.source_file)).scalar_one() == "passwd.txt"  # type: ignore[call-overload]


# ------------------------------------------------------------------------ metadata


def edit(client: FlaskClient, article: Article, **fields: str) -> Any:
    form = {"title": article.title, "version": "1", "published": "2025-11-13", "language": "ru"}
    return client.post(f"/projects/visit/articles/{article.id}/edit", data={**form, **fields})


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    made = make_article(db, stage.project, author="Анна")
    db.commit()
    return made


def test_a_manager_corrects_metadata_and_the_log_knows(
    client_of: Client, db: Session, article: Article
) -> None:
    before = article.text
    response = edit(client_of("lena"), article, author="Анна Иванова", outlet="RTVI",
                    published="2025", published_source="inferred", url="https://x.example/1",
                    text="другой текст")  # fmt: skip
    assert response.status_code == 303
    db.expire_all()
    assert article.version == 2
    assert article.text == before
    assert (article.outlet, article.published, article.url) == (
        "RTVI", "2025", "https://x.example/1")  # fmt: skip
    assert article.sources["published"] == "inferred"
    assert article.sources["outlet"] == "given"
    change = db.execute(select(Change).where(col(Change.noun_id) == article.id)).scalar_one()
    assert change.before["author"] == "Анна"
    assert change.after["author"] == "Анна Иванова"


def test_an_author_can_become_not_named(client_of: Client, db: Session, article: Article) -> None:
    edit(client_of("lena"), article, author="")
    db.expire_all()
    assert article.author_id is None


def test_a_stale_form_is_refused_and_shows_both_versions(
    client_of: Client, db: Session, article: Article
) -> None:
    edit(client_of("ada"), article, title="Первая правка")
    stale = edit(client_of("lena"), article, title="Вторая правка")
    assert stale.status_code == 409
    soup = BeautifulSoup(stale.text, "html5lib")
    changed = [mark.get_text() for mark in soup.select(".stale .changed")]
    assert "Вторая правка" in changed
    assert "Первая правка" in changed
    db.expire_all()
    assert article.title == "Первая правка"
    version = soup.select_one("input[name=version]")
    assert version is not None
    again = edit(client_of("lena"), article, title="Вторая правка", version=str(version["value"]))
    assert again.status_code == 303


def test_saving_what_is_there_changes_nothing(
    client_of: Client, db: Session, article: Article
) -> None:
    assert edit(client_of("lena"), article, author="Анна").status_code == 303
    db.expire_all()
    assert article.version == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("published", "13.11.2025"),
        ("published", "2025-02-30"),
        ("published_source", "guess"),
        ("language", "русский"),
        ("url", "javascript:alert(1)"),
        ("version", "x"),
    ],
)
def test_metadata_that_make_no_sense_are_refused(
    field: str, value: str, client_of: Client, db: Session, article: Article
) -> None:
    response = edit(client_of("lena"), article, **{field: value})
    assert response.status_code == 422
    db.expire_all()
    assert article.version == 1


def test_the_same_name_in_two_projects_is_two_authors(
    client_of: Client, db: Session, stage: Stage, article: Article
) -> None:
    other = make_article(db, make_project(db, "other"), author="Борис")
    db.commit()
    edit(client_of("lena"), article, author="Борис")
    db.expire_all()
    assert article.author_id not in (None, other.author_id)
