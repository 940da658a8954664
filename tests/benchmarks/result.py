"""What a benchmark says: a number, its unit, and the bar that it must not cross."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Result:
    """One line of the report. `bar` None: a number to compare with, not one to reach."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    better: Literal["less", "more"] = "less"
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether the bar is kept."""
        if self.bar is None:
            return True
        return self.value <= self.bar if self.better == "less" else self.value >= self.bar


def spread(milliseconds: Sequence[float]) -> str:
    """The 5th, 50th and 95th of a hundred, as the detail of a line."""
    marks = statistics.quantiles(milliseconds, n=20)
    return f"p5 {marks[0]:.2f} · p50 {marks[9]:.2f} · p95 {marks[18]:.2f} ms, n={len(milliseconds)}"


def show(results: Sequence[Result]) -> str:
    """The report as aligned text."""
    lines = []
    for result in results:
        sign = "·" if result.bar is None else "✓" if result.good else "✗"
        limit = "" if result.bar is None else {"less": "≤", "more": "≥"}[result.better]
        bar = f"{limit} {result.bar:,.4g}" if result.bar is not None else ""
        value = f"{result.value:,.4g} {result.unit}"
        lines.append(f"{sign} {result.name:<58} {value:>16}  {bar:<10} {result.detail}")
    return "\n".join(lines)
