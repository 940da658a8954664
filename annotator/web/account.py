"""`/account`: one's own name, language, theme, password, and the browsers one is signed in with."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from annotator.domain.errors import DomainError, Invalid
from annotator.services import sessions, users
from annotator.services.sessions import Throttled
from annotator.web import forms
from annotator.web.access import cookie_name, signed_in
from annotator.web.database import commit, reader, session
from annotator.web.errors import STATUS_OF, sentence
from annotator.web.language import LOCALES, THEMES

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@signed_in
def page() -> ResponseReturnValue:
    return _page()


@blueprint.post("/account")
@signed_in
def save() -> ResponseReturnValue:
    """Name, language and theme; an empty language or theme follows the browser."""
    try:
        display_name = forms.line("display_name", most=80)
        locale = forms.choice("locale", ("", *LOCALES), default="") or None
        theme = forms.choice("theme", ("", *THEMES), default="") or None
    except Invalid as error:
        return _page(error)
    db = session()
    user = users.by_id(db, g.user.id)
    users.save_profile(
        db, user, display_name=display_name, locale=locale, theme=theme, actor=forms.writer()
    )
    commit()
    g.user = user
    # Said in the language that was just chosen.
    if locale:
        with force_locale(locale):
            flash(gettext("Saved."))
    else:
        flash(gettext("Saved."))
    return redirect(url_for("account.page"), code=303)


@blueprint.post("/account/password")
@signed_in
def password() -> ResponseReturnValue:
    """Set or change the password; whoever else is signed in with this name is signed out."""
    most = sessions.PASSWORD_LENGTH[1]
    new = request.form.get("new", "")[: most + 1]
    again = request.form.get("again", "")[: most + 1]
    db = session()
    try:
        if g.user.password_hash is not None:
            _check_current(request.form.get("current", "")[: most + 1])
        if new != again:
            raise Invalid("The two new passwords differ. Type them again.", field="again")
        hashed = sessions.hash_password(new)
    except Invalid as error:
        commit()  # a wrong password counts as an attempt
        if error.field == "password":
            error.field = "new"
        return _page(error)
    except Throttled as error:
        return _page(error)
    user = users.by_id(db, g.user.id)
    users.set_password(
        db,
        user,
        password_hash=hashed,
        keep_token=request.cookies.get(cookie_name()),
        actor=forms.writer(),
    )
    commit()
    flash(gettext("The password is set. All other browsers were signed out."))
    return redirect(url_for("account.page"), code=303)


def _check_current(current: str) -> None:
    try:
        sessions.check_password(session(), g.user.name, current, address=request.remote_addr or "")
    except Invalid as error:
        raise Invalid("This is not your present password.", field="current") from error


@blueprint.post("/account/sessions/end")
@signed_in
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    db = session()
    user = users.by_id(db, g.user.id)
    users.close_others(db, user, keep_token=request.cookies.get(cookie_name()))
    commit()
    flash(gettext("All other browsers were signed out."))
    return redirect(url_for("account.page"), code=303)


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    html = render_template(
        "account/page.html",
        user=g.user,
        sessions=users.open_sessions(reader(), g.user),
        here=g.session.token_sha256,
        error={"field": error.field, "text": sentence(error)} if error else None,
        values=request.form,
        least=sessions.PASSWORD_LENGTH[0],
        device=device,
    )
    return html, STATUS_OF.get(type(error), 422) if error else 200


#: What to look for in a User-Agent, the more telling first.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "YaBrowser": "Yandex", "Firefox": "Firefox"}
_BROWSERS |= {"Chromium": "Chromium", "Chrome": "Chrome", "Safari": "Safari", "curl": "curl"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
_SYSTEMS |= {"Mac OS": "macOS", "Linux": "Linux"}


def device(user_agent: str) -> str:
    """ "Firefox, Linux" for a User-Agent; what is unknown is left out."""
    browser = next((name for word, name in _BROWSERS.items() if word in user_agent), None)
    system = next((name for word, name in _SYSTEMS.items() if word in user_agent), None)
    return ", ".join(filter(None, (browser, system))) or gettext("Unknown browser")
