"""Pictures of the gallery, one by one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorization.pages import gallery, own_photographs
from colorization.pages.own_photographs import Colorized


def described(colorized):
    """What the gallery shows of photographs, with the pixels for addresses."""
    return own_photographs.describe("full", colorized, lambda pixels, _: pixels)


@pytest.mark.filterwarnings("error")
def test_a_photograph_of_200_megapixels_is_shown_small(tmp_path):
    Image.new("L", (20000, 10000)).save(tmp_path / "large.png")
    table = "photograph,result\nlarge.png,large.png\ncut.jpg,\n"
    (tmp_path / "photographs.csv").write_text(table, encoding="utf-8")
    (shown,) = described(Colorized(tmp_path, None))
    assert shown["name"] == "large.png"
    assert shown["model"].shape == (512, 1024, 4)


def test_photographs_with_colours_of_their_own_are_their_truth(tmp_path, rng):
    results, mine = tmp_path / "results", tmp_path / "mine"
    for folder in (results, mine):
        folder.mkdir()
    colours = Image.new("RGB", (40, 30), "tomato")
    noise = rng.integers(0, 256, (30, 40), dtype=np.uint8)
    gray = Image.fromarray(noise).convert("RGB")
    for name, photograph in [("red.png", colours), ("gray.jpg", gray)]:
        photograph.save(mine / name)
    table = "photograph,result\n"
    for name in ("red.png", "gray.jpg", "gone.png"):
        Image.new("RGB", (40, 30), "teal").save(results / name)
        table += f"{name},{name}\n"
    (results / "photographs.csv").write_text(table, encoding="utf-8")
    red, *others = described(Colorized(results, mine))
    assert np.array_equal(red["ground-truth"], np.asarray(colours))
    assert not any("ground-truth" in one for one in others)
    # One file instead of a folder; and a run whose photographs are not known.
    first, *_ = described(Colorized(results, mine / "red.png"))
    assert np.array_equal(first["ground-truth"], np.asarray(colours))
    assert not any("ground-truth" in one for one in described(Colorized(results, None)))


def test_a_picture_that_is_interrupted_leaves_none(tmp_path, monkeypatch):
    def save(self, path, *_, **__):
        Path(path).write_bytes(b"half of a picture")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(KeyboardInterrupt):
        gallery._save(np.zeros((4, 4, 3), np.uint8), "run/0-model", tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
