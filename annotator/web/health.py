"""`/healthz`: whether the server answers and its database does."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from annotator.web.access import public
from annotator.web.database import reader

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    reader().execute(text("SELECT 1"))
    return {"status": "ok"}
