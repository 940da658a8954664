"""Being written."""

from flask import Blueprint

blueprint = Blueprint("palette", __name__)
