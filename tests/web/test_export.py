"""The page on which one chooses what goes out, and the download."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlmodel import Session

from annotator.services import exports
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_event,
    make_link,
    make_project,
    make_review,
)

Client = Callable[[str], FlaskClient]

EXPORT = "/projects/visit/export"


@pytest.fixture
def things(db: Session, stage: Stage) -> dict[str, Any]:
    """Two articles; Alice's claim is accepted and linked, Bob's quote a draft."""
    first, second = make_article(db, stage.project), make_article(db, stage.project)
    claim = make_annotation(db, first, stage.alice, "Президент")
    quote = make_annotation(db, second, stage.bob, "Мы союзники", "quote", state="draft")
    event = make_event(db, stage.project, "Прилёт")
    make_link(db, claim, event)
    make_review(db, claim, stage.rita, "accepted")
    db.commit()
    return {"claim": claim, "quote": quote, "event": event}


def lines(response: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.get_data().splitlines()]


def test_the_download_is_what_the_exporter_writes(
    client_of: Client, things: dict[str, Any], db: Session, stage: Stage
) -> None:
    response = client_of("vera").get(f"{EXPORT}/download?format=jsonl")
    assert response.get_data() == b"".join(exports.stream(db, stage.project))
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=visit-2")
    assert disposition.endswith(".jsonl")
    assert response.headers["Content-Type"].startswith("application/jsonl")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("tag=claim", ["claim"]),
        ("annotator=bob", ["quote"]),
        ("annotator=bob&annotator=alice", ["claim", "quote"]),
        ("status=accepted", ["claim"]),
        ("status=draft", ["quote"]),
        ("status=rejected", []),
        ("layer=final", []),
        ("event={event}", ["claim"]),
    ],
)
def test_filters_choose_what_goes_out_and_the_page_counts_the_same(
    query: str, labels: list[str], client_of: Client, things: dict[str, Any]
) -> None:
    query = query.format(event=things["event"].id)
    client = client_of("vera")
    sent = lines(client.get(f"{EXPORT}/download?{query}"))
    assert [span["label"] for article in sent for span in article["spans"]] == labels
    page = client.get(f"{EXPORT}?{query}").text
    said = "1 annotation " if len(labels) == 1 else f"{len(labels)} annotations "
    assert said + f"in {len(labels)} of 2 articles" in " ".join(page.split())


def test_the_page_shows_the_first_record_and_keeps_the_choices(
    client_of: Client, things: dict[str, Any]
) -> None:
    soup = BeautifulSoup(
        client_of("vera").get(f"{EXPORT}?tag=claim&status=accepted").text, "html5lib"
    )
    sample = soup.select_one("pre.sample")
    assert sample is not None
    assert json.loads(sample.get_text())["spans"][0]["text"] == "Президент"
    chosen = [box["value"] for box in soup.select("input[type=checkbox][checked]")]
    assert chosen == ["claim", "accepted"]
    link = soup.select_one("a[download]")
    assert link is not None
    assert link["href"] == f"{EXPORT}/download?status=accepted&tag=claim&format=jsonl"


def test_htmx_gets_the_preview_alone(client_of: Client, things: dict[str, Any]) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = client_of("vera").get(EXPORT, headers=headers).text
    assert part.lstrip().startswith('<section id="preview"')
    assert "<html" not in part


@pytest.mark.parametrize(
    "query", ["format=xml", "tag=nonsense", "annotator=nobody", "status=x", "layer=x", "event=x"]
)
def test_what_is_not_there_is_said_before_the_first_byte(
    query: str, client_of: Client, things: dict[str, Any]
) -> None:
    client = client_of("vera")
    assert client.get(f"{EXPORT}/download?{query}").status_code == 422
    page = client.get(f"{EXPORT}?{query}")
    assert page.status_code == 200
    assert 'class="problem-text"' in page.text
    assert "<a download" not in page.text


def test_only_ones_own_project_goes_out(
    client_of: Client, db: Session, stage: Stage, things: dict[str, Any]
) -> None:
    other = make_article(db, make_project(db, "other"), text="Тайна другого проекта.")
    make_annotation(db, other, stage.alice, "Тайна")
    db.commit()
    client = client_of("vera")
    for name in ("jsonl", "project", "annotations"):
        response = client.get(f"{EXPORT}/download?format={name}")
        assert response.status_code == 200
        assert "Тайна" not in response.get_data(as_text=True)
    assert client.get("/projects/other/export/download").status_code == 404


def test_the_form_and_the_link_never_go_through_a_boosted_request(
    client_of: Client, things: dict[str, Any]
) -> None:
    soup = BeautifulSoup(client_of("vera").get(EXPORT).text, "html5lib")
    assert not soup.select("[hx-boost]")
    link = soup.select_one("a[download]")
    assert link is not None
    assert not [name for name in link.attrs if name.startswith("hx-")]
