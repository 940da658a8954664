"""Figures: spans, values, units and bounds."""

import re
from collections.abc import Callable, Iterable

from annotator.domain.quantities import find_figures
from annotator.domain.spans import Fragments, Span
from tests.evaluation.cases import Case, development, held_back_figures
from tests.evaluation.report import Counts, Row

BARS = {"F1": 0.97, "value+unit": 0.97}
GOALS = {"F1": 0.90, "overlap F1": 0.95, "value+unit": 0.95}


def evaluate() -> list[Row]:
    """The rules beside "every run of digits", on both sets."""
    sets = (
        ("development", development("figures"), BARS),
        ("held back", held_back_figures(), GOALS),
        ("held back 2", held_back_figures("heldback_figures_2.txt"), GOALS),
    )
    rows = []
    for name, cases, bars in sets:
        rows.append(Row(f"{name}: digits only", _spans(cases, _digits).measures()))
        rows.append(Row(f"{name}: rules", _spans(cases, _rules).measures() | _values(cases), bars))
    return rows


def _digits(text: str) -> list[Fragments]:
    return [(Span(*match.span()),) for match in re.finditer(r"\d+", text)]


def _rules(text: str) -> list[Fragments]:
    return [figure.fragments for figure in find_figures(text)]


def _spans(cases: Iterable[Case], find: Callable[[str], list[Fragments]]) -> Counts:
    counts = Counts()
    for case in cases:
        counts.add(
            find(case.text),
            [one.fragments for one in case.expected if not one.borderline],
            [one.fragments for one in case.expected if one.borderline],
        )
    return counts


def _values(cases: Iterable[Case]) -> dict[str, float | str]:
    """Of the figures found exactly: how many have the value (and upper value), the unit, both,
    and the bound."""
    matched = value = unit = both = bound = 0
    for case in cases:
        found = {figure.fragments: figure.attributes for figure in find_figures(case.text)}
        for one in case.expected:
            if one.borderline or one.fragments not in found:
                continue
            said, wanted = found[one.fragments], one.attributes
            right = all(said.get(name) == wanted.get(name) for name in ("value", "upper"))
            counted = "unit" not in wanted or said.get("unit") == wanted["unit"]
            matched, value, unit = matched + 1, value + right, unit + counted
            both, bound = both + (right and counted), bound + (said["bound"] == wanted["bound"])
    total = max(matched, 1)
    return {
        "value": value / total, "unit": unit / total, "value+unit": both / total,
        "bound": bound / total,
    }  # fmt: skip
