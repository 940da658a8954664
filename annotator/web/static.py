"""Static files under an address that changes with their content, so that browsers may keep them
for ever.

The address holds one fingerprint of all files. Modules import each other by relative addresses,
which keep the fingerprint, so a new release never mixes with an old one.
"""

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory

from annotator.paths import PACKAGE
from annotator.web.access import public

STATIC = PACKAGE / "static"
blueprint = Blueprint("assets", __name__)


def fingerprint(folder: Path) -> str:
    """A short hash over the names and the content of all files in a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


@blueprint.get("/static/<version>/<path:name>")
@public
def file(version: str, name: str) -> Response:
    response = send_from_directory(STATIC, name)
    if version == current_app.config["ASSETS_VERSION"]:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


def init_app(app: Flask) -> None:
    app.config["ASSETS_VERSION"] = fingerprint(STATIC)
    app.jinja_env.globals["asset"] = lambda name: f"/static/{app.config['ASSETS_VERSION']}/{name}"
