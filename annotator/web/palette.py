"""`/projects/<slug>/palette.css`: the colours of a project's tags as classes.

Colours come from the codebook and inline styles are forbidden, so each version of a codebook has a
style sheet, which browsers may keep for ever.
"""

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from annotator.domain.roles import Role
from annotator.services import codebook
from annotator.web.access import member
from annotator.web.database import reader

blueprint = Blueprint("palette", __name__)


@blueprint.get("/projects/<slug:slug>/palette.css", endpoint="css")
@member(Role.viewer)
def css() -> ResponseReturnValue:
    """`.tN` sets a tag's colour, `.aN`, `.bN` and `.cN` that of the three lanes under a text."""
    response = Response(
        codebook.palette_css(codebook.load(reader(), g.project)), mimetype="text/css"
    )
    current = request.args.get("v") == str(g.project.codebook_version)
    response.headers["Cache-Control"] = (
        "private, max-age=31536000, immutable" if current else "private, no-cache"
    )
    return response
