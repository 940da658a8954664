"""`annotator detect`: a text in, JSON Lines out, no database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.cli import main

SEEDS = Path(__file__).parents[2] / "seeds"


def test_figures_of_a_file_come_as_lines_whose_offsets_count_the_text_as_read() -> None:
    path = SEEDS / "003_ee396423d75f48a3.txt"
    result = CliRunner().invoke(main, ["detect", "figures", str(path)])
    text = path.read_bytes().decode()
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert "$17 млрд" in [line["text"] for line in lines]
    for line in lines:
        assert set(line) == {"start", "end", "text", "attributes", "confidence", "reason"}
        assert text[line["start"] : line["end"]] == line["text"]


def test_quotes_of_standard_input_say_their_fragments_when_there_are_several() -> None:
    text = "\ufeff😀\r\n«Нет, — сказал Иван Петров. — Никогда»."
    result = CliRunner().invoke(main, ["detect", "quotes", "-"], input=text.encode())
    (line,) = map(json.loads, result.stdout.splitlines())
    assert [text[s:e] for s, e in line["fragments"]] == ["Нет", "Никогда"]
    assert line["text"] == text[line["start"] : line["end"]]
    assert line["attributes"]["speaker"] == "Иван Петров"


def test_what_cannot_be_read_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    missing = CliRunner().invoke(main, ["detect", "quotes", str(tmp_path / "none.txt")])
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)
    (tmp_path / "cp1251.txt").write_bytes("слово\nслово".encode("cp1251"))
    wrong = CliRunner().invoke(main, ["detect", "quotes", str(tmp_path / "cp1251.txt")])
    assert (wrong.exit_code, "line 1: this is no UTF-8" in wrong.output) == (1, True)


@pytest.mark.parametrize("arguments", [["detect"], ["detect", "claims", "-"]])
def test_a_wrong_call_is_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_neither_the_web_nor_a_database_is_loaded_and_the_dictionary_only_when_needed() -> None:
    code = (
        "import sys, annotator.domain.quantities, annotator.domain.quotations\n"
        "import annotator.cli.detect\n"
        "print([n for n in ('flask', 'sqlalchemy', 'pymorphy3') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
