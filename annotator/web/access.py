"""Who asks, and what they may do.

Every route wears exactly one of `public`, `signed_in`, `member` and `admin`; a test walks the
routes and fails where none is declared. The rights of a member are checked where the project is
loaded: a stranger sees 404, as if there were no such project, and a member whose role is too
small sees 403.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, bindparam, select

from annotator.domain.roles import Role
from annotator.models import CodebookVersion, Membership, Project, table
from annotator.services import log, sessions
from annotator.web.database import database, reader
from annotator.web.htmx import htmx

View = Callable[..., ResponseReturnValue]


def public(view: View) -> View:
    """For everybody, signed in or not."""

    @wraps(view)
    def wrapped(**arguments: Any) -> ResponseReturnValue:
        load_user()
        return view(**arguments)

    return _declare(wrapped, "public")


def signed_in(view: View) -> View:
    """For everybody who is signed in."""

    @wraps(view)
    def wrapped(**arguments: Any) -> ResponseReturnValue:
        if load_user() is None:
            return ask_to_sign_in()
        return view(**arguments)

    return _declare(wrapped, "signed_in")


def admin(view: View) -> View:
    """For administrators; the rest see 404."""

    @wraps(view)
    def wrapped(**arguments: Any) -> ResponseReturnValue:
        if load_user() is None:
            return ask_to_sign_in()
        if not g.user.is_admin:
            abort(404)
        return view(**arguments)

    return _declare(wrapped, "admin")


def member(least: Role) -> Callable[[View], View]:
    """For members of the project in the argument `slug` with the role `least` or a greater one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(slug: str, **arguments: Any) -> ResponseReturnValue:
            if load_user() is None:
                return ask_to_sign_in()
            load_project(slug)
            if not g.role.includes(least):
                abort(403)
            return view(**arguments)

        return _declare(wrapped, f"member:{least}")

    return decorate


def _declare(view: View, access: str) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


#: The name of the cookie that holds a session's token; on https browsers let nobody else set it.
SESSION_COOKIE = "annotator_session"
SECURE_SESSION_COOKIE = "__Host-session"


def cookie_name() -> str:
    """The session cookie's name for the present address."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    return SECURE_SESSION_COOKIE if secure else SESSION_COOKIE


def load_user() -> Any:
    """Set `g.user` and `g.session` from the cookie; None for a stranger."""
    if "user" in g:
        return g.user
    g.user = g.session = None
    token = request.cookies.get(cookie_name())
    found = sessions.find(reader(), token) if token else None
    if found is not None:
        g.session, g.user = found
        if sessions.needs_touch(g.session):
            with database().writing() as db:
                sessions.touch(db, g.session)
    return g.user


_project, _membership = table(Project).c, table(Membership).c
_codebook = table(CodebookVersion).c
_PROJECT = (
    select(*_project, _membership.role, _codebook.created_at.label("codebook_made"))
    .select_from(table(Project))
    .outerjoin(
        table(CodebookVersion),
        and_(_codebook.project_id == _project.id, _codebook.number == _project.codebook_version),
    )
    .outerjoin(
        table(Membership),
        and_(_membership.project_id == _project.id, _membership.user_id == bindparam("user_id")),
    )
    .where(_project.slug == bindparam("slug"))
)


def load_project(slug: str) -> None:
    """Set `g.project` and `g.role`, or 404 for strangers. Administrators manage every project."""
    asked = {"user_id": g.user.id, "slug": slug}
    row = reader().connection().execute(_PROJECT, asked).first()
    if row is None or (row.role is None and not g.user.is_admin):
        abort(404)
    values = dict(row._mapping)
    role = values.pop("role")
    #: Tells the codebook of this number from another one, so that it need not be asked for.
    g.codebook_made = values.pop("codebook_made")
    g.project = Project(**values)
    g.role = Role.manager if g.user.is_admin else Role(role)


def ask_to_sign_in() -> ResponseReturnValue:
    """A page goes to the sign-in page and back; a script is told 401 and signs in in place."""
    if htmx or request.method not in ("GET", "HEAD") or not request.accept_mimetypes.accept_html:
        abort(401)
    return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")), code=303)


def actor() -> log.Actor:
    """Who asks for a change, for the log. A create's key makes repeating it harmless."""
    key = request.headers.get("Idempotency-Key") or request.form.get("key")
    form = [
        (name, value)
        for name, value in sorted(request.form.items(multi=True))
        if name not in ("csrf_token", "client")
    ]
    return log.Actor(
        user_id=g.user.id,
        client=(request.headers.get("X-Client") or request.form.get("client") or "")[:64] or None,
        request_key=key[:128] if key else None,
        request_sha256=log.digest([request.path, form]) if key else None,
    )
