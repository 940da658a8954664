"""Authors side by side: on made-up values, and on the five real articles with their 33 events."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.comparison import (
    EVENT_KINDS,
    RELATION_KINDS,
    VERDICTS,
    AnnotationValue,
    ArticleValue,
    Cell,
    EventValue,
    Filter,
    Grid,
    RelationValue,
    as_data,
    columns,
    compare,
    passages,
    short_title,
)
from annotator.domain.coverage import CoverageMark, State
from annotator.domain.dates import PartialDate
from annotator.domain.spans import Span

SEEDS = Path(__file__).parents[2] / "seeds"


def article(key: str, author: str | None = None, **more: Any) -> ArticleValue:
    return ArticleValue(key, more.pop("title", f"Title of {key}"), author, **more)


def annotation(key: str, where: str, event: str, **more: Any) -> AnnotationValue:
    spans = more.pop("fragments", (Span(0, 5),))
    text = more.pop("text", "x" * (spans[-1].end - spans[0].start))
    tag = more.pop("tag", "claim")
    return AnnotationValue(key, where, spans, text, tag, event_ids=(event,), **more)


# ---------------------------------------------------------------------------------- columns


def test_one_author_is_one_column_however_many_articles() -> None:
    found = columns(
        [
            article("a2", "Анна Петрова", position=3),
            article("a1", "Анна Петрова", position=1),
            article("b1", "Борис Ли", position=2),
        ]
    )
    assert [(c.key, c.label, c.article_ids) for c in found] == [
        ("анна-петрова", "Анна Петрова", ("a1", "a2")),
        ("борис-ли", "Борис Ли", ("b1",)),
    ]


def test_two_unnamed_authors_are_never_one_column() -> None:
    day = PartialDate.parse("2025-11-13")
    found = columns(
        [
            article("a1", outlet="RTVI", position=1),
            article("a2", outlet="Известия", position=2, published=day, title="Встреча"),
            article("a3", outlet="Известия", position=3, title="Ответ"),
            article("a4", position=4, published=day, title="Слово " * 20),
            article("a5", position=5, published=day, title="Слово " * 20),
        ]
    )
    assert [c.label for c in found] == [
        "RTVI",
        "Известия · 2025-11-13 · Встреча",
        "Известия · Ответ",
        "2025-11-13 · " + short_title("Слово " * 20),
        "2025-11-13 · " + short_title("Слово " * 20),
    ]
    assert [c.key for c in found] == ["n1", "n2", "n3", "n4", "n5"]
    assert all(c.author is None for c in found)


def test_keys_stay_distinct_where_names_fold_to_the_same() -> None:
    found = columns([article("a1", "А. Ли", position=1), article("a2", "А Ли", position=2)])
    assert [c.key for c in found] == ["а-ли", "a2"]


def test_a_long_title_is_cut_between_words() -> None:
    assert short_title("Короткий") == "Короткий"
    cut = short_title("Президент России Владимир Путин посетил Казахстан по случаю")
    assert cut == "Президент России Владимир Путин посетил…"


# ------------------------------------------------------------------------------------ cells

EVENT = EventValue("e1", "Визит", date=PartialDate.parse("2025-11-11"), aliases=("поездка",))
OTHER = EventValue("e2", "Каспий", "topic", position=1)
ANNA = article("a1", "Анна", position=1, published=PartialDate.parse("2025-11-13"))
OLEG = article("b1", "Олег", position=2, published=PartialDate.parse("2023"))
LONE = article("c1", position=3, title="Без имени")


def grid(annotations: list[AnnotationValue], **more: Any) -> Grid:
    return compare([ANNA, OLEG, LONE], [EVENT, OTHER], annotations=annotations, **more)


def test_annotations_of_the_same_words_are_one_passage() -> None:
    found = passages(
        [
            annotation("x", "a1", "e1", tag="quote", tag_position=3, annotator="alice"),
            annotation("y", "a1", "e1", tag="claim", tag_position=1, annotator="bob"),
            annotation("z", "a1", "e1", fragments=(Span(0, 4),)),
        ]
    )
    assert [[a.id for a in p.annotations] for p in found] == [["z"], ["y", "x"]]


def test_a_passage_of_two_pieces_reads_as_its_pieces() -> None:
    text = "Казахстан, сказал он, суверенен"
    pieces = (Span(100, 109), Span(122, 131))
    found = passages([annotation("x", "a1", "e1", fragments=pieces, text=text)])[0]
    assert found.text == "Казахстан … суверенен"
    assert found.event_ids == ("e1",)


def test_holder_and_polarity_are_read_from_the_attributes() -> None:
    one = annotation("x", "a1", "e1", attributes={"polarity": -2, "holder": "author"})
    two = annotation("y", "a1", "e1", attributes={"speaker": "Путин", "polarity": "?"})
    assert (one.polarity, one.holder) == (-2, "author")
    assert (two.polarity, two.holder) == (None, "Путин")
    assert annotation("z", "a1", "e1").holder is None


def test_an_empty_cell_says_why_it_is_empty() -> None:
    silent = CoverageMark("e1", "a1", "silent", "rita", "2026-11-22T10:00:00Z")
    row = grid([], marks=[silent]).row("e1")
    assert [c.state for c in row.cells] == [State.silent, State.earlier, State.not_checked]
    assert (row.cells[0].signed_by, row.cells[0].signed_at) == ("rita", "2026-11-22T10:00:00Z")
    assert row.cells[0].earlier_reason is None
    assert row.cells[1].earlier_reason == (OLEG.published, EVENT.date)
    assert row.cells[1].signed_by is None


def test_a_filter_never_turns_covered_into_silent() -> None:
    said = [annotation("x", "a1", "e1", tag="claim"), annotation("y", "a1", "e1", tag="quote")]
    said.append(annotation("z", "a1", "e1", fragments=(Span(7, 9),), tag="figure"))
    cell = grid(said, show=Filter(tags=frozenset({"quote"}))).row("e1").cell("анна")
    assert cell.state is State.covered
    assert [[a.id for a in p.annotations] for p in cell.passages] == [["y"]]
    assert cell.hidden == 1
    nothing = grid(said, show=Filter(tags=frozenset({"evaluation"}))).row("e1").cell("анна")
    assert (nothing.state, nothing.passages, nothing.hidden) == (State.covered, (), 2)


def test_an_author_is_earlier_only_when_every_article_is() -> None:
    late = article("b2", "Олег", position=4)
    found = compare([OLEG, late], [EVENT], annotations=[])
    assert found.row("e1").cell("олег").state is State.not_checked
    assert [p.state for p in found.rows[0].cells[0].coverage] == [State.earlier, State.not_checked]


def test_relations_are_seen_from_both_sides() -> None:
    said = [annotation("x", "a1", "e1"), annotation("y", "b1", "e1")]
    part = RelationValue("r", "e1", "x", "y", "part_of")
    row = grid(said, relations=[part]).row("e1")
    (there,), (back,) = row.cell("анна").relations, row.cell("олег").relations
    assert (there.label, there.sign, there.other_column, there.other_id) == (
        ("is part of", "⊂", "олег", "y")
    )
    assert (back.label, back.sign, back.other_column, back.other_id) == (
        ("has as part", "⊃", "анна", "x")
    )
    assert [(n.from_column, n.to_column, n.kind.name) for n in row.relations] == [
        ("анна", "олег", "part_of")
    ]


def test_a_relation_whose_end_is_gone_is_left_out() -> None:
    gone = RelationValue("r", "e1", "x", "gone", "agrees")
    row = grid([annotation("x", "a1", "e1")], relations=[gone]).row("e1")
    assert row.relations == ()
    assert row.cell("анна").relations == ()


def test_filters_choose_authors_and_events_by_any_of_their_names() -> None:
    for author in ("анна", "АННА", "a1"):
        assert [c.key for c in grid([], show=Filter(authors=frozenset({author}))).columns] == [
            "анна"
        ]
    for event in ("e1", "визит", "Поездка"):
        assert [r.event.id for r in grid([], show=Filter(events=frozenset({event}))).rows] == ["e1"]


def test_a_name_that_fits_nothing_is_reported_not_swallowed() -> None:
    found = grid([], show=Filter(authors=frozenset({"Вера", "анна"}), events=frozenset({"e9"})))
    assert found.unknown == ("e9", "Вера")
    assert found.rows == ()


def test_only_contradictions_and_only_differences_choose_rows() -> None:
    said = [annotation("x", "a1", "e1"), annotation("y", "b1", "e1")]
    said += [annotation("p", "a1", "e2"), annotation("q", "b1", "e2")]
    links = [
        RelationValue("r1", "e1", "x", "y", "contradicts"),
        RelationValue("r2", "e2", "p", "q", "opposes"),
    ]

    def rows(**flags: Any) -> list[str]:
        return [r.event.id for r in grid(said, relations=links, show=Filter(**flags)).rows]

    assert rows(only_contradictions=True) == ["e1"]
    assert rows(only_differences=True) == ["e1", "e2"]
    assert rows(only_contradictions=True, authors=frozenset({"анна"})) == []


def test_hiding_earlier_leaves_out_columns_and_rows_of_nothing_else() -> None:
    found = grid([], show=Filter(hide_earlier=True, events=frozenset({"e1"})))
    assert [c.key for c in found.columns] == ["анна", "n3"]
    assert [c.column for c in found.rows[0].cells] == ["анна", "n3"]
    alone = grid([], show=Filter(hide_earlier=True, authors=frozenset({"олег"})))
    assert [r.event.id for r in alone.rows] == ["e2"]


def test_kinds_of_relation_have_words_signs_and_directions() -> None:
    assert set(RELATION_KINDS) == {
        "agrees", "contradicts", "apparent_conflict", "differs",
        "restates", "part_of", "opposes", "complements",
    }  # fmt: skip
    assert {k.name for k in RELATION_KINDS.values() if not k.symmetric} == {"restates", "part_of"}
    assert [k.name for k in RELATION_KINDS.values() if k.conflicts] == ["contradicts"]
    assert all(k.differs for k in RELATION_KINDS.values() if k.conflicts)
    assert all(len(k.sign) == 1 for k in RELATION_KINDS.values())
    assert set(VERDICTS) == {"open", "reconciled", "undecidable", "supported"}
    assert set(EVENT_KINDS) >= {"event", "topic", "document", "figure", "quote", "fact"}


# ------------------------------------------------------------------------------ the real articles


class Corpus(NamedTuple):
    """The five articles with annotator B's events, as values. Ids of articles are "000" … "004"."""

    articles: list[ArticleValue]
    events: list[EventValue]
    annotations: list[AnnotationValue]
    relations: list[RelationValue]
    marks: list[CoverageMark]
    gaps: dict[tuple[str, str], str]

    def grid(self, show: Filter | None = None) -> Grid:
        return compare(
            self.articles,
            self.events,
            annotations=self.annotations,
            relations=self.relations,
            marks=self.marks,
            show=show,
        )


