"""What the tests of the script need: hands that drag over letters, a look at what was saved."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tests.browser.hands import SAVED, Hands
from tests.browser.mock.serve import Article, Mock, Note
from tests.browser.site import Complaints


@dataclass
class Reader(Hands):
    """A person before the reading page of one article of the stand-in."""

    mock: Mock
    name: str

    def open(self, query: str = "") -> "Reader":
        self.page.goto(f"{self.mock.url}/{self.name}{query}")
        self.page.wait_for_function("document.fonts.status === 'loaded'")
        return self

    @property
    def article(self) -> Article:
        return self.mock.articles[self.name]

    @property
    def text(self) -> str:
        return self.article.text

    def tag(self, key: str = "1") -> Note:
        """Press a key and wait until the new annotation is saved and shown; returns it."""
        before = len(self.article.notes)
        self.page.keyboard.press(key)
        self.page.wait_for_function(SAVED, arg=before)
        return self.article.notes[-1]

    def words(self, note: Note) -> str:
        """The code points that an annotation covers."""
        return " … ".join(self.article.text[s:e] for s, e in note.spans)


@contextmanager
def reading(
    browser: Browser, complaints: Complaints, article: Article, **context: object
) -> Iterator[Reader]:
    """Open the stand-in's reading page of one article; `context` is Playwright's `new_context`."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}} | context
    with Mock({"a": article}) as mock, closing(browser.new_context(**options)) as opened:
        page = opened.new_page()
        page.set_default_timeout(10_000)
        complaints.watch(page)
        yield Reader(page=page, mock=mock, name="a").open()
