"""Events: the list, one event with its passages, relations and coverage, and the type-ahead."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from annotator.domain.roles import Role
from annotator.web.access import member

blueprint = Blueprint("events", __name__)


@blueprint.get("/projects/<slug:slug>/events")
@member(Role.viewer)
def index() -> ResponseReturnValue:
    return ""
