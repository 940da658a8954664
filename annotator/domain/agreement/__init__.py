"""How far annotators agree: numbers that can be published, each by the name of its variant.

`measure` takes articles with the passages of the annotators who finished them and returns figures
with intervals, reasons where there is no number, and what entered. Importing this package loads no
numbers library; `measure` does, when it is called.
"""

from collections.abc import Iterable
from typing import Any

from annotator.domain.agreement.metrics import METRICS, Metric
from annotator.domain.agreement.values import (
    REASONS,
    WHY_LEFT_OUT,
    Article,
    Figure,
    Interval,
    LeftOut,
    Mark,
    Report,
    Undefined,
)

__all__ = [
    "METRICS",
    "REASONS",
    "WHY_LEFT_OUT",
    "Article",
    "Figure",
    "Interval",
    "LeftOut",
    "Mark",
    "Metric",
    "Report",
    "Undefined",
    "measure",
]


def measure(articles: Iterable[Article], metrics: Iterable[str] = ("all",), **how: Any) -> Report:
    """Compute metrics of articles; see annotator.domain.agreement.report.measure."""
    from annotator.domain.agreement.report import measure as run

    return run(articles, metrics, **how)
