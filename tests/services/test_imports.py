"""Import: all or nothing, nothing lost in silence, nothing twice."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import event, select
from sqlmodel import Session

from annotator.db import Database
from annotator.domain.errors import Invalid
from annotator.domain.text import sha256
from annotator.ids import new_id
from annotator.models import Annotation, Article, Change, Event, EventLink, Original, Review, User
from annotator.services import bulk, codebook, log, projects
from annotator.services.imports import Report, SourceFile, import_files
from tests.conftest import Stage
from tests.factories import TEXT, make_annotation, make_article, make_event, make_project

ACTOR = log.PROGRAM


def source(*lines: dict[str, Any], name: str = "a.jsonl") -> SourceFile:
    return SourceFile.from_bytes(name, b"".join(orjson.dumps(line) + b"\n" for line in lines))


def take(db: Session, stage: Stage, *lines: dict[str, Any], **options: Any) -> Report:
    """Import the lines as one file into the stage's project."""
    options.setdefault("actor", ACTOR)
    (report,) = import_files(db, project=stage.project, files=[source(*lines)], **options)
    return report


def span(start: int, end: int, text: str = TEXT, **fields: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": "claim", "text": text[start:end], **fields}


def article(*spans: dict[str, Any], text: str = TEXT, **fields: Any) -> dict[str, Any]:
    return {"text": text, "spans": list(spans), **fields}


def annotations(db: Session) -> list[Annotation]:
    return list(db.execute(select(Annotation).order_by(Annotation.start)).scalars())


# ------------------------------------------------------------------------------ texts


def test_a_text_is_cleaned_once_and_its_bytes_are_kept(db: Session, stage: Stage) -> None:
    data = b"\xef\xbb\xbf date 2025-11-13 One.\r\nTwo.\x00"
    files = [SourceFile.from_bytes("one.txt", data)]
    (report,) = import_files(db, project=stage.project, files=files, actor=ACTOR)
    row = db.execute(select(Article)).scalar_one()
    assert row.text == "One.\nTwo."
    assert row.text_sha256 == sha256(row.text)
    assert (row.length, row.words, row.position, row.published) == (9, 2, 1, "2025-11-13")
    assert report.changes == {"date_header": 1, "crlf": 1, "nul": 1}
    kept = db.execute(select(Original)).scalar_one()
    assert (kept.sha256, kept.content) == (row.source_sha256, data)


def test_offsets_move_with_what_is_taken_out_of_a_text(db: Session, stage: Stage) -> None:
    raw = "\ufeffOne\r\ntwo\x00 three\r\nfour"
    made = [span(raw.index(w), raw.index(w) + len(w), raw) for w in ("One", "two", "three", "four")]
    take(db, stage, article(*made, span(1, 9, raw), text=raw))
    text = db.execute(select(Article.text)).scalar_one()
    assert text == "One\ntwo three\nfour"
    found = annotations(db)
    assert sorted(a.text for a in found) == ["One", "One\ntwo", "four", "three", "two"]
    assert all(a.text == text[a.start : a.end] for a in found)


def test_a_passage_of_nothing_but_removed_characters_is_refused(db: Session, stage: Stage) -> None:
    with pytest.raises(Invalid, match="nothing but characters that cannot be kept"):
        take(db, stage, article(span(1, 2, "a\0b"), text="a\0b"))


def test_metadata_come_with_their_sources(db: Session, stage: Stage) -> None:
    meta = {
        "title": "  Один   заголовок ",
        "author": "Мария Петрова",
        "outlet": "Газета",
        "published": "2025-11",
        "published_precision": "month",
        "published_source": "inferred",
        "author_source": "external",
        "language": "ru",
        "url": "https://example.org/1",
        "source_file": "one.txt",
    }
    take(db, stage, article(meta=meta), article(meta={"author": "Мария Петрова"}, text="Другой."))
    first, second = db.execute(select(Article).order_by(Article.position)).scalars()
    assert first.title == "Один заголовок"
    assert first.author_id == second.author_id is not None
    assert first.sources == {"published": "inferred", "author": "external"}
    assert second.title == "Другой"
    assert second.sources == {"title": "inferred"}


# ------------------------------------------------------------------------------ the same again


def test_the_same_file_again_changes_nothing(db: Session, stage: Stage) -> None:
    line = article(span(0, 9), span(0, 9, label="quote"), meta={"source_file": "one.txt"})
    first, second = take(db, stage, line), take(db, stage, line)
    assert (first.created["articles"], first.created["annotations"]) == (1, 2)
    assert (second.skipped["articles"], second.skipped["annotations"]) == (1, 2)
    assert len(annotations(db)) == 2


def test_a_layer_finds_its_article_by_source_file_alone(db: Session, stage: Stage) -> None:
    make_article(db, stage.project, source_file="one.txt")
    take(db, stage, {"meta": {"source_file": "one.txt"}, "spans": [span(0, 9)]})
    (found,) = annotations(db)
    assert found.text == TEXT[:9]


def test_a_layer_for_two_articles_of_one_file_asks_which(db: Session, stage: Stage) -> None:
    for text in ("Первый.", "Второй."):
        make_article(db, stage.project, text, source_file="one.txt")
    with pytest.raises(Invalid, match=r"2 articles came from this file"):
        take(db, stage, {"meta": {"source_file": "one.txt"}, "spans": []})


def test_a_layer_for_another_text_is_refused(db: Session, stage: Stage) -> None:
    make_article(db, stage.project, source_file="one.txt")
    line = {"meta": {"source_file": "one.txt"}, "text_sha256": sha256("other"), "spans": []}
    with pytest.raises(Invalid, match="made for another text"):
        take(db, stage, line)


def test_a_text_never_changes_under_its_id(db: Session, stage: Stage) -> None:
    row = make_article(db, stage.project)
    with pytest.raises(Invalid, match="is here already with another text"):
        take(db, stage, article(text="Другой текст.", id=row.id))


def test_a_passage_never_changes_under_its_id(db: Session, stage: Stage) -> None:
    row = make_annotation(db, make_article(db, stage.project), stage.alice, "Президент")
    same = span(0, 9, id=row.id, annotator="alice")
    assert take(db, stage, article(same, id=row.article_id)).skipped["annotations"] == 1
    with pytest.raises(Invalid, match=rf"{row.id} is here already with other content"):
        take(db, stage, article(same | {"note": "new"}, id=row.article_id))


def test_a_passage_that_was_deleted_here_stays_deleted(db: Session, stage: Stage) -> None:
    row = make_annotation(db, make_article(db, stage.project), stage.alice, "Президент")
    row.deleted_at = row.created_at
    db.flush()
    report = take(db, stage, article(span(0, 9, id=row.id, annotator="alice"), id=row.article_id))
    assert "was deleted here and stays deleted" in str(report.warnings[0])


def test_one_passage_twice_in_a_file_is_refused(db: Session, stage: Stage) -> None:
    with pytest.raises(Invalid, match=r"spans\[1\]\.id: the passage “Президент” stands twice"):
        take(db, stage, article(span(0, 9), span(0, 9)))


def test_two_projects_can_take_the_same_file(db: Session, stage: Stage) -> None:
    line = article(span(0, 9, id=new_id(), events=[new_id()]), id=new_id())
    other = make_project(db, "other")
    for _ in range(2):
        for project in (stage.project, other):
            import_files(db, project=project, files=[source(line)], actor=ACTOR)
    found = annotations(db)
    assert {a.project_id for a in found} == {stage.project.id, other.id}
    assert len(found) == 2
    assert {a.id for a in found} > {line["spans"][0]["id"]}


# --------------------------------------------------------------------------- people, tags, events


def test_passages_of_nobody_belong_to_who_imports(db: Session, stage: Stage) -> None:
    take(db, stage, article(span(0, 9)), actor=log.Actor(user_id=stage.lena.id))
    take(db, stage, article(span(0, 8)), annotator="bob")
    take(db, stage, article(span(0, 7)))
    names = dict(db.execute(select(User.id, User.name)).all())  # type: ignore[arg-type]
    assert {a.end: names[a.annotator_id] for a in annotations(db)} == {
        9: "lena",
        8: "bob",
        7: "import",
    }


def test_a_stranger_in_a_file_becomes_a_user_who_cannot_sign_in(db: Session, stage: Stage) -> None:
    report = take(db, stage, article(span(0, 9, annotator="Зоя")))
    zoya = db.execute(select(User).where(User.name == "Зоя")).scalar_one()
    assert (zoya.is_active, zoya.is_admin, zoya.password_hash) == (False, False, None)
    assert report.created["users"] == 1


def test_an_unknown_label_becomes_a_tag_under_a_new_codebook(db: Session, stage: Stage) -> None:
    report = take(db, stage, article(span(0, 9, label="ORG"), span(0, 9, label="Лицо")))
    book = codebook.load(db, stage.project)
    assert [tag.name for tag in book.tags][-2:] == ["ORG", "Лицо"]
    assert book.version == stage.project.codebook_version == 2
    assert "ORG, Лицо" in str(report.warnings[0])
    assert {a.codebook_version for a in annotations(db)} == {2}


def test_an_unknown_event_gets_a_place_and_is_filled_later(db: Session, stage: Stage) -> None:
    event_id = new_id()
    take(db, stage, article(span(0, 9, events=[event_id])))
    made = db.get(Event, event_id)
    assert made is not None
    assert made.title == f"Event {event_id}: only its id is known"
    described = {"schema": "annotator.event/1", "id": event_id, "title": "Визит", "kind": "event"}
    report = take(db, stage, described | {"date": "2025-11-11"})
    db.refresh(made)
    assert (made.title, made.date) == ("Визит", "2025-11-11")
    assert report.updated["events"] == 1
    assert take(db, stage, described | {"date": "2025-11-11"}).skipped["events"] == 1
    with pytest.raises(Invalid, match="“Визит” is here already with other content"):
        take(db, stage, described | {"title": "Другой визит"})
    assert db.execute(select(EventLink)).scalar_one().event_id == event_id


def test_relations_and_coverage_need_what_they_point_at(db: Session, stage: Stage) -> None:
    row = make_article(db, stage.project)
    first = make_annotation(db, row, stage.alice, "Президент")
    second = make_annotation(db, row, stage.alice, "Москву")
    made = make_event(db, stage.project)
    relation = {"schema": "annotator.relation/1", "id": new_id(), "kind": "agrees"}
    relation |= {"event": made.id, "from": first.id, "to": second.id}
    report = take(db, stage, relation)
    assert report.created["relations"] == 1
    assert take(db, stage, relation).skipped["relations"] == 1
    with pytest.raises(Invalid, match="line 1, to: there is no passage"):
        take(db, stage, relation | {"id": new_id(), "to": new_id()})
    with pytest.raises(Invalid, match="line 1, event: there is no event"):
        take(db, stage, relation | {"id": new_id(), "event": new_id()})
    cell = {"schema": "annotator.coverage/1", "event": made.id, "article": row.id}
    assert take(db, stage, cell | {"state": "silent"}).created["coverage"] == 1
    with pytest.raises(Invalid, match="is here already with other content"):
        take(db, stage, cell | {"state": "covered"})
    with pytest.raises(Invalid, match="there is no article"):
        take(db, stage, cell | {"article": new_id(), "state": "silent"})


# ------------------------------------------------------------------------------ verdicts


def test_a_status_without_a_verdict_gets_one_of_the_importer(db: Session, stage: Stage) -> None:
    line = article(span(0, 9, status="accepted"), span(0, 8, status="rejected"))
    report = take(db, stage, line, actor=log.Actor(user_id=stage.rita.id))
    verdicts = db.execute(select(Review.reviewer_id, Review.verdict)).all()
    assert sorted(verdicts) == [(stage.rita.id, "accepted"), (stage.rita.id, "rejected")]
    assert "got a verdict of the importer" in str(report.warnings[0])


def test_the_verdicts_decide_and_a_status_that_differs_is_told(db: Session, stage: Stage) -> None:
    reviews = [{"by": "rita", "verdict": "rejected", "reason": "нет", "at": "2025-11-22T10:00:00Z"}]
    report = take(db, stage, article(span(0, 9, status="accepted", reviews=reviews)))
    assert "the file says “accepted”, but the verdicts in it make it “rejected”" in str(
        report.warnings[0]
    )
    assert db.execute(select(Review.created_at)).scalar_one() == "2025-11-22T10:00:00.000000Z"


def test_a_draft_stays_a_draft(db: Session, stage: Stage) -> None:
    take(db, stage, article(span(0, 9, status="draft"), span(0, 8)))
    assert {a.end: a.state for a in annotations(db)} == {9: "draft", 8: "submitted"}


def test_what_the_codebook_does_not_know_is_kept_and_told(db: Session, stage: Stage) -> None:
    attributes = {"mood": "dark", "modality": "asserted"}
    report = take(db, stage, article(span(0, 9, attributes=attributes)))
    assert annotations(db)[0].attributes == attributes
    assert "spans[0]: kept as it is, though: The tag “claim” has no attribute “mood”" in str(
        report.warnings[0]
    )


def test_comments_are_not_lost_in_silence(db: Session, stage: Stage) -> None:
    report = take(db, stage, article(span(0, 9, comments=[{"text": "?"}, {"text": "!"}])))
    assert "2 were left out" in str(report.warnings[0])


# ------------------------------------------------------------------------------ the log


def test_an_import_is_one_change_for_each_article(db: Session, stage: Stage) -> None:
    take(db, stage, article(span(0, 9, annotator="bob"), span(0, 8, annotator="bob")))
    change = db.execute(select(Change).where(Change.noun == "article")).scalar_one()
    assert (change.action, change.after) == ("import", {"annotations": 2, "annotator": "bob"})
    assert change.article_id == change.noun_id


# ------------------------------------------------------------------------------ all or nothing


def test_a_file_that_is_bad_at_its_end_leaves_nothing_behind(
    database: Database, db: Session, stage: Stage
) -> None:
    lines = [article(span(0, 9, annotator="nobody yet"), text=f"{TEXT} {n}") for n in range(300)]
    bad = [
        (
            article({"start": 0, "end": 9, "label": "claim", "text": "Other"}),
            "“Президент”.*“Other”",
        ),
        (article({"start": 0, "end": 9_999, "label": "claim"}), "ends at 9999, but the text has"),
        ({"meta": {"source_file": "unknown.txt"}, "spans": []}, "no article that it could mean"),
        (article(text=" \n "), "has no text"),
        (article() | {"text_sha256": "0" * 64}, "hash does not fit"),
    ]
    for line, said in bad:
        with (
            pytest.raises(Invalid, match=f"a.jsonl, line 301, .*{said}"),
            database.writing() as other,
        ):
            import_files(other, project=stage.project, files=[source(*lines, line)], actor=ACTOR)
    with database.reading() as other:
        for model in (Article, Annotation, Change):
            assert other.execute(select(model)).first() is None
        assert not other.execute(select(User).where(User.name == "nobody yet")).first()


@contextmanager
def counted(db: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def note_query(statement: str) -> None:
        # What goes straight to the driver; a row of an executemany is no statement of its own.
        if statement.startswith("SELECT"):
            seen.append(statement)

    engine, driver = db.get_bind().engine, bulk.driver(db)
    event.listen(engine, "before_cursor_execute", note)
    if not bulk.is_postgres(db):
        driver.set_trace_callback(note_query)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
        if not bulk.is_postgres(db):
            driver.set_trace_callback(None)


def test_statements_do_not_grow_with_passages(db: Session, stage: Stage) -> None:
    counts = []
    for many, letter in ((1, "a"), (5, "b"), (300, "c")):
        text = letter * 400
        line = article(*(span(n, n + 9, text, annotator="bob") for n in range(many)), text=text)
        with counted(db) as seen:
            take(db, stage, line)
        counts.append(len(seen))
    assert counts[1] == counts[2]


def test_no_file_is_no_import(db: Session, stage: Stage) -> None:
    with pytest.raises(Invalid, match="No file was sent"):
        import_files(db, project=stage.project, files=[], actor=ACTOR)


def test_an_unknown_format_is_refused(db: Session, stage: Stage) -> None:
    with pytest.raises(Invalid, match="“brat” is no format that can be imported"):
        take(db, stage, article(), format="brat")


def test_a_project_is_made_with_the_default_codebook(db: Session, stage: Stage) -> None:
    made = projects.create(db, "new-one", "Новый", log.Actor(user_id=stage.ada.id))
    assert [t.name for t in codebook.load(db, made).tags] == [
        "claim",
        "evaluation",
        "quote",
        "figure",
    ]
    for slug in ("New", "a b", "-a", "a--b", "", "a" * 41, "new", "new-one"):
        with pytest.raises(Invalid):
            projects.create(db, slug, "Новый", log.Actor(user_id=stage.ada.id))


def test_a_codebook_from_a_file_is_seen_by_those_who_knew_the_old_one(
    database: Database, db: Session, stage: Stage
) -> None:
    record = {
        "schema": "annotator.project/1",
        "title": "Из файла",
        "tags": [{"name": "frame", "content": codebook.plain_tag("frame", 1).to_dict()}],
        "codebooks": [{"number": 1, "content": {"tags": []}, "created_at": "2025-01-01T00:00:00Z"}],
    }
    with database.reading() as reader:
        assert len(codebook.load(reader, stage.project).tags) == 4
    end = SourceFile.from_bytes("p.jsonl", _whole(record))
    import_files(db, project=stage.project, files=[end], actor=ACTOR)
    db.commit()
    with database.reading() as reader:
        assert [tag.name for tag in codebook.load(reader, stage.project).tags] == ["frame"]


def _whole(*records: dict[str, Any]) -> bytes:
    """The lines of a whole project, with their end."""
    data = b"".join(orjson.dumps(record) + b"\n" for record in records)
    end = {"schema": "annotator.end/1", "records": len(records)}
    return data + orjson.dumps(end | {"sha256": hashlib.sha256(data).hexdigest()})