def load() -> Corpus:
    meta = tomllib.loads((SEEDS / "articles.toml").read_text("utf-8"))["articles"]
    texts = {m["file"][:3]: (SEEDS / m["file"]).read_bytes().decode() for m in meta}
    corpus = Corpus([], [], [], [], [], {})
    for number, m in enumerate(meta, 1):
        published = PartialDate.parse(m["published"])
        corpus.articles.append(
            ArticleValue(
                m["file"][:3], m["title"], m.get("author"), m.get("outlet"), published, number
            )
        )
    cases = json.loads((Path(__file__).parent / "data" / "events.json").read_text("utf-8"))
    for position, case in enumerate(cases):
        event, date = case["id"], case["date"] and PartialDate.parse(case["date"])
        corpus.events.append(
            EventValue(event, case["title"], case["kind"], date, position=position)
        )
        for n, (where, start, end, tags, polarity) in enumerate(case["passages"]):
            value = AnnotationValue(
                f"{event}/{n}",
                where,
                (Span(start, end),),
                texts[where][start:end],
                (tags or ["claim"])[0],
                (event,),
                {} if polarity is None else {"polarity": polarity, "holder": "author"},
                "sample-b",
            )
            corpus.annotations.append(value)
        for n, (one, two, kind, aspect) in enumerate(case["relations"]):
            ends = f"{event}/{one}", f"{event}/{two}"
            corpus.relations.append(RelationValue(f"{event}#{n}", event, *ends, kind, aspect))
        for where, why in case["gaps"].items():
            corpus.gaps[event, where] = why
            if why == "silent":
                corpus.marks.append(CoverageMark(event, where, why, "sample-b", "2026-11-22"))
    return corpus


