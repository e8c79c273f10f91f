"""A headless browser; tests fail when a page does what no page may do."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.browser.demo_page import (  # noqa: F401
    address,
    built,
    colourful,
    file,
    photograph,
)

ROOT = Path(__file__).parents[2]
# Screenshots; widths of a phone, a tablet and a wide screen.
SCREENSHOTS = ROOT / "results" / "screenshots"
WIDTHS = (390, 820, 1600)


@pytest.fixture(scope="session")
def browser():
    """Debian's or any other installed Chromium."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "chrome")]
    path = next(filter(None, found), None)
    assert path, "no Chromium found: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A new page. Errors on it, and requests to other hosts, fail the test."""
    page = browser.new_page(viewport=dict(width=1280, height=900))
    page.set_default_timeout(20_000)
    wrong, own = [], ("file:", "data:", "blob:", "http://127.0.0.1:")
    page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: r.url.startswith(own) or wrong.append(r.url))
    page.on("requestfailed", lambda r: wrong.append(f"{r.url}: {r.failure}"))
    yield page
    page.close()
    assert not wrong


def check_accessible(page: Page) -> None:
    """Assert that axe finds no serious or critical violation."""
    found = Axe().run(page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, [(v["id"], [n["html"] for n in v["nodes"]]) for v in grave]


def take_pictures(page: Page, name: str) -> None:
    """Take screenshots at three widths, light and dark. Assert that nothing overflows."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size(dict(width=width, height=900))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(
                path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True
            )
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide} pixels wide on a screen of {width}"
    page.emulate_media(color_scheme="light")
