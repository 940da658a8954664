"""The texts with what people marked in them: the development set and the held-back ones."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.domain.spans import Fragments, Span

DATA = Path(__file__).parent / "data"
SEEDS = Path(__file__).parents[2] / "seeds"


@dataclass(frozen=True)
class Expected:
    """A marked passage: where, with which attributes; `borderline`: people would disagree."""

    fragments: Fragments
    attributes: dict[str, str]
    borderline: bool = False


@dataclass(frozen=True)
class Case:
    """A text and what should be found in it."""

    name: str
    text: str
    expected: tuple[Expected, ...]


def development(kind: str) -> list[Case]:
    """The five articles with their "figures" or "quotes"; offsets are of the raw files."""
    cases = []
    for line in (DATA / "development.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text = (SEEDS / record["file"]).read_bytes().decode()
        cases.append(Case(record["file"], text, tuple(_span(text, s) for s in record[kind])))
    return cases


def _span(text: str, raw: dict[str, Any]) -> Expected:
    span = Span(raw["start"], raw["end"])
    assert text[span.start : span.end] == raw["text"], raw
    attributes = {
        name: value
        for name, value in raw.items()
        if name not in ("start", "end", "text", "borderline")
    }
    return Expected((span,), attributes, raw.get("borderline", False))


_FIGURE = re.compile(r"\[\[(.*?)\]\]")
_QUOTE = re.compile(r"\{\{(?:(\d)([:|]))?(.*?)\}\}", re.DOTALL)


def held_back_figures(file: str = "heldback_figures.txt") -> list[Case]:
    """Lines "kind: text with [[words|value|unit|bound]]"; a range is "low..high"."""
    cases = []
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, _, body = line.partition(": ")
            cases.append(_figures(kind, body))
    return cases


def _figures(kind: str, body: str) -> Case:
    text, place, expected = "", 0, []
    for match in _FIGURE.finditer(body):
        text += body[place : match.start()]
        words, value, unit, *bound = match[1].split("|")
        low, _, high = value.partition("..")
        attributes = {"value": low, "bound": bound[0] if bound else "exactly"}
        attributes |= {"upper": high} if high else {}
        attributes |= {"unit": unit} if unit else {}
        expected.append(Expected((Span(len(text), len(text) + len(words)),), attributes))
        text += words
        place = match.end()
    return Case(kind, text + body[place:], tuple(expected))


def held_back_quotes(file: str) -> list[Case]:
    """Texts apart by "---", with {{speaker|words}}, in pieces {{1:speaker|…}} … {{1|…}}."""
    lines = (DATA / file).read_text(encoding="utf-8").splitlines(keepends=True)
    whole = "".join(line for line in lines if not line.startswith("#"))
    blocks = re.split(r"^---\n", whole, flags=re.MULTILINE)
    return [_quotes(f"{file} {number}", block) for number, block in enumerate(blocks, 1)]


def _quotes(name: str, body: str) -> Case:
    text, place = "", 0
    pieces: list[tuple[list[Span], str]] = []
    for match in _QUOTE.finditer(body):
        text += body[place : match.start()]
        speaker, _, words = ("", "", match[3]) if match[2] == "|" else match[3].partition("|")
        span = Span(len(text), len(text) + len(words))
        if match[2] == "|":
            pieces[-1][0].append(span)
        else:
            pieces.append(([span], speaker))
        text += words
        place = match.end()
    expected = (
        Expected(tuple(spans), {"speaker": speaker} if speaker != "?" else {})
        for spans, speaker in pieces
    )
    return Case(name, text + body[place:], tuple(expected))
