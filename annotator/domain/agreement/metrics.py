"""METRICS: every number on layers of passages, by the name of its variant. One line each.

"Alpha" alone says nothing: on one published example four definitions of "unitizing alpha" give
0.73, 0.52, 0.49 and 0.50. So a name says the coefficient and what was counted as an item. A line
names who counts (a function from a corpus to sums for each slot) and the formula over the sums;
both are imported when the metric is asked for, so that nothing here loads a numbers library.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from annotator.domain.errors import Invalid
from annotator.domain.messages import N_

HERE = "annotator.domain.agreement."


@dataclass(frozen=True, slots=True)
class Metric:
    """`count` and `formula` are "module:function" below this package.

    `unit` is what is counted: span, character, matched pair, attribute value, continuum. `needs`
    see Sums.why.
    """

    name: str
    label: str
    unit: str
    count: str
    formula: str
    needs: str = ""

    @property
    def slow(self) -> bool:
        """Whether it draws samples: for a background job when there are many passages."""
        return self.name == "gamma"

    def counter(self) -> Callable[..., Any]:
        """The function that counts."""
        return _load(self.count)

    def value(self) -> Callable[[Any], Any]:
        """The formula."""
        return _load(self.formula)

    def why_not(self, corpus: Any) -> str | None:
        """Why there is no figure over all tags, or None where there is none by design."""
        module = import_module(HERE + self.count.partition(":")[0])
        explain: Callable[[Any], str | None] = getattr(module, "why_not", lambda _: None)
        return explain(corpus)


def _load(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    found: Callable[..., Any] = getattr(import_module(HERE + module), name)
    return found


SPAN, CHARACTER, PAIR = N_("span"), N_("character"), N_("matched pair")
ATTRIBUTE, CONTINUUM = N_("attribute value"), N_("continuum")


def _f1(name: str, label: str, count: str, unit: str = SPAN) -> Metric:
    return Metric(f"span_f1_{name}", label, unit, count, "f1:formula")


def _characters(name: str, label: str, needs: str = "") -> Metric:
    full = f"{name}_characters"
    return Metric(full, label, CHARACTER, "characters:slots", f"{name}:formula", needs)


def _matched(name: str, label: str, needs: str = "", formula: str = "") -> Metric:
    formula = f"{formula or name}:formula"
    return Metric(f"{name}_matched", label, PAIR, "matched:slots", formula, needs)


def _attributes(name: str, label: str, needs: str = "", formula: str = "") -> Metric:
    count = "matched:slots_of_attributes"
    return Metric(
        f"{name}_attributes", label, ATTRIBUTE, count, formula or f"{name}:formula", needs
    )


def _continuum(name: str, label: str, formula: str, needs: str = "", count: str = "") -> Metric:
    module = formula.partition(":")[0]
    return Metric(name, label, CONTINUUM, count or f"{module}:slots", formula, needs)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _f1("exact", N_("F1, exact spans"), "span_f1_exact:slots"),
        _f1("iou50", N_("F1, IoU ≥ 0.5"), "span_f1_iou:slots"),
        _f1("characters", N_("F1, characters"), "span_f1_characters:slots", CHARACTER),
        _f1("exact_unlabelled", N_("F1, exact, any tag"), "span_f1_exact:slots_unlabelled"),
        _f1("iou50_unlabelled", N_("F1, IoU ≥ 0.5, any tag"), "span_f1_iou:slots_unlabelled"),
        _f1("overlap", N_("F1, any overlap"), "span_f1_iou:slots_overlap"),
        _characters("krippendorff_alpha", N_("Krippendorff’s α, characters")),
        _characters("cohen_kappa", N_("Cohen’s κ, characters"), "two"),
        _characters("light_kappa", N_("Light’s κ, characters")),
        _characters("conger_kappa", N_("Conger’s κ, characters"), "complete"),
        _characters("fleiss_kappa", N_("Fleiss’ κ, characters"), "complete"),
        _characters("scott_pi", N_("Scott’s π, characters"), "two"),
        _characters("gwet_ac1", N_("Gwet’s AC1, characters")),
        _matched("confusion", N_("Same tag, matched pairs"), formula="percent_agreement"),
        _matched("krippendorff_alpha", N_("Krippendorff’s α, tags of matched pairs")),
        _matched("cohen_kappa", N_("Cohen’s κ, tags of matched pairs"), "two"),
        _matched("scott_pi", N_("Scott’s π, tags of matched pairs"), "two"),
        _matched("gwet_ac1", N_("Gwet’s AC1, tags of matched pairs")),
        _attributes("confusion", N_("Same value, attributes"), "", "percent_agreement:formula"),
        _attributes("krippendorff_alpha", N_("Krippendorff’s nominal α, attributes")),
        _attributes(
            "krippendorff_alpha_ordinal",
            N_("Krippendorff’s ordinal α, attributes"),
            "numbers",
            "krippendorff_alpha:formula_ordinal",
        ),
        _attributes(
            "krippendorff_alpha_interval",
            N_("Krippendorff’s interval α, attributes"),
            "numbers",
            "krippendorff_alpha:formula_interval",
        ),
        _attributes("cohen_kappa", N_("Cohen’s κ, attributes"), "two"),
        _attributes("gwet_ac1", N_("Gwet’s AC1, attributes")),
        _attributes("gwet_ac2", N_("Gwet’s AC2, ordinal weights, attributes"), "numbers"),
        _continuum("alpha_u_1995", N_("Krippendorff’s α_U, 1995"), "alpha_u_1995:formula"),
        _continuum("u_alpha_2016", N_("Krippendorff’s uα, 2016"), "u_alpha_2016:u_formula"),
        _continuum("bar_u_alpha_2016", N_("Krippendorff’s |uα, 2016"), "u_alpha_2016:bar_formula"),
        _continuum(
            "cu_alpha_2016",
            N_("Krippendorff’s cuα, 2016"),
            "u_alpha_2016:cu_formula",
            "two",
            "u_alpha_2016:slots_of_all",
        ),
        _continuum(
            "ku_alpha_2016",
            N_("Krippendorff’s (k)uα, 2016"),
            "u_alpha_2016:ku_formula",
            "two",
            "u_alpha_2016:slots_of_values",
        ),
        Metric("gamma", N_("γ, Mathet et al. 2015"), CONTINUUM, "gamma:slots", "gamma:formula"),
    )
}


def chosen(wanted: Iterable[str]) -> list[Metric]:
    """The metrics of these names; "all" is all, and the beginning of names, such as "span_f1" or
    "krippendorff_alpha", every one that begins so. Raises Invalid for a name that fits none."""
    found: dict[str, Metric] = {}
    for name in wanted:
        fits = (
            [METRICS[name]]
            if name in METRICS
            else [m for m in METRICS.values() if name == "all" or _begins(m.name, name)]
        )
        if not fits:
            raise Invalid(
                "“{name}” is no metric. There are: all, {known}.",
                "metric",
                name=name[:80],
                known=", ".join(METRICS),
            )
        found |= {metric.name: metric for metric in fits}
    return list(found.values())


def _begins(full: str, name: str) -> bool:
    """Whether the name is the beginning of a metric's; one word alone, such as "alpha", is not."""
    return "_" in name and full.startswith(f"{name}_")
