"""Every page is a well-formed document that can be used by keyboard, by ear and without scripts."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_routes import PROMISED, World, address, world  # noqa: F401 - a fixture

Client = Callable[[str], FlaskClient]

#: GET routes whose answer is no page.
NO_PAGES = {
    "/healthz",
    "/static/<version>/<path:name>",
    "/projects/<slug:slug>/palette.css",
    "/projects/<slug:slug>/export/download",
    "/projects/<slug:slug>/stream",
    "/projects/<slug:slug>/events/suggest",
    "/projects/<slug:slug>/articles/<id:article_id>/rows",
}
PAGES = [rule for method, rule in PROMISED if method == "GET" and rule not in NO_PAGES]


def parse(markup: str) -> BeautifulSoup:
    """A page as browsers read it; what they would have to mend is an error here."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom"))
    parser.parse(markup)
    mended = [(place, code) for place, code, _ in parser.errors if code not in TOLERATED]
    assert mended == [], [
        (place, code, markup.splitlines()[place[0] - 1][:200]) for place, code in mended[:5]
    ]
    return BeautifulSoup(markup, "html5lib")


#: Not errors in today's HTML, which is younger than the parser's list.
TOLERATED = {"non-void-element-with-trailing-solidus"}


def name_of(control: Tag, page: BeautifulSoup) -> str:
    """What a screen reader calls an input."""
    if control.get("aria-label"):
        return str(control["aria-label"])
    if control.get("aria-labelledby"):
        return " ".join(
            page.find(id=name).get_text()
            for name in str(control["aria-labelledby"]).split()  # type: ignore[union-attr]
        )
    label = page.find("label", attrs={"for": control["id"]}) if control.get("id") else None
    label = label or control.find_parent("label")
    return label.get_text().strip() if isinstance(label, Tag) else ""


def check(markup: str) -> None:
    page = parse(markup)
    assert len(page.find_all("h1")) == 1
    title = page.title
    assert title is not None
    assert re.fullmatch(r"\S.* · Annotator", title.get_text().strip(), re.S)
    assert page.html is not None
    assert page.html["lang"] in ("ru", "en")
    assert len(page.find_all("main")) == 1
    identifiers = [str(element["id"]) for element in page.find_all(id=True)]
    assert sorted(identifiers) == sorted(set(identifiers))
    check_references(page, set(identifiers))
    check_forms(page)
    for picture in page.find_all("img"):
        assert picture.get("alt") is not None
    for button in page.select("button, a[href], summary"):
        shown = button.get("tabindex") != "-1" or not button.find_parent(
            attrs={"aria-hidden": "true"}
        )
        named = button.get_text().strip() or button.get("aria-label")
        assert named or not shown, str(button)[:200]
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
    jumps = [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]
    assert jumps == []


def check_references(page: BeautifulSoup, identifiers: set[str]) -> None:
    for name in ("aria-describedby", "aria-labelledby", "for", "list"):
        for element in page.find_all(attrs={name: True}):
            assert set(str(element[name]).split()) <= identifiers, str(element)[:200]


def check_forms(page: BeautifulSoup) -> None:
    for form in page.find_all("form"):
        if str(form.get("method", "get")).lower() == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), str(form)[:200]
    for control in page.select("input:not([type=hidden]), select, textarea"):
        assert name_of(control, page), str(control)[:200]


@pytest.mark.parametrize("rule", PAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_is_well_formed(
    rule: str,
    language: str,
    client_of: Client,
    world: World,  # noqa: F811 - the fixture
) -> None:
    for person in ("lena", "vera", "ada", "nobody"):
        response = client_of(person).get(
            address(rule, world.own),
            headers={"Accept": "text/html", "Accept-Language": language},
            follow_redirects=True,
        )
        check(response.text)
        assert f'<html lang="{language}"' in response.text


def test_problems_are_pages_too(client_of: Client) -> None:
    lena, vera = client_of("lena"), client_of("vera")
    headers = {"Accept": "text/html"}
    answers: list[tuple[Any, int]] = [
        (lena.get("/nothing", headers=headers), 404),
        (vera.get("/projects/visit/articles/new", headers=headers), 403),
        (lena.get("/sign-out", headers=headers), 405),
        (lena.post("/projects/visit/articles/new", headers=headers), 422),
        (lena.post("/account", data={"theme": "pink"}, headers=headers), 422),
        (lena.post("/projects/visit/members", data={"name": "nobody"}, headers=headers), 422),
        (client_of("nobody").post("/sign-in", data={"name": "x"}, headers=headers), 422),
        (client_of("nobody").get("/sign-in/x", headers=headers), 410),
    ]
    for response, status in answers:
        assert response.status_code == status
        check(response.text)


def test_problems_are_fragments_for_htmx_and_data_for_programs(client_of: Client) -> None:
    vera = client_of("vera")
    fragment = vera.get("/projects/visit/articles/new", headers={"HX-Request": "true"})
    assert fragment.status_code == 403
    assert fragment.text.startswith('<div class="problem"')
    data = vera.get("/projects/visit/articles/new", headers={"Accept": "application/json"})
    assert data.content_type == "application/problem+json"
    assert data.get_json(force=True)["status"] == 403


def test_every_sentence_of_a_problem_is_in_the_language_of_the_page(app: Flask) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "ru"}
    page = app.test_client().get("/nothing", headers=headers).text
    assert "Здесь ничего нет" in page
