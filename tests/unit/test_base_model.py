"""The model in the box: it loads, and is as good as the documents say."""

import json
import re
import subprocess

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from colorization.api import Colorizer
from colorization.inference.full_resolution import (
    Options,
    colorize_array,
    usual_rebalance,
)
from colorization.inference.half_precision import halve
from colorization.inference.model_file import load_model, save_model
from colorization.pages.report.card import TERMS
from colorization.runtime.base_model import BASE
from docs import base, base_pictures
from tests.support.models import make_model
from tests.support.workflows import ROOT


@pytest.fixture(scope="module")
def model():
    return load_model(BASE)


def test_it_is_small_and_says_how_it_was_made(model):
    assert BASE.stat().st_size < 10_000_000
    assert usual_rebalance(model) > 0 and model.settings["train"]["rebalance"] is False
    card = BASE.with_suffix(".md").read_text(encoding="utf-8")
    assert "candidate" not in card and TERMS["folder"] not in card
    for folder in ("scenes/forests", "training/tinyimagenet"):
        assert folder in card


def test_the_figures_are_those_of_the_documents(model):
    """On scikit-image's photographs, which it has never seen."""
    measured = base_pictures.figures(model).set_index("photograph")
    documented = pd.read_csv(ROOT / "docs/base.csv").set_index("photograph")
    assert list(measured.index) == list(documented.index)
    np.testing.assert_allclose(measured, documented, atol=0.1)
    # Better than gray, as a whole, with and without rebalancing.
    means = documented.mean()
    assert means["plain"] > means["gray"] + 1 and means["usual"] > means["gray"] + 1
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    stated = re.search(r"is (\d+\.\d) % on them, that of gray (\d+\.\d) %", readme)
    assert [float(s) for s in stated.groups()] == [
        round(means[way], 1) for way in ("usual", "gray")
    ]


def test_small_photographs_are_seen_smoothly(model):
    """The network must not see the edges of enlarged pixels: that cost 3 points of AuC."""
    rows = []
    for load in base_pictures.PHOTOGRAPHS.values():
        photograph = Image.fromarray(load())
        photograph.thumbnail((72, 72))
        rgb = np.array(photograph)
        coloured = colorize_array(model, rgb, Options(rebalance=0))
        rows.append([base_pictures.auc(rgb, coloured), base_pictures.auc(rgb, None)])
    plain, gray = np.mean(rows, 0)
    assert plain > gray + 4


def test_it_colours_grass_green_and_sky_blue():
    """The photograph that the demo page shows first."""
    rgb = np.repeat(data.camera()[..., None], 3, axis=2)
    coloured = Colorizer.load()(rgb).astype(int)
    grass, sky = coloured[400:500, 350:500], coloured[20:120, 20:120]
    assert grass[..., 1].mean() > grass[..., 2].mean() + 10
    assert sky[..., 2].mean() > sky[..., 0].mean() + 5


def test_half_precision_changes_little(bins, tmp_path):
    model = make_model(bins, len(bins))
    # As large as variances get; no number of float16.
    model.network.conv6[6].running_var.fill_(1e5)
    settings = dict(network=dict(width=0.125), train=dict(crop=32, rebalance=False))
    weights = np.ones(len(bins), np.float32)
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    save_model(whole, model.network.state_dict(), bins, settings, {}, weights)
    halve(whole, half)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    rgb = data.chelsea()[:64, :96]
    pictures = [Colorizer.load(path)(rgb).astype(int) for path in (whole, half)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 3


def test_the_card_is_that_of_the_run_with_other_names():
    path = "results/train/candidate/model.safetensors"
    text = f"# candidate: x\n{TERMS['folder']}\nMIT licence.\n{path}\n"
    text += f"    colorization colorize --model {path} photographs/ -o colorized/\n"
    text += f"    colorization provenance {path}\n"
    text += "name: own photographs\nOwn photographs, 96×96 pixels\n"
    card = base.card(text)
    assert "candidate" not in card and "colorization colorize photographs/" in card
    with pytest.raises(SystemExit, match="is not in it"):
        base.card("another card")


def test_its_record_names_no_machine():
    with open(BASE, "rb") as file:
        header = file.read(int.from_bytes(file.read(8), "little"))
    assert b"/root" not in header and b"/home" not in header
    assert json.loads(header)["__metadata__"].keys() >= {"bins", "settings", "weights"}


def test_it_is_a_part_of_the_package():
    listed = subprocess.run(
        ["git", "check-ignore", str(BASE)], cwd=ROOT, capture_output=True
    )
    assert listed.returncode == 1  # no rule leaves it out of the wheel
