"""The demo project: what the seeds hold, and that they come in whole."""

import hashlib
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from annotator import paths
from annotator.domain.codebook import check_attributes
from annotator.domain.dates import PartialDate, earlier
from annotator.models import (
    Annotation,
    Article,
    Author,
    Coverage,
    Event,
    EventLink,
    Original,
    Project,
    Relation,
    User,
)
from annotator.services import check, codebook, demo

SEEDS = {
    "000_72360f42ea55f008.txt": "ae0dad78a02b145fdc8cec4215374eecf12384814093a6b86e02134e4a92fd1f",
    "001_288f6ade84012aa2.txt": "313957a1325ae189a5aeb9986cd182d374bf1fa4306dba26cd60c1b87c587963",
    "002_ce120a2a89bd83ca.txt": "e7f24e190cded953fc5992a23e3af99a4bbf409ce44a9358c861f0a0b627f8c5",
    "003_ee396423d75f48a3.txt": "a109e1b08992ca84d9d710a64270490e79ec03056175b51e9d53a6b2ae1569db",
    "004_49dc9bd42e4638db.txt": "61aef2fb716de74a8403af56804d7e2cf9a2d0a8ed1de3b089e68c4699c48efd",
}


@pytest.fixture
def project(db: Session) -> Project:
    return demo.load(db)


def test_the_articles_are_there_byte_for_byte(db: Session, project: Project) -> None:
    for name, digest in SEEDS.items():
        data = (paths.seeds() / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        kept = db.get(Original, digest)
        article = db.execute(select(Article).where(Article.source_sha256 == digest)).scalar_one()
        assert (kept.content if kept else article.text.encode()) == data


def test_what_is_known_of_the_articles_has_a_source(db: Session, project: Project) -> None:
    authors = dict(db.execute(select(Author.id, Author.name)).all())  # type: ignore[arg-type]
    rows = db.execute(select(Article).order_by(Article.position)).scalars().all()
    assert [(authors.get(a.author_id or ""), a.outlet, a.published) for a in rows] == [
        (None, None, "2025-11-13"),
        (None, None, "2025-11-12"),
        ("Владимир Кузнецов", None, "2025-11-06/2025-11-10"),
        ("Александр Константинов", "RTVI", "2025-11-17"),
        (None, None, "2023-11"),
    ]
    for article in rows:
        given = {"title", "published", "language"}
        given |= {"author"} if article.author_id else set()
        given |= {"outlet"} if article.outlet else set()
        assert set(article.sources) == given
        assert set(article.sources.values()) <= {"in_text", "inferred", "external"}
        assert not article.text.lstrip().startswith("date ")
        assert len(article.title) <= 120


def test_two_people_marked_passages_that_are_their_slices(db: Session, project: Project) -> None:
    counts = db.execute(
        select(User.name, func.count())
        .join(Annotation, Annotation.annotator_id == User.id)  # type: ignore[arg-type]
        .group_by(User.name)
    ).all()
    assert dict(counts) == {"sample-a": 352, "sample-b": 302}  # type: ignore[arg-type]
    texts = dict(db.execute(select(Article.id, Article.text)).all())  # type: ignore[arg-type]
    for row in db.execute(select(Annotation)).scalars():
        assert texts[row.article_id][row.start : row.end] == row.text
    assert list(check.project(db, project)) == []


def test_attributes_are_what_the_codebook_asks_for(db: Session, project: Project) -> None:
    book = codebook.load(db, project)
    for row in db.execute(select(Annotation)).scalars():
        tag = book.by_id[row.tag_id].definition
        assert check_attributes(tag, row.attributes) == row.attributes


def test_events_passages_relations_and_silences_are_all_there(
    db: Session, project: Project
) -> None:
    assert db.execute(select(func.count()).select_from(Event)).scalar() == 33
    assert db.execute(select(func.count()).select_from(Relation)).scalar() == 68
    linked = db.execute(
        select(EventLink.event_id, Annotation.article_id, Annotation.start, Annotation.end)
        .join(Annotation, Annotation.id == EventLink.annotation_id)  # type: ignore[arg-type]
        .distinct()
    ).all()
    assert len(linked) == 164
    states = Counter(db.execute(select(Coverage.state)).scalars())
    assert states == {"silent": 41}


def test_the_rest_of_the_empty_cells_are_older_than_the_event(
    db: Session, project: Project
) -> None:
    covered = set(
        db.execute(
            select(EventLink.event_id, Annotation.article_id).join(
                Annotation,
                Annotation.id == EventLink.annotation_id,  # type: ignore[arg-type]
            )
        ).all()
    )
    silent = set(db.execute(select(Coverage.event_id, Coverage.article_id)).all())
    older = Counter[str]()
    for event in db.execute(select(Event)).scalars():
        when = PartialDate.between(event.date, event.date_end) if event.date else None
        for article in db.execute(select(Article)).scalars():
            cell = (event.id, article.id)
            before = earlier(PartialDate.parse(article.published or ""), when)
            assert ((cell in covered) + (cell in silent)) + before == 1 or cell in covered
            if before and cell not in covered:
                older[str(article.source_file)[:3]] += 1
    assert older == {"002": 8, "004": 12}


def test_two_authors_contradict_each_other_on_who_met_the_guest(
    db: Session, project: Project
) -> None:
    airport = db.execute(select(Event).where(Event.title == "Кто встречал Токаева")).scalar_one()
    assert airport.kind == "fact"
    relation = db.execute(select(Relation).where(Relation.event_id == airport.id)).scalar_one()
    assert (relation.kind, relation.verdict) == ("contradicts", "open")
    files = []
    for end in (relation.from_id, relation.to_id):
        passage = db.get(Annotation, end)
        assert passage is not None
        article = db.get(Article, passage.article_id)
        assert article is not None
        files.append(str(article.source_file)[:3])
    assert files == ["001", "003"]


def test_the_sample_people_cannot_sign_in(db: Session, project: Project) -> None:
    people = db.execute(select(User)).scalars().all()
    assert {p.name for p in people} == {"sample-a", "sample-b"}
    assert not any(p.is_active or p.password_hash for p in people)


def test_loading_twice_changes_nothing(db: Session, project: Project) -> None:
    before = db.execute(select(func.count()).select_from(Annotation)).scalar()
    assert demo.load(db).id == project.id
    assert db.execute(select(func.count()).select_from(Annotation)).scalar() == before
