"""Being written."""

from flask import Blueprint

blueprint = Blueprint("projects", __name__)
