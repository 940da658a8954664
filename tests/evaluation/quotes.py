"""Quotes: spans and speakers."""

import re
from collections.abc import Callable, Iterable

from annotator.domain.quotations import find_quotes
from annotator.domain.spans import Fragments, Span
from annotator.domain.text import fold
from tests.evaluation.cases import Case, development, held_back_quotes
from tests.evaluation.report import Counts, Row

BARS = {"F1": 0.95, "speaker": 0.90}
GOALS = {"F1": 0.90, "speaker": 0.80}
MARKED = re.compile(r"«([^«»]+)»|“([^“”]+)”|\"([^\"]+)\"")
COLON = re.compile(r":\s*(?:«([^«»]+)»|“([^“”]+)”|\"([^\"]+)\")")


def evaluate() -> list[Row]:
    """The rules beside "everything in marks" and "marks after a colon", on every set."""
    sets = (
        ("development", development("quotes"), BARS),
        ("held back", held_back_quotes("heldback_quotes.txt"), GOALS),
        ("held back 2", held_back_quotes("heldback_quotes_2.txt"), GOALS),
    )
    rows = []
    for name, cases, bars in sets:
        rows.append(Row(f"{name}: all marks", _spans(cases, _matches(MARKED)).measures()))
        rows.append(Row(f"{name}: colon, marks", _spans(cases, _matches(COLON)).measures()))
        measures = _spans(cases, _rules).measures() | {"speaker": _speakers(cases)}
        rows.append(Row(f"{name}: rules", measures, bars))
    return rows


def _matches(expression: re.Pattern[str]) -> Callable[[str], list[Fragments]]:
    def find(text: str) -> list[Fragments]:
        return [(Span(*match.span(match.lastindex or 0)),) for match in expression.finditer(text)]

    return find


def _rules(text: str) -> list[Fragments]:
    return [quote.fragments for quote in find_quotes(text)]


def _spans(cases: Iterable[Case], find: Callable[[str], list[Fragments]]) -> Counts:
    counts = Counts()
    for case in cases:
        counts.add(
            find(case.text),
            [one.fragments for one in case.expected if not one.borderline],
            [one.fragments for one in case.expected if one.borderline],
        )
    return counts


def _speakers(cases: Iterable[Case]) -> float:
    """Of the quotes found exactly whose speaker somebody named: the share with the right one. A
    surname stands for the full name, which may be in another article only."""
    known = right = 0
    for case in cases:
        found = {quote.fragments: quote.attributes for quote in find_quotes(case.text)}
        for one in case.expected:
            wanted = one.attributes.get("speaker")
            if one.borderline or wanted is None or one.fragments not in found:
                continue
            said = fold(str(found[one.fragments].get("speaker", "")))
            known += 1
            right += said == fold(wanted) or (said != "" and fold(wanted).endswith(" " + said))
    return right / max(known, 1)
