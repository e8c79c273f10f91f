"""The report's figures: sizes, budget, and equal files."""

import re

import numpy as np
import pytest
from PIL import Image

from colorization.pages.report import (
    figures,
)
from colorization.pages.report.captions import CAPTIONS
from colorization.pages.report.figures import Figure
from colorization.runtime.log import StageError
from tests.support.report_inputs import draw_history


@pytest.fixture
def pictures(tmp_path, rng):
    """A chart and two photographs that compress badly."""
    chart = tmp_path / "history.svg"
    draw_history(tmp_path / "history.png", chart)
    found = [Figure("history", chart, "a")]
    for i in range(2):
        noise = rng.integers(0, 256, (150, 300, 3), dtype=np.uint8)
        path = tmp_path / f"{i}.png"
        Image.fromarray(noise).save(path, dpi=(150, 150))
        found.append(Figure("grid", path, "a"))
    return found


def test_figures_are_embedded_at_one_scale(pictures, tmp_path):
    figures.embed(pictures, tmp_path)
    chart, photograph, _ = pictures
    assert chart.source.startswith("data:image/svg+xml;base64,")
    assert chart.width == 624  # 6.5 inches
    assert photograph.source.startswith("data:image/png;base64,")
    assert (photograph.width, photograph.height) == (192, 96)
    assert all(len(figure.alt) > 10 for figure in pictures)


def test_a_page_stays_within_its_budget(pictures, tmp_path):
    size = sum(figure.path.stat().st_size for figure in pictures)
    figures.embed(pictures, tmp_path, budget=size)
    assert [f.source.split(";")[0] for f in pictures[1:]] == ["data:image/jpeg"] * 2
    for figure in pictures:
        figure.source = None
    small = pictures[0].path.stat().st_size * 4 // 3 + 10
    figures.embed(pictures, tmp_path, budget=small)
    assert [figure.source is None for figure in pictures] == [False, True, True]
    assert pictures[1].link == "0.png"


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "grid.png").write_bytes(b"no picture")
    with pytest.raises(StageError, match=r"grid\.png: not a picture"):
        figures.embed([Figure("grid", tmp_path / "grid.png")], tmp_path)


def test_equal_drawings_are_equal_files(tmp_path):
    for name in ("one", "two"):
        paths = (tmp_path / f"{name}.{kind}" for kind in ("png", "svg"))
        draw_history(*paths)
    for kind in ("png", "svg"):
        one, two = ((tmp_path / f"{n}.{kind}").read_bytes() for n in ("one", "two"))
        assert one == two


def test_every_caption_says_what_to_look_for():
    for caption in CAPTIONS.values():
        assert re.search(r"\bLook (for|at|along)\b", caption.text)


def test_a_chart_follows_the_page_into_the_dark(tmp_path):
    draw_history(tmp_path / "chart.png", tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "@media (prefers-color-scheme: dark)" in text
    # Nothing white lies behind it, as in the picture for documents.
    assert "fill: #ffffff" not in text
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
