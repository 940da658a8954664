"""Being written."""

from flask import Blueprint

blueprint = Blueprint("annotations", __name__)
