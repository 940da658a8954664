"""Export: one snapshot, one order, equal to the byte after a way through an empty database."""

import json
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import Session

from annotator.db import Database
from annotator.domain.errors import Invalid
from annotator.formats.schemas import schemas
from annotator.ids import new_id
from annotator.models import Entity, Measure, Progress, Project
from annotator.services import check, exports, log, projects
from annotator.services.exports import Filters
from annotator.services.imports import SourceFile, import_files
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_coverage,
    make_event,
    make_link,
    make_relation,
    make_review,
)

FORMATS = ("jsonl", "project")


def export(db: Session, project: Project, name: str, **filters: Any) -> bytes:
    return b"".join(exports.stream(db, project, format=name, filters=Filters(**filters)))


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


@pytest.fixture
def work(db: Session, stage: Stage) -> Project:
    """A project in which people have worked: everything that can be stored is there."""
    first = make_article(db, stage.project, author="Мария", source_file="one.txt", outlet="Газета")
    second = make_article(db, stage.project, "Второй текст 😀 о визите.", published=None)
    a = make_annotation(
        db, first, stage.alice, "Президент", attributes={"modality": "asserted", "attribution": "я"}
    )
    b = make_annotation(db, first, stage.bob, "Москву", "evaluation", state="draft", note="a\nb")
    c = make_annotation(db, second, stage.bob, "текст 😀", fragments=[[7, 12], [13, 14]])
    gone = make_annotation(
        db, second, stage.bob, "визите", deleted_at="2025-11-22T10:00:00.000000Z"
    )
    make_annotation(db, first, stage.alice, "Президент", "quote", layer="final", version=3)
    visit = make_event(db, stage.project, "Визит", date="2025-11-11", aliases=["поездка", "v"])
    dinner = make_event(db, stage.project, "Ужин", parent_id=visit.id)
    make_event(db, stage.project, "Удалено", deleted_at="2025-11-22T10:00:00.000000Z")
    for annotation in (a, c, gone):
        make_link(db, annotation, visit)
    make_link(db, a, dinner)
    make_relation(db, visit, a, c, comment="разное", verdict="reconciled")
    make_relation(db, visit, a, gone)
    make_coverage(db, dinner, second, stage.rita)
    make_review(db, a, stage.rita, "accepted", "верно")
    make_review(db, a, stage.lena, "rejected", "нет")
    make_review(db, b, stage.rita).withdrawn_at = "2025-11-22T10:00:00.000000Z"
    stamp = first.created_at
    db.add(Progress(article_id=first.id, user_id=stage.bob.id, state="done", updated_at=stamp))
    db.add(Entity(id=new_id(), project_id=stage.project.id, name="Токаев", aliases=["КЖТ"]))
    db.add(Measure(id=new_id(), project_id=stage.project.id, name="сумма", description="всего"))
    db.commit()
    return stage.project


@pytest.mark.parametrize("name", FORMATS)
def test_a_way_through_an_empty_project_is_equal_to_the_byte(
    database: Database, work: Project, name: str
) -> None:
    with database.reading() as db:
        first = export(db, work, name)
    _empty(database)
    with database.writing() as db:
        copy = projects.create(db, "copy", "Copy", log.PROGRAM)
        file = SourceFile.from_bytes("export.jsonl", first)
        import_files(db, project=copy, files=[file], actor=log.PROGRAM)
    with database.reading() as db:
        assert export(db, copy, name) == first
        assert list(check.project(db, copy)) == []


def _empty(database: Database) -> None:
    """Delete everything, so that all ids and names are free again."""
    from sqlmodel import SQLModel

    with database.writing() as db:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name == "event":
                db.execute(table.update().values(parent_id=None, merged_into_id=None))
            db.execute(table.delete())


def test_two_exports_of_one_state_are_equal(database: Database, work: Project) -> None:
    for name in exports.WRITERS:
        with database.reading() as db, database.reading() as other:
            assert export(db, work, name) == export(other, work, name)


@pytest.mark.parametrize("name", ["jsonl", "project", "annotations"])
def test_every_record_fits_its_schema(database: Database, work: Project, name: str) -> None:
    with database.reading() as db:
        records = lines(export(db, work, name))
    assert records
    for record in records:
        jsonschema.validate(record, schemas()[record["schema"]])


