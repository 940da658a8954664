"""The application: wiring and nothing else."""

from flask import Flask
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from annotator import web
from annotator.db import connect
from annotator.settings import Settings, load
from annotator.web import database, errors, filters, language, security, static, texts
from annotator.web.htmx import htmx


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for these settings, by default those of the environment."""
    settings = settings or load()
    app = Flask("annotator", static_folder=None)
    app.testing = settings.testing
    app.extensions["settings"] = settings
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "autoescape": True}
    database.init_app(app, connect(settings))
    security.init_app(app, settings)
    language.init_app(app)
    static.init_app(app)
    filters.init_app(app)
    texts.init_app(app)
    errors.init_app(app)
    htmx.init_app(app)
    web.init_app(app)
    app.jinja_env.globals["csrf"] = csrf_field
    return app


def csrf_field() -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
