"""Being written."""

from flask import Blueprint

blueprint = Blueprint("export", __name__)