def test_a_line_has_the_keys_of_the_contract_in_their_order(
    database: Database, work: Project
) -> None:
    with database.reading() as db:
        data = export(db, work, "jsonl")
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    first = lines(data)[0]
    assert list(first) == [
        "schema", "id", "text", "text_sha256", "offset_unit", "meta", "spans",
    ]  # fmt: skip
    assert list(first["meta"]) == [
        "title", "author", "outlet", "published", "published_precision", "published_source",
        "language", "url", "source_file",
    ]  # fmt: skip
    assert list(first["spans"][0]) == [
        "id", "start", "end", "label", "text", "annotator", "layer", "status", "origin",
        "attributes", "events", "note", "reviews", "comments", "created_at", "updated_at",
        "version",
    ]  # fmt: skip


def test_passages_are_sorted_and_say_what_they_are(database: Database, work: Project) -> None:
    with database.reading() as db:
        first, second = lines(export(db, work, "jsonl"))
    found = [(s["start"], s["label"], s["annotator"], s["status"]) for s in first["spans"]]
    assert found == [
        (0, "claim", "alice", "disputed"),
        (0, "quote", "alice", "submitted"),
        (first["text"].index("Москву"), "evaluation", "bob", "draft"),
    ]
    assert first["meta"]["author"] == "Мария"
    assert second["meta"]["author"] is None
    assert second["meta"]["published_precision"] is None
    (only,) = second["spans"]
    assert only["fragments"] == [[7, 12], [13, 14]]
    for line in (first, second):
        for span in line["spans"]:
            assert line["text"][span["start"] : span["end"]] == span["text"]


def test_verdicts_that_were_taken_back_do_not_count(database: Database, work: Project) -> None:
    with database.reading() as db:
        first, _ = lines(export(db, work, "jsonl"))
    reviews = {s["label"]: [r["by"] for r in s["reviews"]] for s in first["spans"]}
    assert reviews["evaluation"] == []
    assert sorted(reviews["claim"]) == ["lena", "rita"]


def test_what_was_deleted_stays_at_home(database: Database, work: Project) -> None:
    with database.reading() as db:
        records = lines(export(db, work, "project"))
    assert "визите" not in [s["text"] for r in records for s in r.get("spans", [])]
    kinds = [r["schema"].split(".")[1].split("/")[0] for r in records]
    assert kinds == [
        "project", "event", "event", "article", "article", "relation", "coverage", "end",
    ]  # fmt: skip


def test_a_single_passage_brings_the_text_around_it(database: Database, work: Project) -> None:
    with database.reading() as db:
        records = lines(export(db, work, "annotations"))
        articles = {a["id"]: a["text"] for a in lines(export(db, work, "jsonl"))}
    assert len(records) == 4
    for record in records:
        around = record["prefix"] + record["text"] + record["suffix"]
        assert around in articles[record["article"]]
        assert len(record["prefix"]) <= 32 >= len(record["suffix"])


@pytest.mark.parametrize(
    ("filters", "labels"),
    [
        ({"annotators": ["alice"]}, ["claim", "quote"]),
        ({"tags": ["evaluation", "quote"]}, ["quote", "evaluation"]),
        ({"layer": "final"}, ["quote"]),
        ({"statuses": ["disputed"]}, ["claim"]),
        ({"annotators": ["bob"], "statuses": ["submitted"]}, ["claim"]),
        ({"tags": ["figure"]}, []),
    ],
)
def test_filters_leave_passages_out(
    database: Database, work: Project, filters: dict[str, Any], labels: list[str]
) -> None:
    with database.reading() as db:
        records = lines(export(db, work, "jsonl", **filters))
    assert [s["label"] for r in records for s in r["spans"]] == labels
    assert len(records) == 2


def test_a_filtered_project_holds_no_loose_ends(database: Database, work: Project) -> None:
    with database.reading() as db:
        whole = lines(export(db, work, "project"))
        article = next(r["id"] for r in whole if "spans" in r)
        some = lines(export(db, work, "project", articles=[article]))
        event = next(r["id"] for r in whole if r.get("title") == "Ужин")
        linked = lines(export(db, work, "jsonl", events=[event]))
    assert [r["schema"] for r in some if "relation" in r["schema"]] == []
    assert some[-1]["records"] == len(some) - 1
    assert [s["text"] for r in linked for s in r["spans"]] == ["Президент"]


