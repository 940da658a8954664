"""What the core says when something is wrong.

An error is a sentence, not a code: an English template plus named values. The template is the
message id for translation, so the same error reads well in every language of the interface:
`translate(error.template).format(**error.params)`. A good sentence says what was wrong, where,
what is safe, and what to do next.
"""

from typing import Any


class DomainError(Exception):
    """A refusal with a translatable sentence.

    `template` is English with `{named}` places, `params` fills them, `field` names the input
    that was wrong (a form field, a JSON key, a path in a file) or is None.
    """

    def __init__(self, template: str, field: str | None = None, **params: Any) -> None:
        super().__init__(template)
        self.template = template
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return self.template.format(**self.params)

    def __reduce__(self) -> Any:
        return _revive, (type(self), self.template, self.field, self.params)


class Invalid(DomainError):
    """The values sent do not make sense; nothing was changed (web: 422)."""


class NotFound(DomainError):
    """There is no such thing, or the asker must not learn that there is (web: 404)."""


class Forbidden(DomainError):
    """The asker is known, and the right is missing (web: 403)."""


class Conflict(DomainError):
    """The thing has changed since it was read (web: 409 or 412); `current` is its state now."""

    def __init__(
        self, template: str, field: str | None = None, *, current: Any = None, **params: Any
    ) -> None:
        super().__init__(template, field, **params)
        self.current = current


def _revive(
    kind: type[DomainError], template: str, field: str | None, params: dict[str, Any]
) -> DomainError:
    """Rebuild a pickled error, so that it survives a worker process."""
    return kind(template, field, **params)
