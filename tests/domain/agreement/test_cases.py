"""Worked examples: published ones, fixtures of other programs, identities. `cases.json` has each
with its expected value, tolerance and source."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.domain.agreement import Mark, Undefined, peers
from annotator.domain.agreement import alpha_u_1995 as unitizing
from annotator.domain.agreement import gamma as mathet
from annotator.domain.agreement import u_alpha_2016 as family
from annotator.domain.agreement.bennett_s import bennett_s
from annotator.domain.agreement.bootstrap import of_items
from annotator.domain.agreement.brennan_prediger import brennan_prediger
from annotator.domain.agreement.cohen_kappa import cohen_kappa, cohen_kappa_se, weighted_kappa
from annotator.domain.agreement.distances import masi
from annotator.domain.agreement.fleiss_kappa import (
    fleiss_kappa,
    fleiss_kappa_category,
    fleiss_kappa_gwet,
)
from annotator.domain.agreement.gwet_ac1 import gwet_ac1
from annotator.domain.agreement.krippendorff_alpha import (
    formula_ordinal,
    krippendorff_alpha,
    krippendorff_alpha_se,
    pairable,
)
from annotator.domain.agreement.light_kappa import light_kappa
from annotator.domain.agreement.percent_agreement import percent_agreement
from annotator.domain.agreement.ratings import Ratings
from annotator.domain.agreement.scott_pi import scott_pi
from annotator.domain.agreement.span_f1_exact import span_f1_exact
from annotator.domain.agreement.span_f1_iou import span_f1_iou
from annotator.domain.agreement.span_f1_semeval import span_f1_semeval
from annotator.domain.spans import Span

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cases.json").read_text(encoding="utf-8")
)["cases"]


def ratings(data: dict[str, Any]) -> Ratings:
    if "counts" in data:
        return Ratings.counted([(row["values"], row["n"]) for row in data["counts"]])
    return Ratings.of(data["items"])


def distance(data: dict[str, Any]) -> Callable[[Any, Any], float]:
    table = {frozenset(pair[:2]): pair[2] for pair in data["distance"]["pairs"]}
    return lambda a, b: 0.0 if a == b else table[frozenset((a, b))]


COEFFICIENTS: dict[str, Callable[[Ratings], float | Undefined]] = {
    "percent_agreement": percent_agreement,
    "bennett_s": bennett_s,
    "brennan_prediger_missing": brennan_prediger,
    "scott_pi": scott_pi,
    "cohen_kappa": cohen_kappa,
    "cohen_kappa_se": cohen_kappa_se,
    "light_kappa": light_kappa,
    "fleiss_kappa": fleiss_kappa,
    "fleiss_kappa_gwet_missing": fleiss_kappa_gwet,
    "gwet_ac1": gwet_ac1,
    "krippendorff_alpha_nominal": krippendorff_alpha,
    "krippendorff_alpha_ordinal": lambda r: krippendorff_alpha(r, "ordinal"),
    "krippendorff_alpha_interval": lambda r: krippendorff_alpha(r, "interval"),
    "krippendorff_alpha_ratio": lambda r: krippendorff_alpha(r, "ratio"),
    "krippendorff_alpha_nominal_se_gwet": krippendorff_alpha_se,
}


def marks(spans: list[Any]) -> list[Mark]:
    return [Mark("", tag, (Span(start, end),)) for start, end, tag in spans]


def of_bio(sentences: list[list[str]]) -> list[Mark]:
    found: list[list[Any]] = []
    place = 0
    for sentence in sentences:
        for word in sentence:
            if word.startswith("I-") and found and found[-1][1] == place:
                found[-1][1] += 1
            elif word != "O":
                found.append([place, place + 1, word[2:]])
            place += 1
        place += 1
    return marks(found)


def layers(data: dict[str, Any], spans: list[dict[str, Any]] | None = None) -> list[list[Any]]:
    every = data["spans"] if spans is None else spans
    names = data.get("annotators") or sorted({span["annotator"] for span in every})
    return [
        [(s["start"], s["end"], s["label"]) for s in every if s["annotator"] == name]
        for name in names
    ]


def weights(data: dict[str, Any]) -> mathet.Weights:
    given = data["params"]
    return mathet.Weights(given["alpha"], given["beta"], given["deltaEmpty"])


def disorder(data: dict[str, Any], spans: list[Any] | None = None) -> float:
    coded = mathet.coded_layers(layers(data, spans))
    found = mathet.best_alignment(coded, weights(data))
    assert isinstance(found, mathet.Alignment)
    return found.disorder


def alpha_u(data: dict[str, Any]) -> unitizing.Disagreement:
    tags = [data["category"]] if "category" in data else {s["label"] for s in data["spans"]}
    every = [
        unitizing.disagreement(
            [
                np.array([u[:2] for u in layer if u[2] == tag], np.int64).reshape(-1, 2)
                - data["begin"]
                for layer in layers(data)
            ],
            data["end"] - data["begin"],
        )
        for tag in tags
    ]
    total = every[0]
    for one in every[1:]:
        total = total.plus(one)
    return total


def u_alpha(data: dict[str, Any], metric: str) -> float:
    sums, values = family.continuum(layers(data), data["begin"], data["end"])
    if metric == "ku_alpha_2016":
        return family.ku_alpha(sums, values, data["category"])
    formula = {
        "u_alpha_2016": family.u_formula,
        "bar_u_alpha_2016": family.bar_formula,
        "cu_alpha_2016": family.cu_formula,
    }[metric]
    return float(formula(sums))


def computed(metric: str, data: dict[str, Any]) -> Any:
    """What we say to a case."""
    if metric in COEFFICIENTS:
        return COEFFICIENTS[metric](ratings(data))
    if metric in SPECIAL:
        return SPECIAL[metric](data)
    if metric.startswith("span_f1_semeval_"):
        scheme = {"ent_type": "type"}.get(metric[16:], metric[16:])
        return span_f1_semeval(of_bio(data["true_bio"]), of_bio(data["pred_bio"]), scheme)
    if metric.endswith("u_alpha_2016") or metric.startswith(("cu_", "ku_", "bar_")):
        return u_alpha(data, metric)
    raise AssertionError(f"nobody answers to {metric}")


def replay(data: dict[str, Any]) -> float:
    return 1 - disorder(data) / float(np.mean([disorder(data, s) for s in data["samples"]]))


def pair(data: dict[str, Any]) -> float:
    a, b = mathet.coded_layers([[data["u"]], [data["v"]]])
    return float(sum(mathet.distances(a, b, weights(data)))[0, 0])


SPECIAL: dict[str, Callable[[dict[str, Any]], Any]] = {
    "fleiss_kappa_category": lambda d: fleiss_kappa_category(ratings(d), d["category"]),
    "krippendorff_alpha_custom_distance": lambda d: krippendorff_alpha(ratings(d), distance(d)),
    "weighted_kappa": lambda d: weighted_kappa(ratings(d), distance(d)),
    "masi_distance": lambda d: masi(d["a"], d["b"]),
    "span_f1_exact": lambda d: span_f1_exact(marks(d["A"]), marks(d["B"])),
    "span_f1_exact_unlabelled": lambda d: span_f1_exact(
        marks(d["A"]), marks(d["B"]), labelled=False
    ),
    "span_f1_overlap_any": lambda d: span_f1_iou(marks(d["A"]), marks(d["B"]), threshold=0),
    "span_f1_exact_bio": lambda d: span_f1_exact(of_bio(d["true_bio"]), of_bio(d["pred_bio"])),
    "share_of_pairs_iou_at_threshold": lambda d: peers.share_of_pairs(d["ious"], d["threshold"]),
    "f1_iou_label_threshold": lambda d: peers.label_studio_f1(d["pairs"], d["threshold"]),
    "alpha_u_1995": lambda d: float(unitizing.formula(alpha_u(d))),
    "alpha_u_1995_category": lambda d: float(unitizing.formula(alpha_u(d))),
    "alpha_u_1995_category_Do": lambda d: float(alpha_u(d).observed),
    "gamma_best_alignment_disorder": disorder,
    "gamma_pair_dissimilarity": pair,
    "gamma_replay": replay,
}

#: Cases with more than one number, and statements: each has a test of its own.
APART = {
    "krippendorff_alpha_ordinal_bootstrap_ci",
    "gamma_stochastic",
    "degenerate",
    "property",
}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["metric"] not in APART], ids=lambda case: case["id"]
)
def test_we_say_what_the_source_says(case: dict[str, Any]) -> None:
    assert computed(case["metric"], case["data"]) == pytest.approx(
        case["expected"], abs=case["tolerance"], rel=0
    )


def the(metric: str) -> dict[str, Any]:
    (found,) = [case for case in CASES if case["metric"] == metric]
    return found


def test_the_interval_of_hayes_and_krippendorff_is_that_of_drawing_units() -> None:
    case = the("krippendorff_alpha_ordinal_bootstrap_ci")
    items = ratings(case["data"])
    assert pairable(items)[1] == case["expected"]["pairable_pairs"]
    drawn = of_items(items, formula_ordinal)
    assert not isinstance(drawn, Undefined)
    expected = case["expected"]["unit_resampling_percentile_ci95"]
    assert [drawn.low, drawn.high] == pytest.approx(expected, abs=case["tolerance"])


def test_gamma_of_alex_paul_and_suzan() -> None:
    case = the("gamma_stochastic")
    data, expected = case["data"], case["expected"]
    assert disorder(data) == pytest.approx(expected["best_alignment_disorder"], abs=0.01)
    how: Any = {"weights": weights(data), "samples": 200, "seed": 1}
    gamma = mathet.gamma(layers(data), **how)
    cat = mathet.gamma_cat(layers(data), unaligned=True, **how)
    assert not isinstance(gamma, Undefined)
    assert not isinstance(cat, Undefined)
    low, high = expected["gamma_shuffle_sampler"]
    assert low - case["tolerance"] <= gamma <= high + case["tolerance"]
    low, high = expected["gamma_cat"]
    assert low - case["tolerance"] <= cat <= high + case["tolerance"]


def test_one_value_for_all_is_no_agreement_and_no_disagreement() -> None:
    case = the("degenerate")
    for metric in case["expected"]:
        assert COEFFICIENTS[metric](ratings(case["data"])) == Undefined("no_variation")


def test_no_case_is_forgotten() -> None:
    assert len(CASES) == 104
    assert {case["metric"] for case in CASES} - APART <= {
        *COEFFICIENTS,
        *SPECIAL,
        *(f"span_f1_semeval_{name}" for name in ("strict", "exact", "partial", "ent_type")),
        *("u_alpha_2016", "bar_u_alpha_2016", "cu_alpha_2016", "ku_alpha_2016"),
    }
