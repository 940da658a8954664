"""`annotator agreement`: the same numbers as programs that others wrote, and a reason for each that
is missing."""

import json
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from click.testing import CliRunner
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score, f1_score

from annotator import db as database_module
from annotator.cli import main
from annotator.db import connect
from annotator.services import demo
from annotator.settings import Settings

TAGS = ("claim", "evaluation", "figure", "quote")


def call(*arguments: object, status: int = 0) -> Any:
    result = CliRunner().invoke(main, ["agreement", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def value(*arguments: object) -> dict[str, Any]:
    return dict(json.loads(call(*arguments, "--json").stdout))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project with its two sample layers, as `annotator export` writes it."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{folder}/demo.sqlite", secret_key="of the tests"
    )
    database_module.upgrade(settings)
    database = connect(settings)
    with database.writing() as db:
        demo.load(db)
    database.dispose()
    path = folder / "demo.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_DATA_DIR", str(folder))
        patch.setenv("ANNOTATOR_DATABASE_URL", settings.database_url)
        done = CliRunner().invoke(main, ["export", "--project", demo.SLUG, "-o", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="module")
def said(exported: Path) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = value(exported, "--metric", "all", "--resamples", 50)["results"]
    return {(r["metric"], r["tag"]): r for r in found if r["attribute"] is None}


@pytest.fixture(scope="module")
def characters(exported: Path) -> dict[str, np.ndarray]:
    """Tag → [annotators, characters of the corpus]: 1 where marked. Made without our code."""
    articles = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    columns: dict[str, list[np.ndarray]] = {tag: [] for tag in TAGS}
    for article in articles:
        for tag in TAGS:
            marked = np.zeros((2, len(article["text"])), dtype=int)
            for span in article["spans"]:
                if span["label"] == tag:
                    row = ("sample-a", "sample-b").index(span["annotator"])
                    for start, end in span.get("fragments") or [(span["start"], span["end"])]:
                        marked[row, start:end] = 1
            columns[tag].append(marked)
    return {tag: np.concatenate(parts, axis=1) for tag, parts in columns.items()}


@pytest.mark.parametrize("tag", TAGS)
def test_alpha_is_that_of_the_package_krippendorff(said: Any, characters: Any, tag: str) -> None:
    oracle = krippendorff.alpha(characters[tag], level_of_measurement="nominal")
    assert said["krippendorff_alpha_characters", tag]["value"] == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize("tag", TAGS)
def test_kappa_and_f1_are_those_of_scikit_learn(said: Any, characters: Any, tag: str) -> None:
    kappa = cohen_kappa_score(*characters[tag])
    assert said["cohen_kappa_characters", tag]["value"] == pytest.approx(kappa, abs=1e-9)
    dice = f1_score(*characters[tag])
    assert said["span_f1_characters", tag]["value"] == pytest.approx(dice, abs=1e-9)


def test_pi_kappa_and_alpha_are_those_of_nltk(said: Any, characters: Any) -> None:
    rows = [
        (str(who), str(place), int(given))
        for who, row in enumerate(characters["quote"])
        for place, given in enumerate(row)
    ]
    task = AnnotationTask(rows)
    for metric, oracle in (
        ("scott_pi_characters", task.pi()),
        ("cohen_kappa_characters", task.kappa()),
        ("conger_kappa_characters", task.multi_kappa()),
        ("krippendorff_alpha_characters", task.alpha()),
    ):
        assert said[metric, "quote"]["value"] == pytest.approx(oracle, abs=1e-9), metric


#: Of the sample layers, article by article, from programs that cannot be installed beside ours:
#: pygamma-agreement 0.5.9 (in float32) and krippendorff-unitized-alpha 0.1.0 with exclusive ends.
DISORDERS = [0.7605445, 0.7891833, 0.5748813, 0.8490928, 0.7941820]
U_ALPHAS = [0.7543618576809723, 1.0, 0.774889365433205, 0.4832679881601364, 0.8314676134192778]


def test_gamma_and_u_alpha_by_article_are_those_that_others_gave(exported: Path) -> None:
    asked = ("--metric", "gamma", "--metric", "u_alpha_2016", "--by", "article", "--resamples", 0)
    figures = [r for r in value(exported, *asked)["results"] if r["article"]]
    disorders = [
        r["counts"]["observed"] / (r["counts"]["units"] / 2)
        for r in figures
        if (r["metric"], r["tag"]) == ("gamma", None)
    ]
    assert disorders == pytest.approx(DISORDERS, abs=1e-6)
    alphas = [r["value"] for r in figures if (r["metric"], r["tag"]) == ("u_alpha_2016", "quote")]
    assert alphas == pytest.approx(U_ALPHAS, abs=1e-9)


def test_exact_f1_is_that_of_two_sets(said: Any, exported: Path) -> None:
    sets: dict[str, set[Any]] = {"sample-a": set(), "sample-b": set()}
    for line in exported.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        for span in article["spans"]:
            pieces = span.get("fragments") or [[span["start"], span["end"]]]
            sets[span["annotator"]].add((article["id"], span["label"], str(pieces)))
    a, b = sets.values()
    oracle = 2 * len(a & b) / (len(a) + len(b))
    assert said["span_f1_exact", None]["value"] == pytest.approx(oracle, abs=1e-9)


def test_matched_pairs_answer_to_the_table_beside_them(said: Any) -> None:
    figure = said["cohen_kappa_matched", None]
    pairs = [
        (row, column)
        for row, counts in enumerate(figure["table"])
        for column, count in enumerate(counts)
        for _ in range(int(count))
    ]
    assert figure["values"] == list(TAGS)
    oracle = cohen_kappa_score(*zip(*pairs, strict=True))
    assert figure["value"] == pytest.approx(oracle, abs=1e-9)


def test_every_figure_has_a_value_or_a_reason(said: Any) -> None:
    for figure in said.values():
        assert (figure["value"] is None) == (figure["reason"] is not None)
        assert figure["unit"]
    nested = said["krippendorff_alpha_characters", None]
    assert nested["reason"] == "overlapping_tags"
    assert "one by one" in nested["explanation"]


def test_the_same_seed_gives_the_same_bytes(exported: Path) -> None:
    asked = ("--metric", "span_f1", "--metric", "gamma", "--seed", 7, "--tag", "quote", "--json")
    assert call(exported, *asked).stdout == call(exported, *asked).stdout


def written(folder: Path, *lines: object, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def span(who: str, start: int, end: int, label: str = "claim", **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, "annotator": who, **more}


TEXT = "Peace and friendship, said the guest."


def test_a_table_for_people(tmp_path: Path) -> None:
    spans = [span("alice", 0, 5), span("bob", 0, 5), span("bob", 6, 9)]
    path = written(tmp_path, {"id": "one", "text": TEXT, "spans": spans})
    lines = call(path, "--metric", "span_f1_exact").stdout.splitlines()
    assert lines[0] == "1 articles, alice, bob."
    assert any(line.split()[:1] == ["span_f1_exact"] and "0.6667" in line for line in lines)


def test_what_did_not_enter_is_listed(tmp_path: Path) -> None:
    spans = [
        span("alice", 0, 5),
        span("bob", 0, 5),
        span("bob", 6, 9, status="draft"),
        span("carol", 0, 5, layer="final"),
        span("alice", 6, 9, "quote", id="q"),
    ]
    path = written(
        tmp_path,
        {"id": "one", "text": TEXT, "spans": spans},
        {"id": "two", "text": TEXT, "spans": [span("alice", 0, 5)]},
    )
    found = value(path, "--metric", "span_f1_exact", "--tag", "claim")
    assert found["not_read"] == {"drafts": 1, "of the final layer": 1}
    why = [(one["article"], one["why"], one["id"]) for one in found["left_out"]]
    assert why == [("two", "not_two", None), ("one", "other_tag", "q")]
    assert found["entered"] == {"alice": {"claim": 1}, "bob": {"claim": 1}}
    assert [one["id"] for one in found["articles"]] == ["one"]


def test_to_have_marked_nothing_counts_when_it_is_known_to_be_finished(tmp_path: Path) -> None:
    spans = [[span("alice", 0, 5), span("bob", 0, 5)], [span("alice", 0, 5)]]
    rows = [{"id": str(n), "text": TEXT, "spans": s} for n, s in enumerate(spans)]
    path = written(tmp_path, *rows)
    assert value(path, "--metric", "span_f1_exact")["results"][0]["value"] == 1
    known = value(path, "--metric", "span_f1_exact", "--everyone")["results"][0]
    assert known["value"] == pytest.approx(2 / 3)
    done = [{"by": who, "state": "done", "at": "2026-11-22T10:00:00Z"} for who in ("alice", "bob")]
    said = [{"version": 1, "progress": done}, {"version": 1, "progress": done[:1]}]
    path = written(tmp_path, *(row | more for row, more in zip(rows, said, strict=True)))
    found = value(path, "--metric", "span_f1_exact")
    assert found["finished"]["rule"] == "progress"
    assert found["results"][0]["value"] == 1


def test_pairs_articles_and_months(tmp_path: Path) -> None:
    spans = [span("alice", 0, 5), span("bob", 0, 5), span("carol", 1, 5)]
    rows = [
        {"id": str(n), "text": TEXT, "spans": spans, "meta": {"published": f"2025-1{n}"}}
        for n in range(2)
    ]
    path = written(tmp_path, *rows)
    asked = ["--metric", "span_f1_exact", "--by", "pair", "--by", "article", "--by", "month"]
    found = value(path, *asked)["results"]
    pairs = {
        tuple(r["annotators"]): r["value"]
        for r in found
        if r["group"] is None and r["article"] is None and r["tag"] is None
    }
    assert pairs == {
        ("alice", "bob", "carol"): pytest.approx(1 / 3),
        ("alice", "bob"): 1,
        ("alice", "carol"): 0,
        ("bob", "carol"): 0,
    }
    assert {r["article"] for r in found} == {None, "0", "1"}
    assert {r["group"] for r in found} == {None, "month:2025-10", "month:2025-11"}
    assert found[0]["interval"]["reason"] == "too_few_articles"


def test_one_annotator_alone_is_no_agreement(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "one", "text": TEXT, "spans": [span("alice", 0, 5)]})
    for figure in value(path)["results"]:
        assert figure["value"] is None
        assert figure["reason"] == "no_common_articles"


@pytest.mark.parametrize(
    ("asked", "words"),
    [(("--metric", "alpha"), "no metric"), (("--by", "weather"), "nothing to group by")],
)
def test_misuse_is_status_2_with_the_names_there_are(
    tmp_path: Path, asked: tuple[str, ...], words: str
) -> None:
    path = written(tmp_path, {"id": "one", "text": TEXT, "spans": [span("alice", 0, 5)]})
    assert words in call(path, *asked, status=2).stderr


def test_a_layer_without_its_texts_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "one", "spans": [span("alice", 0, 5)]})
    assert "a.jsonl, line 1: the text of the article is in no file" in call(path, status=1).stderr


def test_a_layer_and_its_texts_may_come_in_two_files(tmp_path: Path) -> None:
    one = written(tmp_path, {"id": "one", "text": TEXT, "spans": [span("alice", 0, 5)]})
    two = written(tmp_path, {"id": "one", "spans": [span("bob", 0, 5)]}, name="b.jsonl")
    assert value(one, two, "--metric", "span_f1_exact")["results"][0]["value"] == 1


def test_the_list_of_metrics() -> None:
    lines = call("--list").stdout.splitlines()
    assert lines[0].split(maxsplit=1) == ["span_f1_exact", "F1, exact spans"]
