"""Answers that change several places of a page at once."""

from typing import Any

from flask import Response, current_app, make_response
from markupsafe import Markup, escape


def partial(target: str, html: str, *, swap: str = "outerMorph") -> Markup:
    """A piece of an answer that htmx puts where the CSS selector `target` points.

    `html` is trusted markup: the output of a template.
    """
    return Markup(  # noqa: S704 - the output of a template
        f'<hx-partial hx-target="{escape(target)}" hx-swap="{escape(swap)}">{html}</hx-partial>'
    )


def small(template: str, **values: Any) -> str:
    """A little template of a fragment, without the signals and processors that a page passes."""
    return current_app.jinja_env.get_template(template).render(**values)


def respond(*parts: str, status: int = 200) -> Response:
    """An answer made of several partials."""
    response = make_response("\n".join(parts), status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response
