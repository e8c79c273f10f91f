"""docs/rebalancing.py on trainings whose comparison is known."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from skimage import data

from colorization.data.colour_counts import count_colours
from colorization.data.dataset import ImageWriter, write_description
from colorization.inference.model_file import save_model
from colorization.method import prior
from colorization.method.encoding import SoftEncoder
from docs import rebalancing
from tests.support.models import make_model

INPUTS = ["results/data/set/dataset.json", "results/prior/set/table.csv"]
# What a record must have, beside its inputs.
RECORD = dict(
    rule="train",
    wildcards={},
    code="",
    settings={},
    images=[],
    outputs={},
    versions={},
    hardware=dict(processor="", gpus=[], cores=1),
    git=None,
    started="",
    seconds=0.0,
)
SETTINGS = dict(network=dict(width=0.125), train=dict(crop=32))


@pytest.fixture
def images():
    """(6, 32, 32, 3), patches of two photographs."""
    patches = [
        photograph[y : y + 32, x : x + 32]
        for photograph in (data.chelsea(), data.astronaut())
        for y, x in [(60, 90), (120, 200), (200, 60)]
    ]
    return np.stack(patches)


def write_results(folder, images, bins, shares):
    """A run of each training: `shares` of the weights are in the network's own outputs."""
    (folder / "data/set").mkdir(parents=True)
    (folder / "prior/set").mkdir(parents=True)
    with open(folder / "data/set/images.npy", "w+b") as file:
        writer = ImageWriter(file, 32)
        for image in images:
            writer.append(image)
        entry = writer.finish("images.npy")
    splits = {split: entry for split in ("train", "validation", "test")}
    write_description(folder / "data/set", "folder", 32, splits)
    counts = prior.soft_counts(count_colours(images), SoftEncoder(bins, 5, 5))
    table = prior.table(counts, bins, 5, 0.5)
    table.to_csv(folder / "prior/set/table.csv", index=False)
    weights = table["weight"].to_numpy(np.float32)
    for run, share in shares.items():
        for seed in (0, 1):
            network = make_model(bins, len(bins)).network
            with torch.no_grad():
                log_p = torch.from_numpy(np.log(table["smoothed"].to_numpy())).float()
                log_w = torch.from_numpy(np.log(weights))
                network.out.bias.copy_(log_p + 0.1 * seed * log_w + share * log_w)
            path = folder / f"train/{run}-seed{seed}/model.safetensors"
            path.parent.mkdir(parents=True)
            kept = None if run == rebalancing.TRAINED else weights
            save_model(path, network.state_dict(), bins, SETTINGS, {}, kept)
            inputs = dict.fromkeys(INPUTS, "")
            (path.parent / "provenance").mkdir()
            record = json.dumps(RECORD | dict(inputs=inputs))
            (path.parent / "provenance/train.json").write_text(record, encoding="utf-8")


def test_weights_in_the_network_are_weights_in_the_decoding(
    tmp_path, images, bins, monkeypatch
):
    """Trained with weights and estimating w·p exactly: equal at τ = 1, all differences 0."""
    monkeypatch.setattr(rebalancing, "DOCS", tmp_path)
    shares = {rebalancing.TRAINED: 1, rebalancing.DECODED: 0}
    write_results(tmp_path / "study/results", images, bins, shares)
    rebalancing.main([str(tmp_path / "study/results")])
    table = pd.read_csv(tmp_path / "rebalancing.csv").set_index("figure")
    assert set(table["set"]) == {"study"}
    assert table.loc["τ of equal raw AuC", "value"] == 1
    differences = table[table.index.str.startswith("difference")]["value"]
    assert len(differences) == 5 and (differences == 0).all()
    at_one = table[table.index.str.startswith("difference at τ = 1")]
    assert (at_one[["low", "high"]] == 0).all(axis=None)
    trained = table.loc["trained with weights: colourfulness", "value"]
    assert trained > 1 and table.loc["gray: colourfulness", "value"] == 0
    assert (tmp_path / "rebalancing.png").stat().st_size > 10_000


def test_where_the_raw_auc_is_equal():
    shares = np.array([0.0, 1.0, 2.0])
    values = np.array([[90.0, 60, 10], [92, 70, 20], [88, 90, 40]])
    crossing = rebalancing._crossing(shares, values, 89)
    np.testing.assert_allclose(crossing, [1.75, 89, 85, 35])
    assert np.isnan(rebalancing._crossing(shares, values, 93)).all()
    assert np.isnan(rebalancing._crossing(shares, values, 87)).all()


def test_a_folder_without_results(tmp_path):
    with pytest.raises(SystemExit, match="there is no model of a run full"):
        rebalancing.main([str(tmp_path)])
