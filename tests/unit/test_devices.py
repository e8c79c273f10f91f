"""All that computes on a device, on one that is not there: CUDA, and MPS, Apple's.

tests/support/fake_device.py says what is found so. The results must be those of the CPU.
"""

import importlib.util
import shutil
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from skimage import data
from torch.utils.data import DataLoader

from colorization.data.dataset import open_split
from colorization.evaluation import perceptual, probe
from colorization.inference.full_resolution import Options, colorize_array
from colorization.inference.model_file import load_model
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.planning.config import SHIPPED, read_file
from colorization.planning.train_schema import TrainSettings
from colorization.runtime import device as devices
from colorization.runtime.log import StageError
from colorization.training import batches, monitor, run
from colorization.training.trainer import Trainer
from tests.conftest import RARELY, TRAIN
from tests.support.fake_device import FakeDevice
from tests.support.workflows import ROOT

KINDS = ["cuda", "mps"]
EVALUATE = read_file(SHIPPED)["evaluate"]


@pytest.fixture(autouse=True)
def settings_of_torch() -> Iterator[None]:
    """Jobs set these for their process."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")


def train(job, monkeypatch):
    monkeypatch.setattr(monitor.Watch, "_draw", lambda self: None)
    run.train(job, RARELY, job.identity(), threads=1)
    return pd.read_csv(job.history).drop(columns="seconds")


@pytest.fixture(scope="module")
def trained(make_job, tmp_path_factory, dataset):
    """A job that was trained on the CPU, and a dataset whose test images have classes."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(dataset.parent, folder / "data")
    rows = [
        dict(split=split, index=i, label="ab"[i % 2])
        for split, count in (("train", 48), ("test", 12))
        for i in range(count)
    ]
    pd.DataFrame(rows).to_csv(folder / "data/labels.csv", index=False)
    job = make_job(folder, steps=6, validate_every=3)
    with pytest.MonkeyPatch.context() as monkeypatch:
        history = train(job, monkeypatch)
    return job, folder / "data/dataset.json", history


@pytest.mark.parametrize("kind", KINDS)
def test_training(kind, trained, make_job, tmp_path, monkeypatch):
    def unpinned(*args, pin_memory=False, **options):
        return DataLoader(*args, **options)  # only a real driver can pin memory

    monkeypatch.setattr(batches, "DataLoader", unpinned)
    job = make_job(tmp_path, steps=6, validate_every=3, device="auto")
    with FakeDevice(kind):
        history = train(job, monkeypatch)
    pd.testing.assert_frame_equal(history, trained[2], rtol=1e-4)


def make(bins, device, **changes):
    settings = TrainSettings(**TRAIN | changes)
    outputs = 2 if settings.loss == "regression" else len(bins)
    network = ColorizationNet(outputs, 0.125)
    initialise(network, None)
    weights = np.ones(len(bins), np.float32)
    return Trainer(settings, network, SoftEncoder(bins, 5, 5), weights, device)


HOW = [
    {},
    dict(precision="bf16"),
    dict(micro_batch=3),
    dict(loss="regression", rebalance=False, optimizer="adam"),
    dict(window=0.7, smallest_crop=16, gray_threshold=None),
]


@pytest.mark.parametrize("changes", HOW)
@pytest.mark.parametrize("kind", KINDS)
def test_steps_do_not_wait_for_the_device(kind, changes, bins, dataset):
    with FakeDevice(kind) as fake:
        devices.prepare_process(fake.device, 1)
        trainer = make(bins, fake.device, **changes)
        raw = batches.Batches(open_split(dataset, "train"), trainer.settings)
        trainer.step(raw[0])  # tables are sent to the device
        fake.waits.clear()
        trainer.step(raw[1])
        assert fake.waits == []
        trainer.validate(open_split(dataset, "validation"))
        assert len(fake.waits) == 1


def script(name):
    """A script of the workflow as a module."""
    path = ROOT / "workflow_scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"script_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SETTINGS = EVALUATE | dict(batch=5, sweep_images=6, temperatures=[0.38, 1.0])
