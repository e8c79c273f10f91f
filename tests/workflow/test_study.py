"""The paper's study on small data: all kinds of runs, seeds, labels and probes."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from tests.unit.test_published import state  # noqa: F401 (a fixture)

RUNS = """
data:
  source: folder
  folder: {paths: [photos], windows: 2, labels: true}
runs:
  full: {seeds: 2, train: {steps: 3}}
  l2: {train: {loss: regression, rebalance: false}}
  authors: {kind: published, gamut: {bins: zhang313}, published: {weights: w.pth}}
"""


@pytest.fixture
def study(fresh, rng, state):  # noqa: F811
    for i in range(40):
        folder = fresh.folder / "photos" / ("light" if i % 2 else "dark")
        folder.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 100, (8, 8, 3)) + 150 * (i % 2)
        picture = Image.fromarray(noise.astype(np.uint8))
        picture.resize((48, 48)).save(folder / f"{i}.png")
    torch.save(state, fresh.folder / "w.pth")
    (fresh.folder / "runs.yaml").write_text(RUNS)
    fresh("--configfile", "small.yaml", "runs.yaml")
    return fresh.folder / "results"


def test_the_study(study):
    table = pd.read_csv(study / "comparison.csv").set_index("name")
    assert set(table.index) >= {"full-seed0", "full-seed1", "full", "l2", "authors"}
    assert table.loc["full", "kind"] == "2 seeds"
    assert table.loc["full", "auc_sd"] > 0
    assert (table.loc["ground truth", "auc"] == 1).all()
    assert np.isnan(table.loc["l2", "cross_entropy"])
    assert 0 < table.loc["authors", "auc"] < 1
    assert table.loc["l2", "fid"].startswith("no weights of inception_v3")
    paired = pd.read_csv(study / "paired.csv")
    assert {("l2", "gray"), ("full-seed0", "l2")} <= set(
        zip(paired["left"], paired["right"], strict=True)
    )
    for run in ("full-seed0", "l2", "authors"):
        probes = pd.read_csv(study / "probe" / run / "accuracy.csv")
        assert len(probes) == 15
        # Light and dark images are told apart by anything that looks at L.
        assert probes.query("trunk == 'raw'")["accuracy"].item() == 1
    metrics = json.loads((study / "evaluate" / "authors" / "metrics.json").read_text())
    assert metrics["methods"]["gray"]["chroma"]["value"] == 0
    assert not (study / "evaluate" / "l2" / "temperatures.csv").exists()
    assert (study / "report.html").exists()
