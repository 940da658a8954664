"""Rows of measures, and the table of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from annotator.domain.spans import Fragments, overlaps


@dataclass(frozen=True)
class Row:
    """One method on one set of texts: measures by name, and the least that some must reach."""

    name: str
    measures: dict[str, float | str]
    bars: dict[str, float] = field(default_factory=dict)

    @property
    def missed(self) -> list[str]:
        """Which measures are below their bar."""
        return [
            f"{name} {self.measures[name]:.3f} < {least:.2f}"
            for name, least in self.bars.items()
            if float(self.measures[name]) < least
        ]


def show(rows: Sequence[Row]) -> str:
    """The rows as a table."""
    names = list(dict.fromkeys(name for row in rows for name in row.measures))
    table = [["", *names]]
    for row in rows:
        cells = (row.measures.get(name, "") for name in names)
        table.append(
            [row.name, *(f"{cell:.3f}" if isinstance(cell, float) else cell for cell in cells)]
        )
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in table
    )


@dataclass
class Counts:
    """Found and expected passages, exactly equal and overlapping ones."""

    found: int = 0
    expected: int = 0
    exact: int = 0
    found_near: int = 0
    expected_near: int = 0

    def add(
        self,
        found: Iterable[Fragments],
        expected: Iterable[Fragments],
        ignored: Iterable[Fragments] = (),
    ) -> None:
        """Compare the passages of one text; those that touch an ignored one do not count."""
        leave = list(ignored)
        wanted = list(expected)
        seen = [f for f in found if f in wanted or not any(overlaps(f, other) for other in leave)]
        self.found += len(seen)
        self.expected += len(wanted)
        self.exact += len(set(seen) & set(wanted))
        self.found_near += sum(any(overlaps(f, w) for w in wanted) for f in seen)
        self.expected_near += sum(any(overlaps(f, w) for f in seen) for w in wanted)

    def measures(self) -> dict[str, float | str]:
        """Precision, recall and F1, exact and overlapping."""
        precision = self.exact / self.found if self.found else 0.0
        recall = self.exact / self.expected if self.expected else 0.0
        near = self.found_near / self.found if self.found else 0.0
        near_recall = self.expected_near / self.expected if self.expected else 0.0
        return {
            "n": str(self.expected), "P": precision, "R": recall, "F1": _f1(precision, recall),
            "overlap F1": _f1(near, near_recall),
        }  # fmt: skip


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
