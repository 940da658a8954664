"""Being written."""

from flask import Blueprint

blueprint = Blueprint("live", __name__)
