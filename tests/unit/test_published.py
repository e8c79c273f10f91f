"""A random state dict with the published model's names and shapes."""

import os

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from colorization.inference import published_model
from colorization.inference.model_file import read_state_dict
from colorization.method import gamut_bins
from colorization.method.decoding import annealed_mean
from colorization.runtime.log import StageError
from tests.support.models import BLOCKS, make_state


@pytest.fixture(scope="module")
def state():
    return make_state()


def forward(state, lightness):
    """The published forward pass, written from the layer table: ab at a quarter."""
    x = (lightness - 50) / 100

    def layer(x, name, **options):
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **options)

    for block, _, _, layers, stride, dilation in BLOCKS:
        for i in range(layers):
            step = stride if i == layers - 1 else 1
            options = dict(stride=step, padding=dilation, dilation=dilation)
            x = layer(x, f"model{block}.{2 * i}", **options).relu()
        norm = f"model{block}.{2 * layers}"
        moments = state[f"{norm}.running_mean"], state[f"{norm}.running_var"]
        x = F.batch_norm(x, *moments, state[f"{norm}.weight"], state[f"{norm}.bias"])
    weight, bias = state["model8.0.weight"], state["model8.0.bias"]
    x = F.conv_transpose2d(x, weight, bias, stride=2, padding=1).relu()
    x = layer(x, "model8.2", padding=1).relu()
    x = layer(x, "model8.4", padding=1).relu()
    x = layer(x, "model8.6").softmax(1)
    return F.conv2d(x, state["model_out.weight"]) * 110


@torch.no_grad()
def check(state, zhang313):
    network, bins = published_model.convert(state, zhang313)
    lightness = torch.rand(2, 1, 64, 64) * 100
    ab = annealed_mean(network.eval()(lightness), torch.from_numpy(bins), 1.0)
    torch.testing.assert_close(ab, forward(state, lightness), rtol=1e-3, atol=1e-2)
    return bins


def test_matches_an_independent_forward_pass(state):
    check(state, gamut_bins.bins("zhang313"))


def test_the_authors_bins_are_put_in_ascending_order(state):
    zhang313 = gamut_bins.bins("zhang313")
    shuffled = zhang313[np.random.default_rng(0).permutation(313)]
    weight = torch.from_numpy(shuffled.T / 110)[:, :, None, None]
    bins = check(state | {"model_out.weight": weight}, zhang313)
    assert np.array_equal(bins, zhang313)


def test_wrong_shapes_and_missing_layers_are_named(state):
    zhang313 = gamut_bins.bins("zhang313")
    broken = {key: value for key, value in state.items() if key != "model3.4.weight"}
    with pytest.raises(StageError, match=r"conv3\.4\.weight"):
        published_model.convert(broken, zhang313)
    with pytest.raises(StageError, match="size mismatch"):
        published_model.convert(
            state | {"model1.0.weight": torch.zeros(3, 3)}, zhang313
        )
    with pytest.raises(StageError, match=r"model_out\.weight"):
        published_model.convert({}, zhang313)


def test_a_malicious_file_runs_no_code(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path}/attacked",)

    torch.save(Attack(), tmp_path / "weights.pth")
    with pytest.raises(StageError, match="cannot read weights"):
        read_state_dict(tmp_path / "weights.pth")
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("content", [b"", b"no weights"])
def test_what_is_no_state_dict_is_one_clear_error(tmp_path, content):
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(StageError, match=r"weights\.pth"):
        read_state_dict(tmp_path / "weights.pth")