CORPUS = load()
FULL = CORPUS.grid()


def cell_of(found: Grid, event: str, where: str) -> Cell:
    key = next(c.key for c in found.columns if where in c.article_ids)
    return found.row(event).cell(key)


def test_the_five_articles_give_five_columns_of_which_two_are_named() -> None:
    assert [c.article_ids for c in FULL.columns] == [
        ("000",),
        ("001",),
        ("002",),
        ("003",),
        ("004",),
    ]
    assert [c.author for c in FULL.columns] == [
        None, None, "Владимир Кузнецов", "Александр Константинов", None,
    ]  # fmt: skip
    assert len({c.label for c in FULL.columns}) == 5
    assert len(FULL.rows) == 33


def test_the_airport_shows_who_contradicts_whom_and_why_the_others_say_nothing() -> None:
    states = [cell_of(FULL, "E05-airport", f"00{n}").state for n in range(5)]
    assert states == [State.silent, State.covered, State.earlier, State.covered, State.earlier]
    here, there = (cell_of(FULL, "E05-airport", where) for where in ("001", "003"))
    assert "Денис Мантуров" in here.passages[0].text
    assert "Путин встречал казахстанского лидера лично" in there.passages[0].text
    assert [(m.kind.name, m.other_column) for m in here.relations] == [
        ("contradicts", "александр-константинов")
    ]
    assert [(m.kind.name, m.other_column) for m in there.relations] == [("contradicts", "n2")]
    assert here.relations[0].relation.verdict == "open"
    assert cell_of(FULL, "E05-airport", "000").signed_by == "sample-b"


