"""The page that colorizes, in Chromium: how long a user waits, and what 50 photographs take."""

import shutil
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import skimage.data
from PIL import Image

from benchmarks.machine import Bench
from benchmarks.table import Row
from colorization.pages.demo_server import make_server
from tests.support.serving import running

DEMO = Path("results/demo")
# 12 million pixels.
SIZE = (4000, 3000)
# Milliseconds from a click to what it asked for, by the page's own clock.
TIMED = """(selector) => {
  window.waited = new Promise((resolve) => {
    addEventListener("click", () => {
      const start = performance.now();
      const look = () => document.querySelector(selector)
        ? resolve(performance.now() - start) : requestAnimationFrame(look);
      look();
    }, { capture: true, once: true });
  });
}"""


def demo_rows(bench: Bench) -> list[Row]:
    """Rows for the times and the memory; none without a demo or without a Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium or not (DEMO / "index.html").exists():
        print("the page that colorizes: not measured: needs make demo, and chromium")
        return []
    from playwright.sync_api import sync_playwright  # of the tests

    with (
        tempfile.TemporaryDirectory(dir=".") as folder,
        running(make_server(DEMO, 0)) as address,
        sync_playwright() as playwright,
    ):
        files = _photographs(Path(folder), bench)
        start = playwright.chromium.launch
        browser = start(executable_path=chromium, args=["--no-sandbox"])
        answers, pictures = [], []
        for file in files[: bench.count(5)]:
            # A page that remembers nothing.
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(address)
            page.set_input_files("#file", file)
            page.wait_for_selector("#save:enabled")
            shown = "#answer:not([inert]) #choices li"
            answers.append(_waited(page, shown, lambda page=page: _click(page)))
            chosen = page.locator("#choices button").nth(1)
            pictures.append(_waited(page, "#stack[data-hints='1']", chosen.click))
            page.close()
        few, many = _memory(browser, address, files, bench)
        browser.close()
    megapixels = f"{SIZE[0] * SIZE[1] / 1e6:.0f} megapixels"
    times = [
        ("to alternatives", answers, 100),
        ("on a colour to the picture", pictures, 1000),
    ]
    return [
        Row(
            f"page, {megapixels}: click {what}",
            f"{median(waited):.0f} ms, median of {len(waited)}",
            f"{most} ms",
            most / median(waited),
            f"< {most} ms",
            median(waited) < most,
        )
        for what, waited, most in times
    ] + [
        Row(
            "page: memory after 50 photographs",
            f"{many / 1e6:.0f} MB",
            f"{few / 1e6:.0f} MB after 10",
            few / many,
            "< 1.2 times",
            many < 1.2 * few,
        )
    ]


def _photographs(folder: Path, bench: Bench) -> list[Path]:
    width, height = (max(64, int(side * bench.share**0.5)) for side in SIZE)
    image = Image.fromarray(skimage.data.coffee()).resize((width, height))
    files = [folder / f"{i}.jpg" for i in range(bench.count(50))]
    for i, file in enumerate(files):
        Image.fromarray(np.roll(np.asarray(image), 40 * i, 1)).save(file)
    return files


def _click(page) -> None:
    box = page.locator("#stack").bounding_box()
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])


def _waited(page, selector: str, click) -> float:
    page.evaluate(TIMED, selector)
    click()
    return page.evaluate("window.waited")


def _memory(browser, address: str, files: list[Path], bench: Bench) -> tuple[int, int]:
    """Bytes that all of the browser's processes hold after 10 and after all photographs."""
    page, held, done = browser.new_page(), [], 0
    page.set_default_timeout(600_000)
    page.goto(address)
    for count in (bench.count(10), len(files)):
        page.set_input_files("#file", files[done:count])
        done = count
        # All small pictures are there. A single photograph may have none.
        page.wait_for_function(
            "(n) => document.querySelectorAll('.frame.filled').length >= n || n < 2",
            arg=count,
        )
        page.wait_for_selector("#save:enabled")
        page.wait_for_timeout(3000)
        processes = psutil.Process().children(recursive=True)
        held.append(
            sum(p.memory_full_info().pss for p in processes if "chrom" in p.name())
        )
    return held[0], held[1]
