"""What tests of colorizing photographs share, and those of the report."""

import pytest
import torch
from skimage import data

from colorization.inference.model_file import Model, load_model, save_model
from colorization.method.network import ColorizationNet
from tests.support.report_inputs import comparison  # noqa: F401


@pytest.fixture(scope="module")
def model_path(tmp_path_factory, bins):
    """An untrained model whose colours are anything but gray."""
    torch.manual_seed(0)
    network = ColorizationNet(len(bins), 0.125)
    torch.nn.init.normal_(network.out.bias, std=4)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    settings = dict(network=dict(width=0.125), train=dict(crop=64))
    save_model(path, network.state_dict(), bins, settings, {})
    return path


@pytest.fixture(scope="module")
def model(model_path) -> Model:
    return load_model(model_path)


@pytest.fixture
def cat():
    return data.chelsea()[:120, :180]