def test_exactly_the_twenty_cells_that_precede_the_event_come_out_of_the_dates() -> None:
    expected = {cell for cell, why in CORPUS.gaps.items() if why == "precedes_event"}
    assert len(expected) == 20
    unsigned = compare(
        CORPUS.articles, CORPUS.events, annotations=CORPUS.annotations, marks=CORPUS.marks
    )
    found = {
        (row.event.id, cell.coverage[0].article_id)
        for row in unsigned.rows
        for cell in row.cells
        if cell.state is State.earlier
    }
    assert found == expected


def test_every_cell_is_covered_silent_or_earlier_as_the_case_study_says() -> None:
    counts = dict.fromkeys(State, 0)
    for row in FULL.rows:
        for cell in row.cells:
            counts[cell.state] += 1
            why = CORPUS.gaps.get((row.event.id, cell.coverage[0].article_id), "covered")
            assert cell.state is State.of_mark(why)
    assert counts == {
        State.covered: 104,
        State.silent: 41,
        State.earlier: 20,
        State.not_checked: 0,
    }


def test_without_signatures_nobody_is_called_silent() -> None:
    unsigned = compare(CORPUS.articles, CORPUS.events, annotations=CORPUS.annotations)
    states = [cell.state for row in unsigned.rows for cell in row.cells]
    assert State.silent not in states
    assert states.count(State.not_checked) == 41


def test_all_relations_of_the_case_study_are_in_the_grid() -> None:
    assert sum(len(row.relations) for row in FULL.rows) == len(CORPUS.relations) == 68
    contradicting = CORPUS.grid(Filter(only_contradictions=True))
    assert {r.event.id[:3] for r in contradicting.rows} == {
        r.event_id[:3] for r in CORPUS.relations if r.kind == "contradicts"
    }


def test_the_grid_is_plain_data_for_scripts() -> None:
    data = json.loads(json.dumps(as_data(FULL)))
    row = next(r for r in data["rows"] if r["event"]["id"] == "E05-airport")
    assert [c["state"] for c in row["cells"]] == [
        "silent", "covered", "earlier", "covered", "earlier",
    ]  # fmt: skip
    assert row["relations"][0]["kind"] == "contradicts"
    assert all(len(p["text"]) == p["end"] - p["start"] for c in row["cells"] for p in c["passages"])


# ---------------------------------------------------------------------------------- properties


def some(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=3)


filters = st.builds(
    Filter,
    some([e.id for e in CORPUS.events]),
    some([c.key for c in FULL.columns]),
    some(["claim", "evaluation", "quote", "figure"]),
    some(["sample-a", "sample-b"]),
    some(["draft", "submitted", "accepted"]),
    st.sampled_from(["", "all", "annotator", "final"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(filters)
def test_a_filtered_view_is_a_part_of_the_whole_view(show: Filter) -> None:
    part = CORPUS.grid(show)
    assert [c for c in FULL.columns if c in part.columns] == list(part.columns)
    assert [r.event for r in FULL.rows if r.event in {p.event for p in part.rows}] == [
        r.event for r in part.rows
    ]
    for row in part.rows:
        whole = FULL.row(row.event.id)
        assert set(row.relations) <= set(whole.relations)
        assert [c.column for c in row.cells] == [c.key for c in part.columns]
        for cell in row.cells:
            full = whole.cell(cell.column)
            assert cell.hidden + len(cell.passages) == len(full.passages)
            assert replace(cell, passages=full.passages, hidden=0) == full
            for passage in cell.passages:
                (same,) = [p for p in full.passages if p.fragments == passage.fragments]
                assert all(a in same.annotations for a in passage.annotations)
                assert all(m in same.relations for m in passage.relations)


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_rows_were_fetched_does_not_matter(chance: Any) -> None:
    shuffled = CORPUS._replace(
        articles=chance.sample(CORPUS.articles, len(CORPUS.articles)),
        events=chance.sample(CORPUS.events, len(CORPUS.events)),
        annotations=chance.sample(CORPUS.annotations, len(CORPUS.annotations)),
        marks=chance.sample(CORPUS.marks, len(CORPUS.marks)),
    )
    assert shuffled.grid() == FULL


@pytest.mark.parametrize("key", ["nobody", ""])
def test_asking_the_grid_for_what_it_does_not_show_is_a_key_error(key: str) -> None:
    with pytest.raises(KeyError):
        FULL.row(key)
    with pytest.raises(KeyError):
        FULL.column(key)
    with pytest.raises(KeyError):
        FULL.rows[0].cell(key)
