"""Every error becomes a sentence where the person looks: a page, a fragment for htmx, or JSON.

Nothing that a person can send may end in 500: what the libraries raise on absurd input is mapped
here too.
"""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from annotator.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from annotator.domain.messages import N_
from annotator.services.log import Repeated
from annotator.services.sessions import Throttled
from annotator.web.htmx import htmx

STATUS_OF: dict[type[DomainError], int] = {
    Invalid: 422,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Throttled: 429,
}

SENTENCES = {
    400: N_("The request could not be understood. Nothing was changed; go back and try again."),
    401: N_("Your session has ended. What you typed is still here: sign in, and it is sent again."),
    403: N_(
        "You may read this, but not change it. Ask a manager of the project for a greater role."
    ),
    404: N_(
        "There is nothing here, or it is not for you. Check the address, or go to your projects."
    ),
    405: N_("This address does not take such a request. Go back and use the page's own buttons."),
    409: N_("Somebody changed this since you opened it. Nothing was overwritten."),
    413: N_(
        "That is more than the server takes at once (50 MB). Nothing was stored; send it in parts."
    ),
    415: N_("The server does not read this kind of content."),
    422: N_("Something in the form is not right. Nothing was changed."),
    429: N_("Too many requests. Wait a little and try again."),
    500: N_("Something went wrong on our side. Nothing of this request was stored; try again."),
    503: N_(
        "The database is busy or cannot be written. Nothing of this request was stored; try again."
    ),
}


def sentence(error: DomainError) -> str:
    """An error of the core in the language of the page."""
    translated: str = gettext(error.template)
    return translated.format(**error.params)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _on_domain_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(OperationalError, _on_storage_error)
    app.register_error_handler(IntegrityError, _on_collision)
    app.register_error_handler(Repeated, _on_repetition)
    for absurd in (DataError, OverflowError, UnicodeEncodeError, RecursionError):
        app.register_error_handler(absurd, _on_absurd_input)
    app.register_error_handler(Exception, _on_unexpected)


def answer(status: int, text: str, *, field: str | None = None, detail: str = "") -> Response:
    """The same trouble as a page, as a fragment (htmx) or as JSON, whichever was asked for."""
    title = f"{status} {HTTPStatus(status).phrase}"
    values: dict[str, Any] = {"status": status, "text": text, "field": field, "detail": detail}
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    if request_ctx.url_adapter is None:
        # A host that is not ours: pages hold addresses, and there are none.
        response = make_response(text, status)
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
    elif htmx:
        response = make_response(render_template("problem/_problem.html", **values), status)
    elif best == "application/json":
        response = make_response({"title": title, "status": status, "detail": text}, status)
        response.headers["Content-Type"] = "application/problem+json"
    else:
        response = make_response(render_template("problem/page.html", **values), status)
    return response


def _on_domain_error(error: DomainError) -> Response:
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 422)
    response = answer(status, sentence(error), field=error.field)
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.params.get("seconds", 1))
    return response


def _on_http_error(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = answer(error.code, gettext(SENTENCES.get(error.code, SENTENCES[400])))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def _on_storage_error(error: OperationalError) -> Response:
    current_app.logger.error("storage: %s", error)
    response = answer(503, gettext(SENTENCES[503]))
    response.headers["Retry-After"] = "1"
    return response


def _on_collision(error: IntegrityError) -> Response:
    """Two people did the same at once, and the database let one of them."""
    current_app.logger.warning("collision: %s", error.orig)
    return answer(409, gettext(SENTENCES[409]))


def _on_repetition(repeated: Repeated) -> Response:
    return answer(409, gettext("This was saved already. Nothing was done a second time."))


def _on_absurd_input(error: Exception) -> Response:
    current_app.logger.warning("absurd input: %s", type(error).__name__)
    return answer(422, gettext(SENTENCES[422]))


def _on_unexpected(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE_EXCEPTIONS") or current_app.testing:
        raise error
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    g.pop("reader", None)
    return answer(500, gettext(SENTENCES[500]))
