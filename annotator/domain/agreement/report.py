"""From articles to figures: build the corpus once, count once for each metric, and read off the
values over all, by tag, pair, article and group, each with its interval and its reasons."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotator.domain.agreement import bootstrap
from annotator.domain.agreement.corpus import Corpus, build
from annotator.domain.agreement.metrics import Metric, chosen
from annotator.domain.agreement.ratings import Tally
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Sums
from annotator.domain.agreement.values import Article, Figure, Interval, Report, Undefined
from annotator.domain.errors import Invalid

BY = ("tag", "pair", "article")


@dataclass(frozen=True)
class How:
    """What was asked for: `by` holds "tag", "pair", "article" or names of groups."""

    by: frozenset[str]
    resamples: int
    level: float
    seed: int
    samples: int


def measure(
    articles: Iterable[Article],
    metrics: Iterable[str] = ("all",),
    *,
    tags: Collection[str] = (),
    annotators: Collection[str] = (),
    by: Iterable[str] = ("tag",),
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    samples: int = 30,
) -> Report:
    """Compute metrics of articles that their annotators have finished.

    `tags` and `annotators` restrict, empty means all. Besides the figure over all tags and
    annotators, `by` asks for one by "tag", by "pair" of annotators, by "article", and by any key
    of `groups`. `resamples` 0 leaves intervals out; `samples` is the number of γ's samples.
    Raises Invalid for an unknown metric or grouping.
    """
    given = list(articles)
    asked = chosen(metrics)
    how = How(frozenset(by), resamples, level, seed, samples)
    keys = _group_keys(given, how.by)
    corpus = build(given, tags=tags, annotators=annotators)
    figures = [figure for metric in asked for figure in _figures(corpus, metric, how)]
    for key in keys:
        figures += _by_group(given, key, asked, how, tags=tags, annotators=annotators)
    return Report(
        figures=tuple(figures),
        articles=tuple(article.id for article in corpus.articles),
        annotators=corpus.annotators,
        tags=corpus.tags,
        entered=corpus.entered(),
        left_out=corpus.left_out,
        parameters={
            "resamples": resamples,
            "level": level,
            "seed": seed,
            "iou": 0.5,
            "gamma": {"alpha": 1, "beta": 1, "empty": 1, "sampler": "shuffle", "samples": samples},
        },
    )


def _figures(corpus: Corpus, metric: Metric, how: How) -> list[Figure]:
    extra: dict[str, Any] = {}
    if metric.slow:
        extra = {"samples": how.samples, "seed": how.seed, "pairs": "pair" in how.by}
    slots = _counted(corpus, metric, **extra)
    groups = [corpus.annotators]
    if "pair" in how.by and len(corpus.annotators) > 2:
        groups += [names(corpus, pair) for pair in corpus.pairs]
    made: list[Figure] = []
    for who in groups:
        inside = [slot for slot in slots if slot.annotators == who]
        if not any(slot.tag is None for slot in inside) and not any(s.attribute for s in inside):
            made += _none(corpus, metric, who)
        for slot in sorted(inside, key=_order):
            if slot.tag is None or "tag" in how.by or slot.attribute:
                made.append(_figure(corpus, metric, slot, slots[slot], how))
                if "article" in how.by and who == corpus.annotators:
                    made += _by_article(corpus, metric, slot, slots[slot])
    return made


def _order(slot: Slot) -> tuple[bool, str, str]:
    return (slot.tag is not None, slot.tag or "", slot.attribute or "")


def _counted(corpus: Corpus, metric: Metric, **extra: Any) -> dict[Slot, Any]:
    """What the metric counts, made once for all metrics that count alike."""
    kept: dict[str, dict[Slot, Any]] = corpus.__dict__.setdefault("_counted", {})
    if metric.count not in kept:
        kept[metric.count] = metric.counter()(corpus, **extra) if corpus.articles else {}
    return kept[metric.count]


def _none(corpus: Corpus, metric: Metric, who: tuple[str, ...]) -> list[Figure]:
    """The figure that says why there is none over all tags, if there should be one."""
    if not corpus.articles:
        reason: str | None = "no_common_articles"
    elif not corpus.marks:
        reason = "no_spans"
    else:
        reason = metric.why_not(corpus)
    if reason is None:
        return []
    count = int(_articles(corpus, Slot(None, who)).sum())
    return [Figure(metric.name, Undefined(reason), who, articles=count)]


def _articles(corpus: Corpus, slot: Slot) -> Any:
    """The articles that count for these annotators: those that all of a pair finished."""
    places = [corpus.annotators.index(name) for name in slot.annotators]
    if len(places) == 2:
        return corpus.finished[:, places].all(axis=1)
    return np.ones(len(corpus.articles), dtype=bool)


def _figure(corpus: Corpus, metric: Metric, slot: Slot, sums: Sums, how: How) -> Figure:
    here = _articles(corpus, slot)
    total = sums.total()
    figure = _settled(metric, slot, total, int(here.sum()))
    if not how.resamples:
        return figure
    if isinstance(figure.value, Undefined):
        return figure
    return replace(figure, interval=_interval(corpus, metric, sums.pick(here), how))


def _interval(corpus: Corpus, metric: Metric, sums: Any, how: How) -> Interval | Undefined:
    articles = len(sums._arrays()[0][1])
    if articles < bootstrap.FEWEST:
        return Undefined("too_few_articles")
    kept: dict[Any, Floats] = corpus.__dict__.setdefault("_draws", {})
    key = (articles, how.resamples, how.seed)
    if key not in kept:
        kept[key] = bootstrap.draws(articles, resamples=how.resamples, seed=how.seed)
    values = metric.value()(sums.weighted(kept[key]))
    return bootstrap.interval(np.asarray(values), level=how.level, seed=how.seed)


def _settled(metric: Metric, slot: Slot, total: Sums, articles: int) -> Figure:
    value = float(metric.value()(total))
    reason = total.why(value, metric.needs)
    order, table = _table(total)
    return Figure(
        metric=metric.name,
        value=value if reason is None else Undefined(reason),
        annotators=slot.annotators,
        tag=slot.tag,
        attribute=slot.attribute,
        articles=articles,
        counts=total.counts(),
        values=order,
        table=table,
    )


def _table(total: Sums) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
    """Who chose what, for two annotators: rows are the first's values, columns the second's."""
    if not isinstance(total, Tally) or total.annotators != 2:
        return (), ()
    rows = tuple(tuple(float(n) for n in row) for row in total.tables[0])
    return tuple(str(one) for one in total.values), rows


def _by_article(corpus: Corpus, metric: Metric, slot: Slot, sums: Sums) -> list[Figure]:
    return [
        replace(_settled(metric, slot, sums.pick(place), 1), article=article.id)
        for place, article in enumerate(corpus.articles)
    ]


# ------------------------------------------------------------------------------------- groups


def _group_keys(articles: Sequence[Article], by: frozenset[str]) -> list[str]:
    keys = sorted(by - set(BY))
    known = {key for article in articles for key in article.groups}
    known |= {key for article in articles for mark in article.marks for key in mark.groups}
    for key in keys:
        if key not in known:
            raise Invalid(
                "There is nothing to group by “{key}”. It can be: {known}.",
                "by",
                key=key[:80],
                known=", ".join((*BY, *sorted(known))),
            )
    return keys


def _by_group(
    articles: Sequence[Article], key: str, metrics: Sequence[Metric], how: How, **restrict: Any
) -> list[Figure]:
    values = {v for article in articles for v in article.groups.get(key, ())}
    of_marks = {v for a in articles for mark in a.marks for v in mark.groups.get(key, ())}
    made = []
    for value in sorted(values | of_marks):
        corpus = build(_only(articles, key, value, by_mark=not values), **restrict)
        inner = replace(how, by=how.by - {"article"})
        for metric in metrics:
            made += [replace(f, group=f"{key}:{value}") for f in _figures(corpus, metric, inner)]
    return made


def _only(articles: Sequence[Article], key: str, value: str, *, by_mark: bool) -> list[Article]:
    """Articles of a group, or passages of a group in every article."""
    if not by_mark:
        return [article for article in articles if value in article.groups.get(key, ())]
    return [
        replace(a, marks=tuple(m for m in a.marks if value in m.groups.get(key, ())))
        for a in articles
    ]
