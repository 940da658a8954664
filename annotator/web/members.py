"""Who takes part in a project, and (for administrators) who may sign in at all."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from annotator.domain.errors import DomainError, Invalid
from annotator.domain.roles import Role
from annotator.models import User
from annotator.services import members, users
from annotator.web import forms
from annotator.web.access import admin, member
from annotator.web.database import commit, reader, session
from annotator.web.errors import STATUS_OF, sentence

blueprint = Blueprint("members", __name__)


@blueprint.get("/projects/<slug:slug>/members")
@member(Role.viewer)
def page() -> ResponseReturnValue:
    return _page()


@blueprint.post("/projects/<slug:slug>/members")
@member(Role.manager)
def add() -> ResponseReturnValue:
    """Take somebody in by name. An administrator may name somebody new, who gets a link."""
    db = session()
    try:
        name = forms.line("name", most=64, required=True)
        role = Role(forms.choice("role", list(Role)))
        user, created = members.add(
            db,
            project=g.project,
            name=name,
            role=role,
            actor=forms.writer(),
            may_create=g.user.is_admin,
        )
        token = users.make_link(db, user, actor=forms.writer()) if created else None
    except Invalid as error:
        return _page(error)
    commit()
    if token:
        return _page(link=_link(user, token))
    flash(gettext("“%(name)s” is a member now.", name=user.name))
    return redirect(url_for("members.page", slug=g.project.slug), code=303)


@blueprint.post("/projects/<slug:slug>/members/<id:user_id>/role")
@member(Role.manager)
def change_role(user_id: str) -> ResponseReturnValue:
    try:
        role = Role(forms.choice("role", list(Role)))
        members.change_role(
            session(), project=g.project, user_id=user_id, role=role, actor=forms.writer()
        )
    except Invalid as error:
        return _page(error, row=user_id)
    commit()
    flash(gettext("Saved."))
    return redirect(url_for("members.page", slug=g.project.slug), code=303)


@blueprint.post("/projects/<slug:slug>/members/<id:user_id>/remove")
@member(Role.manager)
def remove(user_id: str) -> ResponseReturnValue:
    """End a membership. What the person annotated stays."""
    try:
        members.remove(session(), project=g.project, user_id=user_id, actor=forms.writer())
    except Invalid as error:
        return _page(error, row=user_id)
    commit()
    if user_id == g.user.id and not g.user.is_admin:
        return redirect(url_for("projects.index"), code=303)
    flash(gettext("Removed from the project. The annotations stay."))
    return redirect(url_for("members.page", slug=g.project.slug), code=303)


def _page(
    error: DomainError | None = None, *, row: str | None = None, link: dict[str, str] | None = None
) -> ResponseReturnValue:
    html = render_template(
        "members/page.html",
        members=members.listing(reader(), g.project),
        roles=list(Role),
        role_options=[(role.value, gettext(role.label)) for role in Role],
        error={"field": error.field, "text": sentence(error)} if error else None,
        row=row,
        link=link,
        values=request.form if error and row is None else {},
    )
    return html, STATUS_OF.get(type(error), 422) if error else 200


def _link(user: User, token: str) -> dict[str, str]:
    """What the page shows once: whom the link signs in, and the link."""
    root = current_app.extensions["settings"].public_url.rstrip("/") or request.host_url.rstrip("/")
    return {"name": user.name, "address": root + url_for("auth.sign_in_link", token=token)}


# ------------------------------------------------------------------------ accounts


@blueprint.get("/users", endpoint="users")
@admin
def users_page() -> ResponseReturnValue:
    return _people_page()


@blueprint.post("/users")
@admin
def add_user() -> ResponseReturnValue:
    """A new account, with a link that signs in once."""
    db = session()
    try:
        user = users.add(
            db,
            name=forms.line("name", most=64, required=True),
            display_name=forms.line("display_name", most=80),
            is_admin=request.form.get("is_admin") == "1",
            actor=forms.writer(),
        )
        token = users.make_link(db, user, actor=forms.writer())
    except Invalid as error:
        return _people_page(error)
    commit()
    return _people_page(link=_link(user, token))


@blueprint.post("/users/<id:user_id>/link")
@admin
def make_link(user_id: str) -> ResponseReturnValue:
    """A new link that signs in once; for somebody who forgot the password, too."""
    db = session()
    user = users.by_id(db, user_id)
    try:
        token = users.make_link(db, user, actor=forms.writer())
    except Invalid as error:
        return _people_page(error, row=user_id)
    commit()
    return _people_page(link=_link(user, token))


@blueprint.post("/users/<id:user_id>/active")
@admin
def set_active(user_id: str) -> ResponseReturnValue:
    """Switch an account on or off."""
    db = session()
    try:
        active = forms.choice("active", ("0", "1")) == "1"
        users.set_active(db, users.by_id(db, user_id), active, actor=forms.writer())
    except Invalid as error:
        return _people_page(error, row=user_id)
    commit()
    flash(gettext("Saved."))
    return redirect(url_for("members.users"), code=303)


@blueprint.post("/users/<id:user_id>/admin")
@admin
def set_admin(user_id: str) -> ResponseReturnValue:
    """Give or take the right to administer."""
    db = session()
    try:
        is_admin = forms.choice("is_admin", ("0", "1")) == "1"
        users.set_admin(db, users.by_id(db, user_id), is_admin, actor=forms.writer())
    except Invalid as error:
        return _people_page(error, row=user_id)
    commit()
    flash(gettext("Saved."))
    return redirect(url_for("members.users"), code=303)


def _people_page(
    error: DomainError | None = None, *, row: str | None = None, link: dict[str, str] | None = None
) -> ResponseReturnValue:
    html = render_template(
        "members/people.html",
        people=users.listing(reader()),
        error={"field": error.field, "text": sentence(error)} if error else None,
        row=row,
        link=link,
        values=request.form if error and row is None else {},
    )
    return html, STATUS_OF.get(type(error), 422) if error else 200
