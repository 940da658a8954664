"""What every answer and every request must satisfy, whatever the screen."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, RequestRedirect

from annotator.settings import Settings
from annotator.web.database import SAFE_METHODS

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: Bytes of a whole request (an upload), and of the plain fields of a form.
MOST_REQUEST = 50 * 1024 * 1024
MOST_FIELDS = 4 * 1024 * 1024

csrf = CSRFProtect()


class IdConverter(BaseConverter):
    """Identifiers in addresses: UUIDs and nothing else, so that other things are simply not
    found."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class SlugConverter(BaseConverter):
    """Names of projects in addresses."""

    regex = "[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"


def init_app(app: Flask, settings: Settings) -> None:
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["slug"] = SlugConverter
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if settings.https else "annotator_form",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MOST_REQUEST,
        MAX_FORM_MEMORY_SIZE=MOST_FIELDS,
        # The token lives as long as the browser's session: a page left open over lunch still saves.
        WTF_CSRF_TIME_LIMIT=None,
        # Origin and Sec-Fetch-Site are checked below; asking for a Referer would refuse honest
        # people.
        WTF_CSRF_SSL_STRICT=False,
        TRUSTED_HOSTS=_trusted_hosts(settings),
    )
    csrf.init_app(app)
    app.before_request(refuse_other_sites)
    app.after_request(add_headers)


def _trusted_hosts(settings: Settings) -> list[str] | None:
    if settings.testing:
        return None
    named = urlsplit(settings.url).hostname or ""
    if settings.host in ("0.0.0.0", "::") and not settings.public_url:  # noqa: S104 - compared
        return None
    return sorted({"127.0.0.1", "localhost", "[::1]", settings.host, named} - {""})


def refuse_other_sites() -> None:
    """Refuse a write that another site makes a browser send (beside the token in every form)."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def add_headers(response: Response) -> Response:
    """Security headers on every answer, and no caching of what belongs to somebody."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "HX-Request-Type", "Cookie"))
    elif g.get("user") is not None:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def safe_next(app: Flask, target: str | None) -> str | None:
    """The page to go to after signing in: a path of our own that a GET answers, or None."""
    if not target or not target.startswith("/") or any(ord(c) < 33 or c == "\\" for c in target):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return None
    try:
        app.url_map.bind("localhost").match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return target
