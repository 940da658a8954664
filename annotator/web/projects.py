"""`/`: the projects one may see, and a new one."""

import re
import unicodedata

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.domain.errors import DomainError, Invalid
from annotator.domain.roles import Role
from annotator.ids import new_id
from annotator.services import log, members, projects
from annotator.web import forms
from annotator.web.access import actor, admin, signed_in
from annotator.web.database import commit, reader, session
from annotator.web.errors import STATUS_OF, sentence

blueprint = Blueprint("projects", __name__)

#: Russian and Kazakh letters as they are written in addresses.
_LATIN = str.maketrans(
    {
        **dict(
            zip("абвгдезийклмнопрстуфыэіәөұқғңһ", "abvgdeziyklmnoprstufyeiaouqgnh", strict=True)
        ),
        **{"ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"},
        **{"ъ": "", "ь": "", "ю": "yu", "я": "ya", "ү": "u", "ß": "ss", "ł": "l", "ø": "o"},
    }
)


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/projects")
@admin
def create() -> ResponseReturnValue:
    """A new project with the default codebook; its address is made from the title unless given."""
    db = session()
    try:
        title = forms.line("title", most=projects.MAX_TITLE, required=True)
        slug = forms.line("slug").lower() or slug_of(title)
        description = forms.text("description", most=2000)
        made = projects.create(db, slug, title, actor(), description=description)
        members.join(db, project=made, user_id=g.user.id, role=Role.manager, actor=forms.writer())
    except Invalid as error:
        return _page(error)
    except log.Repeated as repeated:
        slug = (repeated.change["after"] or {}).get("slug", "")
        return redirect(url_for("articles.index", slug=slug), code=303)
    commit()
    return redirect(url_for("articles.index", slug=slug), code=303)


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    html = render_template(
        "projects/index.html",
        projects=members.projects_of(reader(), g.user),
        error={"field": error.field, "text": sentence(error)} if error else None,
        values=request.form,
        key=new_id(),
    )
    return html, STATUS_OF.get(type(error), 422) if error else 200


def slug_of(title: str) -> str:
    """A title as the last part of an address: "Визит Токаева" → "vizit-tokaeva"."""
    composed = unicodedata.normalize("NFC", title).lower().translate(_LATIN)
    plain = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = "-".join(words)[:40].strip("-")
    return slug or "project"
