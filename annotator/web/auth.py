"""Signing in, by password or by a link that works once, and signing out."""

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as form_session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from annotator.domain.errors import Invalid
from annotator.models import User
from annotator.services import members, sessions
from annotator.services.sessions import Throttled
from annotator.web import forms
from annotator.web.access import cookie_name, public
from annotator.web.database import commit, reader, session
from annotator.web.errors import sentence
from annotator.web.htmx import htmx
from annotator.web.language import LOCALES
from annotator.web.security import safe_next

blueprint = Blueprint("auth", __name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form: a page, or the fragment for the dialog in which a session that ended goes on."""
    if htmx.partial or "fragment" in request.args:
        return render_template("auth/_form.html", error=None, name="", again=True)
    if g.user is not None:
        return redirect(_destination(g.user), code=303)
    return render_template("auth/sign_in.html", error=None, name="", again=False)


@blueprint.post("/sign-in")
@public
def sign_in_by_password() -> ResponseReturnValue:
    db = session()
    name = request.form.get("name", "").strip()[:200]
    password = request.form.get("password", "")[: sessions.PASSWORD_LENGTH[1] + 1]
    try:
        user = sessions.check_password(db, name, password, address=request.remote_addr or "")
    except (Invalid, Throttled) as error:
        commit()  # a failure that is not stored would not count
        return _refused(error, name)
    token = _open(user)
    if htmx.partial:
        response = make_response("", 204)
        _set_cookie(response, token)
        # The page goes on with a token that fits the new session.
        response.headers["HX-Trigger"] = current_app.json.dumps(
            {"signed-in": {"csrf": generate_csrf()}}
        )
        return response
    return _enter(user, token)


def _refused(error: Invalid | Throttled, name: str) -> Response:
    status = 429 if isinstance(error, Throttled) else 422
    again = htmx.partial
    page = "auth/_form.html" if again else "auth/sign_in.html"
    html = render_template(page, error=sentence(error), name=name, again=again)
    response = make_response(html, status)
    if status == 429:
        response.headers["Retry-After"] = str(error.params.get("seconds", 1))
    return response


@blueprint.get("/sign-in/<token>")
@public
def sign_in_link(token: str) -> ResponseReturnValue:
    """Show whom the link signs in. Opening it uses nothing up: programs that look at mail do."""
    user = sessions.link_user(reader(), token)
    html = render_template("auth/link.html", user=user, token=token)
    return html, 200 if user else 410


@blueprint.post("/sign-in/<token>")
@public
def sign_in_by_link(token: str) -> ResponseReturnValue:
    db = session()
    try:
        user = sessions.use_link(db, token)
    except Invalid:
        return render_template("auth/link.html", user=None, token=token), 410
    return _enter(user, _open(user))


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this browser's session; a copy of its cookie is a stranger from now on."""
    token = request.cookies.get(cookie_name())
    if token:
        sessions.close_session(session(), token)
        commit()
    form_session.clear()
    g.user = None
    response = redirect(url_for("auth.sign_in"), code=303)
    response.delete_cookie(
        cookie_name(),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    """Choose the language before signing in; afterwards it stands in the account."""
    locale = forms.choice("locale", LOCALES)
    back = safe_next(current_app, request.form.get("next")) or url_for("auth.sign_in")
    response = redirect(back, code=303)
    response.set_cookie(
        "locale",
        locale,
        max_age=31536000,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _open(user: User) -> str:
    """A new session in the place of whatever this browser had; returns its token."""
    db = session()
    former = request.cookies.get(cookie_name())
    if former:
        sessions.close_session(db, former)
    token = sessions.open_session(db, user, user_agent=request.headers.get("User-Agent", ""))
    commit()
    # A token that somebody could have planted before is worth nothing afterwards.
    form_session.clear()
    g.pop("csrf_token", None)
    return token


def _enter(user: User, token: str) -> Response:
    response = make_response(redirect(_destination(user), code=303))
    _set_cookie(response, token)
    return response


def _set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(sessions.LIFETIME.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _destination(user: User) -> str:
    """Where one wanted to go, else the only project, else the list of projects."""
    wished = safe_next(current_app, request.values.get("next"))
    if wished:
        return wished
    seen = members.projects_of(reader(), user)
    if len(seen) == 1:
        return url_for("articles.index", slug=seen[0].project.slug)
    return url_for("projects.index")
