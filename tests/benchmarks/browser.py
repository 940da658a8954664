"""What a person waits for in Chromium: text with all its marks after opening an article."""

import statistics

from playwright.sync_api import Page, sync_playwright

from annotator.web.access import SESSION_COOKIE
from tests.benchmarks.corpus import corpus
from tests.benchmarks.result import Result
from tests.support.application import serving
from tests.support.chromium import CHROMIUM_FLAGS, chromium_path

TIMES = 9
#: Milliseconds from the start of the navigation until the frame after the last mark was in the
#: document.
VISIBLE = """
(wanted) => new Promise((resolve) => {
  const look = () => document.querySelectorAll('#article mark').length >= wanted
    ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""


def measure() -> list[Result]:
    results = []
    with corpus() as made, serving(made.settings) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium_path()), args=list(CHROMIUM_FLAGS)
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": SESSION_COOKIE, "value": made.cookie, "url": server.url}])
        page = context.new_page()
        for words, article, bar in (
            ("6 kB with 20 spans: text and marks visible", made.small, 300),
            ("200 kB with 2,000 spans: text and marks visible", made.large, 600),
        ):
            url = f"{server.url}/projects/bench/articles/{article.id}"
            wanted = _marks(page, url)
            times = [_visible(page, url, wanted) for _ in range(TIMES)]
            detail = f"{wanted} marks; {min(times):.0f}–{max(times):.0f} ms, n={TIMES}"
            results.append(Result(words, statistics.median(times), "ms", bar, detail=detail))
        browser.close()
    return results


def _marks(page: Page, url: str) -> int:
    page.goto(url)
    return page.locator("#article mark").count()


def _visible(page: Page, url: str, wanted: int) -> float:
    page.goto("about:blank")
    page.goto(url, wait_until="commit")
    return float(page.evaluate(VISIBLE, wanted))
