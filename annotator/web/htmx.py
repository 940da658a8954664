"""htmx 4 through flask-htmx, which knows the headers of htmx 2.

htmx 4 says which element asked in `HX-Source` ("form#annotate") and whether it wants a page or a
part of one in `HX-Request-Type`. Everything else of flask-htmx works as it is.
"""

from flask import request
from flask_htmx import HTMX


class HTMX4(HTMX):  # type: ignore[misc]
    """The request as htmx 4 describes it; false when a browser asks by itself."""

    def __bool__(self) -> bool:
        return bool(super().__bool__())

    @property
    def source(self) -> str | None:
        """The id of the element that sent the request, or None."""
        _, _, identifier = request.headers.get("HX-Source", "").partition("#")
        return identifier or None

    @property
    def partial(self) -> bool:
        """Whether the answer goes into a part of the page; a page is wanted otherwise."""
        return bool(self) and request.headers.get("HX-Request-Type") != "full"


htmx = HTMX4()
