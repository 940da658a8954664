"""Being written."""

from flask import Blueprint

blueprint = Blueprint("reading", __name__)
