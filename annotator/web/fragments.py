"""Answers that change several places of a page at once."""

from flask import Response, make_response
from markupsafe import Markup, escape


def partial(target: str, html: str, *, swap: str = "outerMorph") -> Markup:
    """A piece of an answer that htmx puts where the CSS selector `target` points.

    `html` is trusted markup: the output of a template.
    """
    return Markup(  # noqa: S704 - the output of a template
        f'<hx-partial hx-target="{escape(target)}" hx-swap="{escape(swap)}">{html}</hx-partial>'
    )


def respond(*parts: str, status: int = 200) -> Response:
    """An answer made of several partials."""
    response = make_response("\n".join(parts), status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response
