"""Answers that change several places of a page at once."""

from flask import Response, make_response
from markupsafe import Markup


def partial(target: str, html: str, *, swap: str = "outerMorph") -> Markup:
    """A piece of an answer that htmx puts where the CSS selector `target` points.

    `html` is trusted markup: the output of a template.
    """
    return Markup('<hx-partial hx-target="{}" hx-swap="{}">{}</hx-partial>').format(
        target,
        swap,
        Markup(html),  # noqa: S704 - the output of a template
    )


def respond(*parts: str, status: int = 200) -> Response:
    """An answer made of several partials."""
    response = make_response("\n".join(parts), status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response
