"""What the tests of the script need: hands that drag over letters, a look at what was saved."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.sync_api import Browser, Page

from tests.browser.mock.serve import Article, Mock, Note


class Complaints(Protocol):
    """What notes a page's complaints (tests/browser/conftest.py)."""

    allowed: list[str]

    def watch(self, page: Page) -> None: ...


#: The viewport's place of the boundary `offset` units into a paragraph, on the edge of the letter
#: after it or, if `side` is "after", of the letter before it.
POINT = """([id, offset, side]) => {
  const para = document.getElementById(id);
  para.scrollIntoView({block: 'center'});
  const walker = document.createTreeWalker(para, NodeFilter.SHOW_TEXT);
  const isBefore = side !== 'after';
  let node = walker.nextNode();
  while (isBefore ? offset >= node.length : offset > node.length) {
    offset -= node.length;
    node = walker.nextNode();
  }
  const range = document.createRange();
  range.setStart(node, isBefore ? offset : offset - 1);
  range.setEnd(node, isBefore ? offset + 1 : offset);
  const box = range.getClientRects()[0];
  const isLeft = isBefore !== (getComputedStyle(para).direction === 'rtl');
  return {x: isLeft ? box.left + .5 : box.right - .5, y: box.top + box.height / 2};
}"""
#: Waits until more notes than `n` are shown and nothing is unsaved.
SAVED = """n => document.querySelectorAll('.note').length > n
  && document.getElementById('saving').dataset.state === 'saved'"""


@dataclass
class Reader:
    """A person before the reading page of one article of the stand-in."""

    page: Page
    mock: Mock
    name: str

    def open(self, query: str = "") -> "Reader":
        self.page.goto(f"{self.mock.url}/{self.name}{query}")
        self.page.wait_for_function("document.fonts.status === 'loaded'")
        return self

    @property
    def article(self) -> Article:
        return self.mock.articles[self.name]

    def units(self, number: int, words: str) -> tuple[int, int]:
        """Where `words` stand in a paragraph, in UTF-16 units."""
        p = self.article.paragraphs[number - 1]
        line = self.article.text[p.start : p.end]
        at = line.index(words)
        size = len(line[:at].encode("utf-16-le")) // 2
        return size, size + len(words.encode("utf-16-le")) // 2

    def point(self, number: int, offset: int, side: str = "before") -> tuple[float, float]:
        place = self.page.evaluate(POINT, [f"p-{number}", offset, side])
        return place["x"], place["y"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=6)
        self.page.mouse.up()

    def select(self, number: int, words: str, *, backward: bool = False) -> None:
        """Drag with the mouse over `words` in a paragraph."""
        start, end = self.units(number, words)
        places = [self.point(number, start), self.point(number, end, "after")]
        self.drag(*(reversed(places) if backward else places))

    def tag(self, key: str = "1") -> Note:
        """Press a key and wait until the new annotation is saved and shown; returns it."""
        before = len(self.article.notes)
        self.page.keyboard.press(key)
        self.page.wait_for_function(SAVED, arg=before)
        return self.article.notes[-1]

    def words(self, note: Note) -> str:
        """The code points that an annotation covers."""
        return " … ".join(self.article.text[s:e] for s, e in note.spans)

    def painted(self, layer: str) -> str:
        """The text under a layer of ::highlight()."""
        script = "name => [...(CSS.highlights.get(name) ?? [])].map(String).join('|')"
        return self.page.evaluate(script, layer)  # type: ignore[no-any-return]


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
        yield Reader(page, mock, "a").open()
