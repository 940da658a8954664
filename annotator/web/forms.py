"""Reading the fields of a form: each comes out clean or as a sentence beside its input."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from flask import request

from annotator.domain.errors import Invalid
from annotator.services import log
from annotator.web.access import actor

#: Longest plain field, in characters, where a screen does not say otherwise.
MOST = 500


def text(
    name: str, *, most: int = MOST, required: bool = False, source: Mapping[str, str] | None = None
) -> str:
    """A field without blanks at its ends. Raises Invalid for control characters or too much."""
    value = (request.form if source is None else source).get(name, "").strip()
    if any(ord(character) < 32 and character not in "\t\n\r" for character in value):
        raise Invalid("There is a control character in this field. Type it anew.", field=name)
    if len(value) > most:
        raise Invalid(
            "At most {most} characters fit here; these are {length}.",
            field=name,
            most=most,
            length=len(value),
        )
    if required and not value:
        raise Invalid("This field must not be empty.", field=name)
    return value


def line(
    name: str, *, most: int = MOST, required: bool = False, source: Mapping[str, str] | None = None
) -> str:
    """A field of one line: every run of blanks becomes one space."""
    return " ".join(text(name, most=most, required=required, source=source).split())


def choice(name: str, options: Collection[str], *, default: str | None = None) -> str:
    """One of `options`. Raises Invalid for anything else, and for nothing where no default is."""
    value = request.form.get(name, "")
    if not value and default is not None:
        return default
    if value not in options:
        raise Invalid("Choose one of the values that the list offers.", field=name)
    return value


def number(name: str, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number. Raises Invalid for anything else."""
    value = request.form.get(name, "")
    if not (
        value.isascii() and value.isdigit() and len(value) < 11 and least <= int(value) <= most
    ):
        raise Invalid("This must be a whole number.", field=name)
    return int(value)


def writer() -> log.Actor:
    """Who asks for a change that is harmless to repeat: without the key of a create."""
    return replace(actor(), request_key=None, request_sha256=None)
