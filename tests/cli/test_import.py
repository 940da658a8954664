"""`annotator import` and its neighbours, called as a person calls them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator import paths
from annotator.cli import main
from annotator.settings import Settings

Run = Callable[..., Result]

TEXT = "Мир и дружба."


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a fresh database; arguments as strings or paths."""
    monkeypatch.setenv("ANNOTATOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ANNOTATOR_DATABASE_URL", settings.database_url)

    def call(*arguments: object, status: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == status, result.output
        return result

    return call


def written(folder: Path, name: str, *lines: object) -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))
    return path


def test_one_line_tells_what_came_of_each_file(run: Run, tmp_path: Path) -> None:
    span = {"start": 0, "end": 3, "label": "claim", "text": "Мир"}
    one = written(tmp_path, "one.jsonl", {"text": TEXT, "spans": [span]})
    two = tmp_path / "two.txt"
    two.write_bytes(b" date 2025-11-13 Two.\r\nLines.")
    first = run("import", one, two, "--project", "news", "--create")
    assert first.stdout.splitlines() == [
        "one.jsonl: 1 article, 1 user, 1 annotation",
        "two.txt: 1 article; changed in texts: date_header 1, crlf 1",
    ]
    again = run("import", one, "--project", "news")
    assert again.stdout == ("one.jsonl: nothing new; here already: 1 article, 1 annotation\n")