@pytest.mark.parametrize(
    "filters",
    [
        {"tags": ["nope"]},
        {"annotators": ["nobody"]},
        {"events": ["x"]},
        {"articles": ["x"]},
        {"statuses": ["good"]},
        {"layer": "gold"},
    ],
)
def test_a_filter_that_names_nothing_is_refused_before_the_first_byte(
    database: Database, work: Project, filters: dict[str, Any]
) -> None:
    with database.reading() as db, pytest.raises(Invalid, match="nothing was exported"):
        exports.stream(db, work, filters=Filters(**filters))


def test_an_unknown_format_is_refused(database: Database, work: Project) -> None:
    with database.reading() as db, pytest.raises(Invalid, match="“docx” is no format"):
        exports.stream(db, work, format="docx")


def test_an_export_is_one_snapshot(database: Database, work: Project, stage: Stage) -> None:
    with database.reading() as db:
        pieces = exports.stream(db, work, format="project")
        first = next(pieces)
        with database.writing() as other:
            make_article(other, work, "Новая статья.")
        rest = b"".join(pieces)
    assert len([r for r in lines(first + rest) if "spans" in r]) == 2


# ------------------------------------------------------------------------------ any state at all

ALPHABET = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"
)
NAMES = st.sampled_from(["alice", "bob", "Зоя 😀", "o'neil"])
TIMES = st.datetimes().map(lambda t: t.strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27))


@st.composite
def articles(draw: st.DrawFn) -> dict[str, Any]:
    text = draw(st.text(ALPHABET | st.sampled_from("\n\t😀е́"), min_size=2, max_size=80))
    if not text.strip():
        text = f"a{text}b"
    spans = draw(st.lists(passages(text), max_size=5))
    meta = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.text(ALPHABET, max_size=20),
                "author": NAMES,
                "published": st.sampled_from(
                    ["2025", "2025-11", "2025-11-13", "2025-11-06/2025-11-10"]
                ),
                "published_source": st.sampled_from(["in_text", "external"]),
            },
        )
    )
    return {"id": new_id(), "text": text, "meta": meta, "spans": spans}


@st.composite
def passages(draw: st.DrawFn, text: str) -> dict[str, Any]:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    verdict = st.fixed_dictionaries(
        {
            "by": NAMES,
            "verdict": st.sampled_from(["accepted", "rejected"]),
            "reason": st.text(ALPHABET, max_size=10),
            "at": TIMES,
        }
    )
    return {
        "id": new_id(),
        "start": start,
        "end": end,
        "label": draw(st.sampled_from(["claim", "figure", "ORG", "лицо"])),
        "text": text[start:end],
        "annotator": draw(NAMES),
        "status": draw(st.sampled_from(["draft", "submitted"])),
        "origin": draw(st.sampled_from(["human", "import", "suggestion"])),
        "attributes": draw(
            st.dictionaries(
                st.text(ALPHABET, min_size=1, max_size=5),
                st.text(ALPHABET) | st.integers(-99, 99) | st.booleans() | st.none(),
                max_size=3,
            )
        ),
        "events": draw(st.lists(st.sampled_from(EVENTS), unique=True, max_size=2)),
        "note": draw(st.text(ALPHABET | st.just("\n"), max_size=10)),
        "reviews": draw(st.lists(verdict, max_size=2)),
        "created_at": draw(TIMES),
        "version": draw(st.integers(1, 99)),
    }


EVENTS = [new_id() for _ in range(3)]


@hypothesis_settings(max_examples=15)
@given(st.lists(articles(), min_size=1, max_size=3), st.sampled_from(FORMATS))
def test_any_state_survives_the_way_out_and_in(
    database: Database, corpus: list[dict[str, Any]], name: str
) -> None:
    _empty(database)
    data = b"".join(orjson.dumps(line) + b"\n" for line in corpus)
    seen = []
    for step in range(3):
        with database.writing() as db:
            project = projects.create(db, f"step-{step}", "Step", log.PROGRAM)
            file = SourceFile.from_bytes("step.jsonl", data)
            import_files(db, project=project, files=[file], actor=log.PROGRAM)
        with database.reading() as db:
            data = export(db, project, name)
            assert list(check.project(db, project)) == []
        seen.append(data)
        _empty(database)
    # After the first step the bytes are ours; from then on they stay as they are.
    assert seen[0] == seen[1] == seen[2]
