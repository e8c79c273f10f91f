"""What the tests share: bins, and small photographs made on the spot."""

import tests.support.shape_checks  # noqa: F401  # before the rooms that it checks

# isort: split
import gc
import os

import numpy as np
import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

from colorization.data import sample
from colorization.data.colour_counts import count_colours
from colorization.data.dataset import open_split
from colorization.method import gamut_bins, prior
from colorization.method.encoding import SoftEncoder
from colorization.planning.config import SHIPPED, read_file
from colorization.planning.train_schema import Running
from colorization.training.run import Job
from tests.support import jobs
from tests.support.stl10_server import server  # noqa: F401
from tests.support.workflows import (  # noqa: F401
    downloaded,
    finished,
    fresh,
    prepared,
    study,
)

# What takes longest comes first, so that no process waits long for another in the end.
LONGEST = [
    *("tests/workflow/test_invalidation.py", "tests/unit/test_distributed.py"),
    *("demo", "tests/workflow/test_cache.py", "tests/workflow/test_running.py"),
    *("tests/workflow/test_chaos.py", "tests/workflow/test_resume.py"),
    *("tests/unit/test_devices.py", "tests/unit/test_kills.py"),
    *("tests/unit/test_trainer.py", "tests/workflow/test_not_linux.py"),
    *("tests/unit/test_benchmarks.py", "tests/unit/test_requirements.py"),
]


def group(nodeid):
    """What runs in one process: tests of one file, or of the page that colorizes."""
    path = nodeid.split("::")[0]
    return "demo" if path.startswith("tests/browser/test_demo") else path


class ByFile(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return group(nodeid)


def rank(item):
    name = group(item.nodeid)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


# Small tensors take several threads longer than one.
torch.set_num_threads(1)
# What has been imported is no garbage.
gc.freeze()
gc.set_threshold(100_000)


def pytest_configure(config):
    if config.option.numprocesses and not hasattr(config, "workerinput"):
        os.environ["SHARED_PYTHON_OF_JOBS"] = jobs.start()


def pytest_xdist_make_scheduler(config, log):
    # The groups come in the order of the tests.
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def bins():
    return gamut_bins.bins("seed326")


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """dataset.json of a small sample: 48 / 12 / 12 windows of 32 pixels."""
    folder = tmp_path_factory.mktemp("sample")
    sample.prepare(folder, 32, dict(train=48, validation=12, test=12), seed=0)
    return folder / "dataset.json"


# Unit tests that train, export, compile loops, start Node or look at all that is installed:
# not in make check.
SLOW = {
    *("test_distributed", "test_kills", "test_trainer", "test_training_options"),
    *("test_onnx_export", "test_published", "test_perceptual", "test_package"),
    *("test_requirements", "test_gamut", "test_device", "test_devices"),
    *("test_system", "test_benchmarks", "test_memory_map", "test_full_resolution"),
    *("test_demo_page", "test_hints", "test_base_model"),
}


def pytest_collection_modifyitems(items):
    items.sort(key=rank)
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=10, help="of make soak (10)")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


CONFIG = read_file(SHIPPED)
# The shipped settings of training, but for a few small steps on the CPU.
TRAIN = CONFIG["train"] | dict(
    device="cpu",
    precision="float32",
    start=None,
    rebalance=True,
    steps=12,
    batch=8,
    crop=24,
    learning_rate=1e-3,
    warmup=0.1,
    averaging=0.9,
    validate_every=5,
)
# No state is saved while it trains, or one after each step.
RARELY, ALWAYS = (
    Running(**CONFIG["running"] | dict(checkpoint_seconds=seconds))
    for seconds in (1e9, 0)
)


@pytest.fixture(scope="session")
def make_job(tmp_path_factory, dataset, bins):
    """A function of a folder and changed settings that gives a small training job."""
    stages = tmp_path_factory.mktemp("stages")
    encoding = dict(neighbours=5, sigma=5)
    counts = count_colours(open_split(dataset, "train"))
    counted = prior.soft_counts(counts, SoftEncoder(bins, **encoding))
    table = prior.table(counted, bins, 5, 0.5)
    table.to_csv(stages / "table.csv", index=False)

    def make(folder, **changes):
        settings = dict(encoding=encoding, network=dict(width=0.125))
        return Job(
            prior=str(stages / "table.csv"),
            dataset_json=str(dataset),
            model=str(folder / "model.safetensors"),
            history=str(folder / "history.csv"),
            settings=settings | dict(train=TRAIN | changes),
            code="",
        )

    return make
