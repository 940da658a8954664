"""Comparing authors: one address for each view of the same rows."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from annotator.domain.roles import Role
from annotator.web.access import member

blueprint = Blueprint("compare", __name__)


@blueprint.get("/projects/<slug:slug>/compare/<view>")
@member(Role.viewer)
def page(view: str) -> ResponseReturnValue:
    return view
