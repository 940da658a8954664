"""What every answer carries and every request must satisfy."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from annotator.app import create_app
from annotator.paths import PACKAGE
from annotator.services import sessions
from annotator.settings import Settings
from annotator.web import security
from annotator.web.security import CONTENT_SECURITY_POLICY, safe_next
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_event
from tests.web.test_routes import PROMISED, SAFE, World, address, world  # noqa: F401 - a fixture

Client = Callable[[str], FlaskClient]

#: What a browser says when it wants a page.
PAGE = {"Accept": "text/html"}
PASSWORD = "three odd horses"


@pytest.fixture
def with_passwords(db: Session, stage: Stage) -> Stage:
    stage.alice.password_hash = sessions.hash_password(PASSWORD)
    db.add(stage.alice)
    db.commit()
    return stage


# ------------------------------------------------------------------------ headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/projects/visit/", 200),
        ("/projects/nowhere/", 404),
        ("/projects/visit/articles/new", 403),
        ("/projects/visit/palette.css?v=1", 200),
        ("/projects/visit/export/download", 200),
        ("/projects/visit/export/download?format=nonsense", 422),
        ("/static/x/app.css", 200),
        ("/healthz", 200),
        ("/sign-in", 303),
        ("/sign-in/unknown", 410),
        ("/%ff%fe", 404),
    ],
)
def test_every_kind_of_answer_carries_the_headers(
    path: str, status: int, client_of: Client, stage: Stage
) -> None:
    response = client_of("vera").get(path, headers=PAGE)
    response.close()
    assert response.status_code == status
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_pages_of_somebody_are_not_kept_by_caches(client_of: Client, stage: Stage) -> None:
    client = client_of("vera")
    for path in ("/", "/projects/visit/", "/account", "/projects/visit/export/download"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path
    palette = client.get("/projects/visit/palette.css?v=1").headers["Cache-Control"]
    assert palette == "private, max-age=31536000, immutable"
    old = client.get("/projects/visit/palette.css?v=7").headers["Cache-Control"]
    assert old == "private, no-cache"


def test_an_answer_to_htmx_and_a_page_are_told_apart_by_caches(
    client_of: Client, stage: Stage
) -> None:
    vary = client_of("vera").get("/projects/visit/").headers["Vary"]
    assert {"HX-Request", "Cookie"} <= {name.strip() for name in vary.split(",")}


# ------------------------------------------------------------------------ cookies and sessions


def sign_in(client: FlaskClient, name: str = "alice", password: str = PASSWORD) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password})


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    app: Flask, with_passwords: Stage
) -> None:
    cookie = sign_in(app.test_client()).headers["Set-Cookie"]
    assert cookie.startswith("annotator_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_on_https_cookies_are_secure_and_bound_to_the_host(
    settings: Settings, with_passwords: Stage
) -> None:
    app = create_app(replace(settings, public_url="https://annotator.example"))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    response = client.post(
        "/sign-in",
        data={"name": "alice", "password": PASSWORD},
        base_url="https://annotator.example",
    )
    cookies = response.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-session=") for cookie in cookies)
    assert all("Secure" in cookie for cookie in cookies)
    assert "max-age" in response.headers["Strict-Transport-Security"]
    app.extensions["database"].dispose()


def test_a_session_ends_at_sign_out_and_a_kept_cookie_is_a_stranger(
    client_of: Client, app: Flask
) -> None:
    client = client_of("alice")
    kept = client.get_cookie("annotator_session")
    assert kept is not None
    assert client.get("/").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert client.get("/", headers=PAGE).status_code == 303
    thief = app.test_client()
    thief.set_cookie("annotator_session", kept.value)
    assert thief.get("/", headers=PAGE).status_code == 303


def test_the_database_holds_no_token_that_would_open_a_session(
    client_of: Client, app: Flask, settings: Settings, stage: Stage
) -> None:
    client = client_of("alice")
    cookie = client.get_cookie("annotator_session")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("annotator_session", sessions.token_sha256(cookie.value))
    assert thief.get("/", headers=PAGE).status_code == 303
    if settings.is_sqlite:
        stored = b"".join(path.read_bytes() for path in settings.data_dir.glob("*.sqlite*"))
        assert cookie.value.encode() not in stored


def test_signing_in_gives_a_new_session_and_ends_the_one_before(
    client_of: Client, app: Flask, with_passwords: Stage
) -> None:
    client = client_of("alice")
    before = client.get_cookie("annotator_session")
    sign_in(client)
    after = client.get_cookie("annotator_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    thief = app.test_client()
    thief.set_cookie("annotator_session", before.value)
    assert thief.get("/", headers=PAGE).status_code == 303


def test_an_account_that_is_switched_off_is_signed_out_at_once(
    client_of: Client, stage: Stage
) -> None:
    bob, ada = client_of("bob"), client_of("ada")
    assert bob.get("/").status_code == 200
    assert ada.post(f"/users/{stage.bob.id}/active", data={"active": "0"}).status_code == 303
    assert bob.get("/", headers=PAGE).status_code == 303


# ------------------------------------------------------------------------ other sites


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_writes_from_other_sites_are_refused(site: str, client_of: Client) -> None:
    response = client_of("alice").post("/account", headers={"Sec-Fetch-Site": site})
    assert response.status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_writes_with_another_origin_are_refused(origin: str, client_of: Client) -> None:
    response = client_of("alice").post("/account", headers={"Origin": origin})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
)
def test_our_own_writes_pass(headers: dict[str, str], client_of: Client) -> None:
    response = client_of("alice").post("/account", data={"display_name": "Алиса"}, headers=headers)
    assert response.status_code == 303


def test_a_form_with_its_token_passes_and_one_without_does_not(
    strict_app: Flask, client_of: Client
) -> None:
    cookie = client_of("alice").get_cookie("annotator_session")
    assert cookie is not None
    client = strict_app.test_client()
    client.set_cookie("annotator_session", cookie.value)
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert found is not None
    data = {"display_name": "Алиса"}
    assert client.post("/account", data=data).status_code == 400
    assert client.post("/account", data={**data, "csrf_token": "x"}).status_code == 400
    assert client.post("/account", data={**data, "csrf_token": found[1]}).status_code == 303
    by_header = client.post("/account", data=data, headers={"X-CSRFToken": found[1]})
    assert by_header.status_code == 303
    stranger = strict_app.test_client()
    assert stranger.post("/account", data={**data, "csrf_token": found[1]}).status_code == 400


def test_a_host_that_is_not_ours_is_refused(strict_app: Flask) -> None:
    client = strict_app.test_client()
    assert client.get("/healthz", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


# ------------------------------------------------------------------------ redirects

EVIL = [
    "//evil.example",
    "///evil.example",
    "/\\example.com",
    "\\/example.com",
    "/\\\\example.com",
    "\t//evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    " //evil.example",
    "https:evil.example",
    "https://evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/projects/visit/\r\nSet-Cookie: a=b",
    "/no/such/page",
    "/sign-out",
    "evil.example",
    "@evil.example",
    "",
    "/" + "a" * 100_000,
    "/\u2028/evil.example",
    "/x\0y",
]


@pytest.mark.parametrize("target", EVIL)
def test_nobody_is_sent_to_an_evil_place(target: str, app: Flask, with_passwords: Stage) -> None:
    with app.test_request_context():
        assert safe_next(app, target) is None
    response = app.test_client().post(
        "/sign-in", data={"name": "alice", "password": PASSWORD, "next": target}
    )
    assert response.status_code == 303
    assert response.headers["Location"] == "/projects/visit/"


@pytest.mark.parametrize(
    "target", ["/", "/account", "/projects/visit/", "/projects/visit/?q=%D1%8F&sort=date"]
)
def test_our_own_pages_are_places_to_go_on(target: str, app: Flask, with_passwords: Stage) -> None:
    response = app.test_client().post(
        "/sign-in", data={"name": "alice", "password": PASSWORD, "next": target}
    )
    assert response.headers["Location"] == target


# ------------------------------------------------------------------------ guessing


def test_guessing_is_slowed_down_and_the_answer_says_for_how_long(
    app: Flask, with_passwords: Stage
) -> None:
    client = app.test_client()
    for _ in range(sessions.FREE_FAILURES):
        assert sign_in(client, password="wrong").status_code == 422
    slowed = sign_in(client, password="wrong")
    # The first wait is a second, which may have passed on a slow machine; the next is two.
    if slowed.status_code == 422:
        slowed = sign_in(client, password="wrong")
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    # The right password has to wait too: otherwise the answer would say that it is right.
    assert sign_in(client).status_code == 429


def test_an_unknown_name_and_a_wrong_password_read_the_same(
    app: Flask, with_passwords: Stage
) -> None:
    client = app.test_client()
    texts = {
        re.sub(r'value="[^"]*"|"X-CSRFToken": "[^"]*"', "", sign_in(client, name, "wrong").text)
        for name in ("alice", "nobody-at-all", "bob")
    }
    assert len(texts) == 1


# ------------------------------------------------------------------------ size


def test_too_much_at_once_is_refused_with_a_sentence(
    client_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of("lena")
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    response = client.post(
        "/projects/visit/articles/new", data={"files": (BytesIO(b"x" * 2000), "big.txt")}
    )
    assert response.status_code == 413
    assert "50 MB" in response.text


def test_the_promised_limit_is_fifty_megabytes(app: Flask) -> None:
    assert app.config["MAX_CONTENT_LENGTH"] == 50 * 1024 * 1024
    assert security.MOST_REQUEST == 50 * 1024 * 1024


def test_a_field_that_is_too_large_is_refused(client_of: Client) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    response = client_of("lena").post(
        "/projects/visit/articles/new",
        data=head + b"x" * (security.MOST_FIELDS + 1) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert response.status_code == 413


# ------------------------------------------------------------------------ absurd input

NAMES = [
    "name", "password", "title", "slug", "text", "tag", "fragments", "quote", "key", "version",
    "role", "state", "event", "note", "date", "kind", "aliases", "verdict", "reason", "seq",
    "published", "author", "next", "display_name", "locale", "theme", "new", "again", "current",
    "active", "is_admin", "from", "to", "article", "description", "place", "attributes",
]  # fmt: skip
ABSURD = {
    "nul": "a\0b",
    "huge number": str(2**63),
    "longer number": "9" * 400,
    "negative": "-1",
    "nested": "[" * 5_000,
    "nested objects": '{"a":' * 2_000,
    "surrogate": '"\\ud800"',
    "nan": "[[NaN, 1e400]]",
    "line ends": "a\r\nSet-Cookie: b=c",
    "not json": "{",
    "wrong json": '{"a": [null, true, {}]}',
    "numbers": "[[0, 99999999999999999999]]",
    "letters": "ﷺ" * 3000,
    "direction": "\u202e\u2066abc",
    "template": "{{ 7*7 }} {0} {name} %(name)s %s",
    "markup": "<script>alert(1)</script>\"'>",
    "other digits": "١٢٣",
}


@pytest.mark.parametrize("value", ABSURD.values(), ids=ABSURD.keys())
def test_no_form_answers_absurd_input_with_a_failure_of_ours(
    value: str,
    client_of: Client,
    world: World,  # noqa: F811 - the fixture
) -> None:
    client = client_of("ada")
    data = dict.fromkeys(NAMES, value)
    for (method, rule), _access in PROMISED.items():
        if method in SAFE or rule in ("/sign-out", "/sign-in"):
            continue
        response = client.post(address(rule, world.own), data=data)
        assert response.status_code < 500, f"{rule}: {response.status_code}"


FORM = "application/x-www-form-urlencoded"
RAW = {
    "broken encoding": (b"name=%ff%fe&title=%ed%a0%80", FORM),
    "broken multipart": (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    "no boundary": (b"nonsense", "multipart/form-data"),
    "json": (b'{"a": NaN}', "application/json"),
    "deep json": (b"[" * 100_000, "application/json"),
    "utf-16": ('{"a": 1}'.encode("utf-16"), "application/json; charset=utf-16"),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(5000)), FORM),
    "unknown charset": (b"a=1", FORM + "; charset=nonsense"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), RAW.values(), ids=RAW.keys())
def test_no_route_answers_an_absurd_body_with_a_failure_of_ours(
    body: bytes,
    kind: str,
    client_of: Client,
    world: World,  # noqa: F811 - the fixture
) -> None:
    client = client_of("ada")
    for method, rule in PROMISED:
        if method in SAFE or rule == "/sign-out":
            continue
        response = client.post(address(rule, world.own), data=body, content_type=kind)
        assert response.status_code < 500, f"{rule}: {response.status_code}"


@pytest.mark.parametrize(
    "query",
    ["page=" + "9" * 400, "page=-1", "sort=nonsense&dir=x", "q=" + quote("\0"), "q=%ff%ed%a0%80",
     "author=" + "x" * 5000, "tag=nonsense", "event=x", "annotator=" + quote("'; DROP TABLE user"),
     "layer=x&status=y&format=z", "n=1,99999999999999999999,x", "since=" + "9" * 50, "seq=1e400",
     "v=" + "9" * 400, "text=" + quote('"' * 50), "show=" + quote("a AND OR NOT (")],
)  # fmt: skip
def test_no_page_answers_an_absurd_address_with_a_failure_of_ours(
    query: str,
    client_of: Client,
    world: World,  # noqa: F811 - the fixture
) -> None:
    client = client_of("ada")
    for method, rule in PROMISED:
        if method != "GET":
            continue
        path = address(rule, world.own)
        for kind in ({}, {"HX-Request": "true"}):
            response = client.get(f"{path}?{query}", headers=kind)
            assert response.status_code < 500, f"{path}?{query}"
            response.close()


@pytest.mark.parametrize(
    "path",
    ["/projects/" + "a" * 5000, "/projects/%00/", "/projects/..%2f..%2fetc/",
     "/static/x/..%2fapp.py", "/static/x/%2e%2e/%2e%2e/app.py", "/projects/visit/articles/123",
     "/projects/visit/undo/" + "9" * 60, "/projects/visit/articles/٣",
     "/sign-in/" + "a" * 5000, "/sign-in/%00", "/%F0%9F%98%80"],
)  # fmt: skip
def test_addresses_that_make_no_sense_are_not_found(path: str, client_of: Client) -> None:
    response = client_of("ada").get(path)
    assert response.status_code in (400, 404, 405, 410)


def test_what_people_type_is_never_markup(client_of: Client, db: Session, stage: Stage) -> None:
    bad = "<img src=x onerror=alert(1)>\"'>{{7*7}}"
    stage.project.title = stage.project.description = bad
    stage.alice.display_name = bad
    db.add_all([stage.project, stage.alice])
    article = make_article(db, stage.project, title=bad, author=bad, outlet=bad)
    make_annotation(db, article, stage.alice, "Президент", note=bad)
    make_event(db, stage.project, title=bad)
    db.commit()
    client = client_of("lena")
    for path in ("/", "/projects/visit/", "/projects/visit/members", "/projects/visit/export",
                 f"/projects/visit/articles/{article.id}/edit", "/projects/visit/events",
                 f"/projects/visit/articles/{article.id}", "/projects/visit/review",
                 "/projects/visit/compare/events", f"/projects/visit/?q={quote(bad)}"):  # fmt: skip
        page = client.get(path).text
        assert "<img" not in page, path
        assert "49" not in re.findall(r">\"'>(\d+)", page), path


# ------------------------------------------------------------------------ templates

FORBIDDEN = {
    "inline handlers": re.compile(r"\shx-on|\son[a-z]+\s*=", re.I),
    "code in values": re.compile(r"=[\"']\s*js(on)?:|javascript:", re.I),
    "inline styles": re.compile(r"\sstyle\s*=|<style\b", re.I),
    "inline scripts": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    # Badges and titles of tags are escaped once for a page, by annotator.web.rows.
    "unescaped values": re.compile(r"(?<!\.badge)(?<!\.title)\|\s*safe\b"),
    "conditions in triggers": re.compile(r"hx-trigger=[\"'][^\"']*\["),
}
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-2:]))
def test_templates_keep_to_the_content_security_policy(path: Path) -> None:
    text = re.sub(r"\{[#%].*?[#%]\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []
