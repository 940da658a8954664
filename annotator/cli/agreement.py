"""`annotator agreement`: how far the annotators of exported files agree, without a database."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
import orjson

from annotator.domain.agreement import METRICS, Article, Figure, Interval, Mark, Report, Undefined
from annotator.domain.agreement.values import WHY_LEFT_OUT
from annotator.domain.errors import Invalid
from annotator.domain.spans import Span
from annotator.domain.text import sha256
from annotator.formats import reader
from annotator.formats.records import ArticleRecord, ProjectRecord, SpanRecord

FINISHED = {
    "progress": "annotators who said they are done with an article, as the file records it",
    "marked": "annotators who marked something in an article, since the file has no progress",
    "everyone": "every annotator of the file in every article, as asked for",
}


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    default=("all",),
    metavar="NAME",
    help="A metric, the beginning of names (span_f1, krippendorff_alpha), or all. Repeatable.",
)
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only passages with this tag.")
@click.option("--annotator", "people", multiple=True, metavar="NAME", help="Only these annotators.")
@click.option(
    "--by",
    multiple=True,
    metavar="WHAT",
    help="One figure for each pair, article, event, author, outlet or month. Repeatable.",
)
@click.option("--everyone", is_flag=True, help="Every annotator has finished every article.")
@click.option("--resamples", default=1000, show_default=True, type=click.IntRange(0, 100_000))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option(
    "--list",
    "listed",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, asked: _list(ctx) if asked else None,
    help="List the metrics and stop.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON value instead of a table.")
def agreement(
    files: tuple[Path, ...],
    metrics: tuple[str, ...],
    tags: tuple[str, ...],
    people: tuple[str, ...],
    by: tuple[str, ...],
    everyone: bool,
    resamples: int,
    seed: int,
    as_json: bool,
) -> None:
    """Say how far the annotators of exported FILES agree; no database is needed.

    FILES are JSON Lines of articles or of a whole project. An article counts for the annotators
    who have finished it; passages that are drafts, or belong to the final layer, do not enter.
    """
    from annotator.domain.agreement import measure

    heap = Heap()
    for path in files:
        heap.read(path)
    rule, articles = heap.articles(everyone=everyone)
    try:
        report = measure(
            articles,
            metrics,
            tags=tags,
            annotators=people,
            by=("tag", *by),
            resamples=resamples,
            seed=seed,
        )
    except Invalid as error:
        raise click.BadParameter(str(error), param_hint=f"--{error.field}") from error
    if as_json:
        value = as_value(report, articles, rule=rule, heap=heap)
        sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        click.echo("\n".join(as_text(report, rule=rule, heap=heap)))


def _list(ctx: click.Context) -> None:
    for metric in METRICS.values():
        click.echo(f"{metric.name:<42} {metric.label}")
    ctx.exit()


# ------------------------------------------------------------------------------------- reading


@dataclass
class Entry:
    """What the files say of one article."""

    id: str
    text: str | None = None
    where: str = ""
    spans: list[SpanRecord] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Heap:
    """The articles of all files; lines on one article are put together."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.progress = False
        self.uncounted: set[tuple[str, str]] = set()
        self.skipped: Counter[str] = Counter()
        self.files: list[str] = []

    def read(self, path: Path) -> None:
        """Add a file. Raises Invalid naming file, line and field."""
        self.files.append(str(path))
        with path.open("rb") as stream:
            head = stream.readline(65_536)
            stream.seek(0)
            for record in reader(None, path.name, head)[1](stream, path.name):
                if isinstance(record, ArticleRecord):
                    self._add(record, path.name)
                elif isinstance(record, ProjectRecord):
                    self._codebook(record)

    def _add(self, record: ArticleRecord, file: str) -> None:
        text_hash = record.text_sha256 or (sha256(record.text) if record.text else None)
        key = record.id or text_hash or record.meta.source_file or f"{file}:{record.line}"
        entry = self.entries.setdefault(key, Entry(key))
        entry.where = entry.where or f"{file}, line {record.line}"
        entry.text = record.text if record.text is not None else entry.text
        entry.spans += record.spans
        entry.groups |= _groups(record)
        for said in record.progress:
            self.progress = True
            if said.state == "done":
                entry.done.add(said.by)

    def _codebook(self, record: ProjectRecord) -> None:
        for tag in record.tags:
            for attribute in tag.content.get("attributes", ()):
                if attribute.get("counted") is False:
                    self.uncounted.add((tag.name, str(attribute.get("name"))))

    def articles(self, *, everyone: bool) -> tuple[str, list[Article]]:
        """The articles as values, and by which rule (a key of FINISHED) they are finished.

        Raises Invalid for an article whose text is in no file.
        """
        rule = "everyone" if everyone else "progress" if self.progress else "marked"
        marks = {key: list(self._marks(entry)) for key, entry in self.entries.items()}
        people = {mark.annotator for one in marks.values() for mark in one}
        made = []
        for key, entry in self.entries.items():
            if entry.text is None:
                raise Invalid(
                    "{where}: the text of the article is in no file, so there is nothing to "
                    "count against. Export the articles with their texts.",
                    "text",
                    where=entry.where,
                )
            finished = {
                "everyone": people,
                "progress": entry.done,
                "marked": {mark.annotator for mark in marks[key]},
            }[rule]
            who = tuple(sorted(finished))
            made.append(Article(key, len(entry.text), who, tuple(marks[key]), entry.groups))
        return rule, made

    def _marks(self, entry: Entry) -> Iterator[Mark]:
        for span in entry.spans:
            if span.layer != "annotator":
                self.skipped["of the final layer"] += 1
            elif not span.annotator:
                self.skipped["without an annotator"] += 1
            elif "draft" in (span.status, span.state):
                self.skipped["drafts"] += 1
            else:
                yield self._mark(span, span.annotator)

    def _mark(self, span: SpanRecord, annotator: str) -> Mark:
        return Mark(
            annotator=annotator,
            tag=span.label,
            fragments=tuple(Span(*pair) for pair in span.fragments or ((span.start, span.end),)),
            attributes={
                name: value
                for name, value in span.attributes.items()
                if (span.label, name) not in self.uncounted
            },
            groups={"event": tuple(link.event for link in span.links)} if span.links else {},
            id=span.id or "",
        )


