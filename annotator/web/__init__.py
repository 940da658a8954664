"""The pages: one blueprint for each screen, listed here."""

from importlib import import_module

from flask import Flask

#: Module names in annotator.web; each holds a `blueprint`. A new screen is a line.
BLUEPRINTS = (
    "static",
    "health",
    "auth",
    "account",
    "projects",
    "articles",
    "members",
    "reading",
    "annotations",
    "reviews",
    "history",
    "live",
    "events",
    "compare",
    "export",
    "palette",
)


def init_app(app: Flask) -> None:
    """Register every screen."""
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"annotator.web.{name}").blueprint)
