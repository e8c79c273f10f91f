"""What the tests share: bins, and small photographs made on the spot."""

import numpy as np
import pytest

from colorization import gamut
from colorization.data import sample


@pytest.fixture(scope="session")
def bins():
    return gamut.bins("seed326")


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """dataset.json of a small sample: 48 / 12 / 12 windows of 32 pixels."""
    folder = tmp_path_factory.mktemp("sample")
    sample.prepare(folder, 32, dict(train=48, validation=12, test=12), seed=0)
    return folder / "dataset.json"


@pytest.fixture
def rng():
    return np.random.default_rng(0)