SETTINGS |= dict(rebalance=0.5, rebalances=[0, 1], labelled=True, grid_images=3)
NOTHING = dict(model="resnet18", weights=None, classes={})
NOTHING = dict(alexnet=None, inception=None, classifier=NOTHING)
ENCODING = dict(neighbours=5, sigma=5)
# Each script's further arguments, and the tables and arrays that it writes.
SCRIPTS = {
    "evaluate": ([NOTHING, ENCODING], ["per_image", "curves", "metrics"]),
    "temperatures": ([ENCODING], ["table"]),
    "probe": ([], ["table"]),
}


def results(name, job, dataset_json, folder, device):
    arguments, outputs = SCRIPTS[name]
    folder.mkdir()
    files = dict(model=job.model, prior=job.prior, dataset_json=str(dataset_json))
    files |= {output: str(folder / f"{output}.csv") for output in outputs}
    settings = SETTINGS | dict(device=device)
    script(name).main(files, settings, *arguments, 1)
    return [pd.read_csv(files[output]) for output in outputs if output != "metrics"]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_measures_a_model(kind, name, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    # Each of the probe's many small steps costs much where all operations are watched.
    monkeypatch.setattr(probe, "DECAYS", probe.DECAYS[:1])
    monkeypatch.setattr(probe, "ITERATIONS", 3)
    job, dataset_json, _ = trained
    expected = results(name, job, dataset_json, tmp_path / "cpu", "cpu")
    with FakeDevice(kind):
        found = results(name, job, dataset_json, tmp_path / kind, kind)
    for left, right in zip(found, expected, strict=True):
        # Of the probe, one image may be on the other side of a boundary.
        atol = 0.1 if name == "probe" else 1e-6
        pd.testing.assert_frame_equal(left, right, rtol=1e-3, atol=atol)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures(kind, trained, tmp_path):
    job, dataset_json, _ = trained
    per_image = tmp_path / "per_image.csv"
    scores = dict(image=range(12), method="model", auc=np.linspace(0, 1, 12))
    pd.DataFrame(scores).to_csv(per_image, index=False)
    files = dict(model=job.model, dataset_json=str(dataset_json))
    files |= dict(per_image=str(per_image))
    files |= {key: str(tmp_path / f"{key}.npz") for key in ("selection", "ranks")}
    with FakeDevice(kind):
        script("pictures").main(files, SETTINGS | dict(device=kind), 1)
    with np.load(files["selection"]) as arrays:
        assert arrays["annealed"].shape == (2, 3, 32, 32, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_by_other_networks(kind, tmp_path, monkeypatch):
    """On the device of measuring, with networks of random weights."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    torch.manual_seed(0)
    for name in ("alexnet", "inception_v3", "resnet18"):
        weights = torchvision.models.get_model_weights(name).DEFAULT
        options = dict(init_weights=False) if name == "inception_v3" else {}
        network = torchvision.models.get_model(name, weights=None, **options)
        torch.save(network.state_dict(), folder / weights.url.rpartition("/")[2])
    labels = np.array([0, 1]), ["cat", "dog"]
    rgb = torch.arange(2 * 64 * 64 * 3).reshape(2, 64, 64, 3).to(torch.uint8)
    with FakeDevice(kind) as fake, torch.no_grad():
        devices.prepare_process(fake.device, 1)
        here = devices.measuring_device(fake.device)
        metrics = perceptual.Perceptual(NOTHING, 2, labels, here)
        assert not metrics.unavailable
        there = rgb.to(here), rgb.flip(0).to(here)
        values = metrics.measure("model", np.arange(2), *there)
        assert values["lpips"].device == values["classified"].device == here
        assert metrics.distances("model")["fid"] >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_colorizing(kind, trained):
    rgb, path = data.chelsea()[:90, :120], trained[0].model
    options = Options(rebalance=0.5)
    expected = colorize_array(load_model(path), rgb, options).astype(int)
    with FakeDevice(kind) as fake:
        found = colorize_array(load_model(path, fake.device), rgb, options)
    assert abs(found - expected).max() <= 1


def left_on_the_cpu(trainer):
    trainer.class_weights = trainer.class_weights.cpu()


def bins_on_the_cpu(trainer):
    trainer.encoder.bins = trainer.encoder.bins.cpu()


def mixed(trainer):
    trainer._loss = torch.zeros(1)


@pytest.mark.parametrize("fault", [left_on_the_cpu, bins_on_the_cpu, mixed])
@pytest.mark.parametrize("kind", KINDS)
def test_a_tensor_that_is_left_on_the_cpu_is_found(kind, fault, bins, dataset):
    with FakeDevice(kind) as fake:
        trainer = make(bins, fake.device)
        fault(trainer)
        raw = batches.Batches(open_split(dataset, "train"), trainer.settings)
        with pytest.raises(RuntimeError, match=r"on the CPU|on the same device"):
            trainer.step(raw[0])


def test_what_a_device_cannot_do_is_found():
    with FakeDevice("cuda") as fake:
        values = torch.arange(4.0, device=fake.device)
        torch.set_deterministic_debug_mode("error")
        with pytest.raises(RuntimeError, match="no deterministic"):
            torch.histc(values)
        with pytest.raises(TypeError, match="numpy"):
            values.numpy()
        fake.waits.clear()
        for waits in (
            lambda: values.sum().item(),
            lambda: values[values > 1],
            lambda: values.nonzero(),
            lambda: values.cpu(),
            lambda: torch.zeros(4).to(fake.device),
        ):
            waits()
            assert len(fake.waits) == 1
            fake.waits.clear()
        torch.zeros(4).to(fake.device, non_blocking=True)
        assert not fake.waits
    with FakeDevice("mps") as fake:
        values = torch.zeros(4, device=fake.device)
        with pytest.raises(TypeError, match="float64"):
            values.double()
        with pytest.raises(RuntimeError, match="no deterministic"):
            values.scatter_add_(0, torch.arange(4).to(fake.device), values)


def test_auto_takes_the_best_device():
    with FakeDevice("cuda"):
        assert devices.pick_device("auto").type == "cuda"
        assert devices.pick_device("cpu").type == "cpu"
    with FakeDevice("mps"):
        assert devices.pick_device("auto").type == "mps"
        with pytest.raises(StageError, match="sees no CUDA device"):
            devices.pick_device("cuda")


def test_two_processes_want_two_gpus(make_job, tmp_path):
    from colorization.training.start import Resources, start

    job = make_job(tmp_path, device="auto")
    for kind in KINDS:
        with FakeDevice(kind), pytest.raises(StageError, match="shows 1 GPUs"):
            start(job, RARELY, Resources(processes=2, threads=2, log=""))


def test_batches_are_read_by_this_process_where_forks_are_not_safe(
    dataset, monkeypatch
):
    images = batches.Batches(open_split(dataset, "train"), TrainSettings(**TRAIN))
    cuda = torch.device("cuda")
    assert batches.load_batches(images, 0, cuda).num_workers == 2
    monkeypatch.setattr(batches, "FORK", None)
    assert batches.load_batches(images, 0, cuda).num_workers == 0


@pytest.mark.parametrize(
    ("features", "dtype"),
    [
        (dict(architecture="x86_64", amx_bf16=True), torch.bfloat16),
        (dict(architecture="aarch64", bf16=True), torch.bfloat16),
        (dict(architecture="aarch64", bf16=False), None),
        (dict(architecture="x86_64", avx2=True), None),
    ],
)
def test_bf16_where_the_processor_computes_in_it(features, dtype, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    cpu = torch.device("cpu")
    assert devices.autocast_dtype("auto", cpu) is dtype
    assert devices.autocast_dtype("bf16", cpu) is torch.bfloat16
    assert devices.autocast_dtype("float32", cpu) is None
    # As PyTorch is built for macOS.
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert devices.autocast_dtype("auto", cpu) is None