def test_a_folder_brings_its_files_in_order(run: Run, tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.html"):
        (tmp_path / name).write_text(f"Text {name}")
    seen = run("import", tmp_path, "--project", "news", "--create", "--json")
    assert [report["file"] for report in json.loads(seen.stdout)] == ["a.txt", "b.txt"]


def test_a_refused_file_leaves_the_others_in(run: Run, tmp_path: Path) -> None:
    good = written(tmp_path, "good.jsonl", {"text": TEXT})
    wrong = {"start": 0, "end": 3, "label": "claim", "text": "War"}
    bad = written(tmp_path, "bad.jsonl", {"text": "x"}, {"text": TEXT, "spans": [wrong]})
    seen = run("import", bad, good, "--project", "news", "--create", status=1)
    assert seen.stdout == "good.jsonl: 1 article\n"
    assert "Error: bad.jsonl, line 2, spans[0].text: the text at 0–3 is “Мир”" in seen.stderr
    assert "“War”" in seen.stderr


def test_an_unknown_project_is_not_made_by_mistake(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", {"text": TEXT})
    seen = run("import", path, "--project", "news", status=1)
    assert "Add --create to make it" in seen.stderr
    assert json.loads(run("project", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "--project", "x"],
        ["import", "no such file", "--project", "x"],
        ["import", ".", "--project", "x", "--format", "docx"],
        ["export", "--project", "x", "--format", "text"],
        ["formats", "--schema", "annotator.dream/1"],
    ],
)
def test_misuse_ends_with_status_2(run: Run, arguments: list[str]) -> None:
    run(*arguments, status=2)


def test_passages_of_nobody_get_the_named_annotator(run: Run, tmp_path: Path) -> None:
    span = {"start": 0, "end": 3, "label": "claim"}
    path = written(tmp_path, "a.jsonl", {"text": TEXT, "spans": [span]})
    run("import", path, "--project", "news", "--create", "--annotator", "zoya")
    line = json.loads(run("export", "--project", "news").stdout)
    assert [s["annotator"] for s in line["spans"]] == ["zoya"]


def test_formats_are_listed_with_their_directions(run: Run) -> None:
    rows = {row["name"]: row for row in json.loads(run("formats", "--json").stdout)}
    assert (rows["jsonl"]["read"], rows["jsonl"]["write"]) == (True, True)
    assert (rows["text"]["read"], rows["text"]["write"]) == (True, False)
    assert "in and out" in run("formats").stdout
    schema = json.loads(run("formats", "--schema", "annotator.article/1").stdout)
    assert "spans" in schema["properties"]


def test_check_says_what_does_not_fit(run: Run, tmp_path: Path, settings: Settings) -> None:
    span = {"start": 0, "end": 3, "label": "claim"}
    path = written(tmp_path, "a.jsonl", {"text": TEXT, "spans": [span]})
    run("import", path, "--project", "news", "--create")
    assert run("check").stdout == "Everything fits.\n"
    from sqlalchemy import text

    from annotator.db import connect

    database = connect(settings)
    with database.writing() as db:
        db.execute(text("UPDATE annotation SET text = 'War'"))
    database.dispose()
    seen = run("check", "--project", "news", "--json", status=1)
    (problem,) = json.loads(seen.stdout)
    assert problem["noun"] == "annotation"
    assert "“Мир”" in problem["problem"]


def test_people_and_projects_are_kept_from_the_command_line(run: Run) -> None:
    assert "/sign-in/" in run("user", "add", "alice", "--display-name", "Alice").stdout
    run("user", "add", "bob", "--admin")
    run("user", "password", "alice", "--password", "a long enough password 1")
    run("user", "disable", "alice")
    rows = {row["name"]: row for row in json.loads(run("user", "list", "--json").stdout)}
    assert (rows["alice"]["active"], rows["bob"]["admin"]) == (False, True)
    assert "switched off" in run("user", "disable", "alice").stdout
    run("user", "disable", "nobody", status=1)
    run("project", "add", "news", "--title", "Новый")
    assert "Новый" in run("project", "list").stdout
    run("project", "add", "news", status=1)


def test_the_database_says_where_it_stands(run: Run) -> None:
    assert "this version" in run("db", "current").stdout
    assert "stands at migration" in run("db", "upgrade").stdout


def test_the_seeds_come_in_as_files(run: Run) -> None:
    seeds = paths.seeds()
    names = [*sorted(seeds.glob("*.txt")), *(seeds / f"sample-{x}.jsonl" for x in "ab")]
    run("import", *names, seeds / "events.jsonl", "--project", "visit", "--create")
    assert run("check").stdout == "Everything fits.\n"


BAD_FILES = {
    "utf16.jsonl": '{"text":"a"}'.encode("utf-16"),
    "cut.jsonl": b'{"text":"good"}\n{"text":"cut of',
    "nan.jsonl": b'{"text":"a","spans":[{"start":NaN}]}',
    "twice.jsonl": b'{"text":"a","text":"b"}',
    "deep.jsonl": b'{"text":' + b"[" * 100_000,
    "surrogate.jsonl": b'{"text":"\\ud83d"}',
    "nul.jsonl": b'{"text":"a\x00"}',
    "huge.jsonl": b'{"text":"abc","spans":[{"start":0,"end":9223372036854775808,"label":"x"}]}',
    "thirty.jsonl": b'{"text":"abc","spans":[{"start":1' + b"0" * 29 + b',"end":2,"label":"x"}]}',
    "beyond.jsonl": b'{"text":"abc","spans":[{"start":0,"end":4,"label":"x"}]}',
    "other.jsonl": b'{"text":"abc","spans":[{"start":0,"end":1,"label":"x","text":"b"}]}',
    "unknown.jsonl": b'{"meta":{"source_file":"nowhere.txt"},"spans":[]}',
    "cp1251.txt": "Привет".encode("cp1251"),
    "empty.txt": b"",
    "page.html": b"<html></html>",
    "project.jsonl": b'{"schema":"annotator.project/1","title":"T","tags":[]}\n',
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_and_leaves_nothing_behind(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    seen = run("import", path, "--project", "news", "--create", status=1)
    assert seen.stdout == ""
    assert name in seen.stderr
    assert "Traceback" not in seen.stderr
    assert json.loads(run("project", "list", "--json").stdout) == []
    assert json.loads(run("user", "list", "--json").stdout) == []