def _groups(record: ArticleRecord) -> dict[str, tuple[str, ...]]:
    meta = record.meta
    named = {
        "author": meta.author,
        "outlet": meta.outlet,
        "month": (meta.published or "")[:7],
    }
    return {key: (value,) for key, value in named.items() if value}


# ------------------------------------------------------------------------------------- saying


def as_value(
    report: Report, articles: Sequence[Article], *, rule: str, heap: Heap
) -> dict[str, Any]:
    """The report as JSON: every figure with its reason, and what a methods paragraph needs."""
    texts = {key: entry.text or "" for key, entry in heap.entries.items()}
    counted = set(report.articles)
    return {
        "files": heap.files,
        "software": {"name": "annotator", "version": _version()},
        "offset_unit": "codepoint",
        "finished": {"rule": rule, "meaning": FINISHED[rule]},
        "articles": [
            {
                "id": article.id,
                "characters": article.length,
                "text_sha256": sha256(texts[article.id]),
                "annotators": article.annotators,
            }
            for article in articles
            if article.id in counted
        ],
        "annotators": report.annotators,
        "tags": report.tags,
        "entered": report.entered,
        "left_out": [
            {
                "article": one.article,
                "annotator": one.annotator or None,
                "tag": one.tag or None,
                "id": one.id or None,
                "why": one.why,
            }
            for one in report.left_out
        ],
        "not_read": dict(heap.skipped),
        "parameters": report.parameters,
        "results": [figure_value(figure) for figure in report.figures],
    }


def _version() -> str | None:
    """The version that computed; None in a checkout that is not installed."""
    try:
        return version("annotator")
    except PackageNotFoundError:
        return None


def figure_value(figure: Figure) -> dict[str, Any]:
    """One figure as JSON; `value` is null where there is a `reason`."""
    metric = METRICS[figure.metric]
    missing = figure.value if isinstance(figure.value, Undefined) else None
    return {
        "metric": figure.metric,
        "label": metric.label,
        "unit": metric.unit,
        "tag": figure.tag,
        "attribute": figure.attribute,
        "annotators": figure.annotators,
        "article": figure.article,
        "group": figure.group,
        "value": None if missing else figure.value,
        "reason": missing.reason if missing else None,
        "explanation": missing.sentence if missing else None,
        "articles": figure.articles,
        "counts": figure.counts,
        "interval": _interval(figure.interval),
        "values": figure.values or None,
        "table": figure.table or None,
    }


def _interval(interval: Interval | Undefined | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    if isinstance(interval, Undefined):
        return {"low": None, "high": None, "reason": interval.reason}
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "method": "percentile bootstrap over articles",
        "resamples": interval.resamples,
        "without_value": interval.undefined,
        "seed": interval.seed,
    }


def as_text(report: Report, *, rule: str, heap: Heap) -> Iterator[str]:
    """The report as lines for people."""
    yield f"{len(report.articles)} articles, {', '.join(report.annotators) or 'nobody'}."
    yield f"An article counts for {FINISHED[rule]}."
    for name, tags in report.entered.items():
        yield f"{name}: " + ", ".join(f"{tag} {number}" for tag, number in tags.items())
    out = Counter(WHY_LEFT_OUT[one.why] for one in report.left_out)
    for why, number in out.items():
        yield f"Left out, {number}: {why}"
    for why, number in heap.skipped.items():
        yield f"Not read, {number}: {why}"
    yield ""
    yield from _columns(_row(figure) for figure in report.figures)
    drawn = [f for f in report.figures if isinstance(f.interval, Interval)]
    if drawn and isinstance(drawn[0].interval, Interval):
        one = drawn[0].interval
        yield ""
        yield (
            f"Intervals: {one.level:.0%}, percentile bootstrap over articles, {one.resamples} "
            f"resamples, seed {one.seed}. Offsets in code points."
        )


def _row(figure: Figure) -> tuple[str, ...]:
    of = ".".join(part for part in (figure.tag, figure.attribute) if part) or "all tags"
    where = [figure.article or "", figure.group or ""]
    whose = " & ".join(figure.annotators) if len(figure.annotators) == 2 else "all"
    if isinstance(figure.value, Undefined):
        return (figure.metric, of, whose, *where, "–", figure.value.reason)
    low_high = ""
    if isinstance(figure.interval, Interval):
        low_high = f"{figure.interval.low:.3f} … {figure.interval.high:.3f}"
    elif isinstance(figure.interval, Undefined):
        low_high = figure.interval.reason
    return (figure.metric, of, whose, *where, f"{figure.value:.4f}", low_high)


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)] if table else []
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width]
        yield "  ".join(cells).rstrip()
