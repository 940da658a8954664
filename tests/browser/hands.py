"""A person before the text of an article: hands that drag a real mouse over letters."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from playwright.sync_api import Page

from annotator.domain.text import paragraphs

#: The viewport's place of the boundary `offset` units into a paragraph, on the edge of the letter
#: after it or, if `side` is "after", of the letter before it. Letters of Hebrew and Arabic begin at
#: their right edge.
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
  const isLeft = isBefore !== /[\\u0590-\\u08ff]/.test(String(range));
  return {x: isLeft ? box.left + .5 : box.right - .5, y: box.top + box.height / 2};
}"""
#: Waits until more notes than `n` are shown and nothing is unsaved.
SAVED = """n => document.querySelectorAll('.note').length > n
  && document.getElementById('saving').dataset.state === 'saved'"""

Point = tuple[float, float]


@dataclass
class Hands(ABC):
    """Knows where words stand in the text and drags over them."""

    page: Page

    @property
    @abstractmethod
    def text(self) -> str:
        """The stored text of the article."""

    def paragraph(self, number: int) -> str:
        """The words of a paragraph, counted from 1."""
        p = paragraphs(self.text)[number - 1]
        return self.text[p.start : p.end]

    def units(self, number: int, words: str) -> tuple[int, int]:
        """Where `words` stand in a paragraph, in UTF-16 units."""
        line = self.paragraph(number)
        size = len(line[: line.index(words)].encode("utf-16-le")) // 2
        return size, size + len(words.encode("utf-16-le")) // 2

    def point(self, number: int, offset: int, side: str = "before") -> Point:
        """Where the boundary at `offset` is in the window; see POINT."""
        place = self.page.evaluate(POINT, [f"p-{number}", offset, side])
        return place["x"], place["y"]

    def drag(self, start: Point, end: Point) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=6)
        self.page.mouse.up()

    def select(self, number: int, words: str, *, backward: bool = False) -> None:
        """Drag with the mouse over `words` in a paragraph."""
        start, end = self.units(number, words)
        places = [self.point(number, start), self.point(number, end, "after")]
        self.drag(*(reversed(places) if backward else places))

    def selected(self) -> str:
        return str(self.page.evaluate("String(getSelection())"))

    def painted(self, layer: str) -> str:
        """The text under a layer of ::highlight()."""
        script = "name => [...(CSS.highlights.get(name) ?? [])].map(String).join('|')"
        return str(self.page.evaluate(script, layer))

    def press_russian(self, code: str, key: str) -> None:
        """Press a key as a keyboard with a Russian layout sends it: place `code`, letter `key`."""
        session = self.page.context.new_cdp_session(self.page)
        for kind in ("keyDown", "keyUp"):
            session.send("Input.dispatchKeyEvent", {"type": kind, "code": code, "key": key})
