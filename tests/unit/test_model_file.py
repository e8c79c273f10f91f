import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from colorization.inference.full_resolution import usual_rebalance
from colorization.inference.model_file import load_model, save_model
from colorization.method.constants import REBALANCE
from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError

SETTINGS = dict(network=dict(width=0.125))


def test_a_model_comes_back_whole(bins, tmp_path):
    network = ColorizationNet(len(bins), 0.125).eval()
    save_model(
        tmp_path / "m.safetensors", network.state_dict(), bins, SETTINGS, dict(step=3)
    )
    model = load_model(tmp_path / "m.safetensors")
    lightness = torch.rand(1, 1, 32, 32) * 100
    torch.testing.assert_close(model.network(lightness), network(lightness))
    assert (model.bins == bins).all()
    assert model.provenance == dict(step=3)


def test_class_weights_come_back_and_say_how_to_decode(bins, tmp_path):
    state_dict, path = ColorizationNet(len(bins), 0.125).state_dict(), tmp_path / "m"
    weights = np.linspace(0.1, 7, len(bins), dtype=np.float32)
    for trained_with, usual in [(True, 0), (False, REBALANCE)]:
        settings = SETTINGS | dict(train=dict(rebalance=trained_with))
        save_model(path, state_dict, bins, settings, {}, weights)
        assert np.array_equal(load_model(path).weights, weights)
        assert usual_rebalance(load_model(path)) == usual
    save_model(path, state_dict, bins, settings, {})
    assert load_model(path).weights is None
    assert usual_rebalance(load_model(path)) == 0


@pytest.mark.parametrize("wrong", [[1.0], [-1.0] * 326, [float("nan")] * 326, "x"])
def test_odd_class_weights_are_refused(wrong, bins, tmp_path):
    state_dict, path = ColorizationNet(len(bins), 0.125).state_dict(), tmp_path / "m"
    metadata = dict(bins=bins.tolist(), settings=SETTINGS, provenance={}, weights=wrong)
    save_file(state_dict, path, {k: json.dumps(v) for k, v in metadata.items()})
    with pytest.raises(StageError, match="not a model of this pipeline"):
        load_model(path)


def test_equal_models_are_equal_files(bins, tmp_path):
    state_dict = ColorizationNet(len(bins), 0.125).state_dict()
    for i in range(8):
        save_model(tmp_path / f"{i}", state_dict, bins, SETTINGS, dict(step=3))
    assert len({(tmp_path / f"{i}").read_bytes() for i in range(8)}) == 1


@pytest.mark.parametrize("content", [b"", b"x" * 100, pickle.dumps(print)])
def test_what_is_no_model_is_one_clear_error(tmp_path, content):
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(StageError, match=r"m\.safetensors: not a model"):
        load_model(tmp_path / "m.safetensors")


def test_a_state_dict_of_another_network_is_refused(bins, tmp_path):
    state_dict = ColorizationNet(len(bins), 0.25).state_dict()
    save_model(tmp_path / "m.safetensors", state_dict, bins, SETTINGS, {})
    with pytest.raises(StageError, match="not a model"):
        load_model(tmp_path / "m.safetensors")


def test_missing_metadata_is_named(tmp_path):
    save_file(
        {"x": torch.zeros(1)}, tmp_path / "m.safetensors", {"bins": json.dumps([])}
    )
    with pytest.raises(StageError, match="settings"):
        load_model(tmp_path / "m.safetensors")
