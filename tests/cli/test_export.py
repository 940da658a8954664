"""`annotator export`: to a file that is whole or not there, or to stdout."""

import json
from pathlib import Path

import pytest

from annotator.cli import articles
from tests.cli.test_import import TEXT, Run, run, written

__all__ = ["run"]


@pytest.fixture
def work(run: Run, tmp_path: Path) -> Run:
    spans = [
        {"start": 0, "end": 3, "label": "claim", "annotator": "alice"},
        {"start": 6, "end": 12, "label": "quote", "annotator": "bob", "status": "draft"},
    ]
    path = written(tmp_path, "a.jsonl", {"text": TEXT, "spans": spans})
    run("import", path, "--project", "news", "--create")
    return run


@pytest.mark.parametrize("name", ["jsonl", "project"])
def test_out_in_and_out_again_is_equal_to_the_byte(
    work: Run, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / f"1.{name}.jsonl", tmp_path / f"2.{name}.jsonl"
    work("export", "--project", "news", "--format", name, "-o", one)
    monkeypatch.setenv("ANNOTATOR_DATA_DIR", str(tmp_path / "other"))
    monkeypatch.delenv("ANNOTATOR_DATABASE_URL")
    work("import", one, "--project", "elsewhere", "--create")
    work("export", "--project", "elsewhere", "--format", name, "-o", two)
    assert one.read_bytes() == two.read_bytes()
    assert one.stat().st_size > 500


def test_stdout_and_file_get_the_same_bytes(work: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    seen = work("export", "--project", "news", "-o", path)
    assert seen.output == ""
    assert work("export", "--project", "news").stdout_bytes == path.read_bytes()
    assert not path.with_name("out.jsonl.part").exists()


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        (["--annotator", "alice"], ["claim"]),
        (["--status", "draft"], ["quote"]),
        (["--tag", "quote", "--tag", "claim"], ["claim", "quote"]),
        (["--layer", "final"], []),
    ],
)
def test_options_leave_passages_out(work: Run, options: list[str], labels: list[str]) -> None:
    line = json.loads(work("export", "--project", "news", *options).stdout)
    assert [span["label"] for span in line["spans"]] == labels


def test_an_unknown_name_leaves_the_file_alone(work: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    for options in (["--tag", "nope"], ["--event", "nope"], ["--annotator", "nope"]):
        seen = work("export", "--project", "news", *options, "-o", path, status=1)
        assert "nope" in seen.stderr
    work("export", "--project", "unknown", "-o", path, status=1)
    assert path.read_text() == "before"
    assert list(tmp_path.glob("*.part")) == []


def test_an_export_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")

    def broken() -> object:
        yield b"half"
        raise RuntimeError("the disk is on fire")

    with pytest.raises(RuntimeError):
        articles.to_file(broken(), path)  # type: ignore[arg-type]
    assert path.read_text() == "before"
    assert list(tmp_path.glob("*.part")) == []
