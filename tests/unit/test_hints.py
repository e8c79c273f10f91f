import json

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from colorization.__main__ import main
from colorization.inference import full_resolution
from colorization.inference.hints_file import read_hints
from colorization.method import hints
from colorization.method.cielab import srgb_to_lab
from colorization.method.hints import Hint
from colorization.runtime.log import StageError
from tests.support.models import make_model


def scene():
    """Two gray squares on black, joined by nothing: uint8 (H, W, 3)."""
    rgb = np.zeros((120, 240, 3), np.uint8)
    rgb[20:100, 20:100] = rgb[20:100, 140:220] = 150
    return rgb


@pytest.fixture(scope="module")
def model(bins):
    """One that says the same of all places."""
    model = make_model(bins, len(bins))
    for parameter in model.network.out.parameters():
        torch.nn.init.zeros_(parameter)
    model.settings["train"] = dict(crop=96)
    return model


def coloured(model, rgb, *given):
    """ab (H, W, 2) with hints."""
    options = full_resolution.Options(hints=given)
    return srgb_to_lab(full_resolution.colorize_array(model, rgb, options))[..., 1:]


def test_what_is_connected_and_alike_takes_the_colour_and_nothing_else(model):
    rgb = scene()
    plain = coloured(model, rgb)
    ab = coloured(model, rgb, Hint(0.25, 0.5, 30, 20))
    np.testing.assert_allclose(ab[24:96, 24:96], np.full((72, 72, 2), (30, 20)), atol=2)
    # The other square is as light but not connected; the ground is dark.
    assert np.abs(ab - plain)[:, 110:].max() < 1
    assert np.abs(ab - plain)[:14].max() < 1


def test_a_later_hint_lies_on_an_earlier_one(model):
    first, second = Hint(0.25, 0.5, 30, 20), Hint(0.2, 0.4, -20, 30)
    np.testing.assert_allclose(
        coloured(model, scene(), first, second)[60, 60], (-20, 30), atol=2
    )
    np.testing.assert_allclose(
        coloured(model, scene(), second, first)[60, 60], (30, 20), atol=2
    )


def test_edges_of_the_photograph_are_kept_at_full_resolution(model):
    """An edge between two cells of the reduced copy, which has 5 pixels for each."""
    rgb = np.full((1280, 1280, 3), 60, np.uint8)
    rgb[:, 642:] = 170
    ab = coloured(model, rgb, Hint(0.9, 0.5, 25, 25))
    np.testing.assert_allclose(ab[600, 645:].mean(0), (25, 25), atol=2)
    assert np.abs(ab[600, :640] - coloured(model, rgb)[600, :640]).max() < 5


def test_the_best_path_against_a_search_of_all_thresholds(rng):
    levels = rng.integers(200, hints.LEVELS, (9, 11))
    seed = 4 * 11 + 5
    found = np.array(hints._reach(levels.ravel().tolist(), 11, seed)).reshape(9, 11)
    expected = np.zeros_like(levels)
    for level in range(int(hints.FADE_NONE * hints.LEVELS) + 1, hints.LEVELS + 1):
        # Grow the place over cells of at least this level.
        grown = np.zeros(levels.shape, bool)
        grown.ravel()[seed] = levels.ravel()[seed] >= level
        for _ in range(levels.size):
            wide = np.pad(grown, 1)
            grown = (levels >= level) & (
                wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1]
                | wide[1:-1, :-2] | wide[1:-1, 2:]
            )  # fmt: skip
        expected[grown] = level
    np.testing.assert_array_equal(found, expected)


def test_the_corners_and_a_photograph_of_one_pixel(model):
    for x in (0, 1):
        for y in (0, 1):
            coloured(model, scene(), Hint(x, y, 10, 10))
    ab = coloured(model, np.full((1, 1, 3), 128, np.uint8), Hint(0, 0, 20, 20))
    np.testing.assert_allclose(ab[0, 0], (20, 20), atol=2)


def test_a_regression_takes_no_hints(bins):
    model = make_model(bins, 2)
    options = full_resolution.Options(size=96, hints=(Hint(0, 0, 0, 0),))
    with pytest.raises(StageError, match="trained for regression"):
        full_resolution.colorize_array(model, scene(), options)


def hints_file(folder, *given):
    path = folder / "hints.json"
    path.write_text(json.dumps(dict(hints=given)), encoding="utf-8")
    return path


def test_files_of_hints(tmp_path):
    path = hints_file(tmp_path, dict(x=0.5, y=1, a=-20, b=30.5))
    assert read_hints(path) == (Hint(0.5, 1, -20, 30.5),)
    for change, says in [
        (dict(x=1.5), "x: 1.5 is wrong"),
        (dict(a="green"), "a: 'green' is wrong"),
        (dict(b=200), "b: 200 is wrong"),
    ]:
        path = hints_file(tmp_path, dict(x=0.5, y=0.5, a=0, b=0) | change)
        with pytest.raises(StageError, match=says):
            read_hints(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StageError, match=r"hints\.json: cannot read the JSON"):
        read_hints(path)


def test_the_command(model_path, tmp_path, capsys):
    picture = data.coffee()[:120, :180]
    for name in ("one.png", "two.png"):
        Image.fromarray(picture).save(tmp_path / name)
    path = hints_file(tmp_path, dict(x=0.5, y=0.5, a=60, b=-60))
    common = ["-o", str(tmp_path / "out"), "--model", str(model_path), "--device=cpu"]

    def run(*names, options=()):
        files = [str(tmp_path / name) for name in names]
        return main(["colorize", *files, *common, *options])

    hinted = ["--hints", str(path)]
    assert run("one.png", "two.png", options=hinted) == 1
    assert "--hints belong to one photograph, and 2 were given" in (
        capsys.readouterr().err
    )
    assert run("one.png", options=hinted) == 0
    changed = np.asarray(Image.open(tmp_path / "out" / "one.png"))
    assert run("one.png") == 0
    plain = np.asarray(Image.open(tmp_path / "out" / "one.png"))
    assert (np.abs(changed.astype(int) - plain) > 20).any()
