"""Parts of a batch, compiling, running out of memory, and what who looks in sees."""

import functools
import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from colorization.data.dataset import open_split
from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError
from colorization.runtime.system import LINUX
from colorization.training import monitor
from colorization.training.batches import Batches
from tests.conftest import ALWAYS, RARELY
from tests.support.killing import ROOT
from tests.unit.test_trainer import SETTINGS, make, run


def _frozen(engine):
    """Batch norm's statistics are those of a part: without it, parts are exact."""
    for module in engine.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.forward = functools.partial(nn.functional.relu)
    return engine


def test_parts_of_a_batch_add_up_to_its_gradient(bins, dataset):
    images = open_split(dataset, "train")
    gradients = []
    for micro_batch in (None, 3):
        engine = _frozen(make(bins, micro_batch=micro_batch))
        engine.optimizer.step = lambda: None
        engine.step(Batches(images, SETTINGS)[0])
        gradients.append([p.grad for p in engine.network.parameters()])
        gradients[-1].append(engine._loss.float())
    for whole, parts in zip(*gradients, strict=True):
        torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-6)


def test_a_compiled_network_trains_alike(bins, dataset, monkeypatch):
    # The default backend generates C++ for a minute; what is traced is the same.
    eager = functools.partial(torch.compile, backend="aot_eager")
    monkeypatch.setattr(torch, "compile", eager)
    # Nor can the checks of shapes be traced, which only tests have.
    unchecked = inspect.unwrap(ColorizationNet.forward)
    monkeypatch.setattr(ColorizationNet, "forward", unchecked)
    batch = Batches(open_split(dataset, "train"), SETTINGS)[0]
    states = []
    for compiled in (False, True):
        engine = make(bins, compile=compiled)
        engine.step(batch)
        states.append(engine.network.state_dict())
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=1e-3, atol=1e-3)


def test_a_gpu_without_memory_is_explained(bins, dataset, tmp_path):
    engine = make(bins)

    def step(batch):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    engine.step = step
    message = r"with 8 images of 24 pixels at a time: set train\.micro_batch to 4 or"
    with pytest.raises(StageError, match=message):
        run(engine, dataset, tmp_path)


LIMITED = """
import psutil, resource, runpy, sys
import colorization.training.run
used = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (used + (700 << 20),) * 2)
sys.argv[1:] = [sys.argv[1], "1", "60"]
runpy.run_module("tests.support.train_job", run_name="__main__")
"""


@pytest.mark.skipif(not LINUX, reason="no limit on memory that the system keeps")
def test_a_cpu_without_memory_is_explained(make_job, tmp_path):
    job = make_job(tmp_path, batch=6000, crop=32)
    (tmp_path / "job.json").write_text(job.model_dump_json(), encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "job.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "out of memory on cpu with 6000 images" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_that_are_not_finite_are_not_saved(bins, dataset, tmp_path):
    engine = make(bins)
    step = engine.step

    def step_and_break(batch):
        step(batch)
        if engine.at.step == 4:  # the loss of this step was still finite
            engine.network.conv1[0].weight.data[0, 0, 0, 0] = float("nan")

    engine.step = step_and_break
    with pytest.raises(StageError, match=r"network is not finite at step 4 .*step 3$"):
        run(engine, dataset, tmp_path, ALWAYS)
    assert sorted(path.name for path in tmp_path.glob("a/step-*.pt"))[-1].endswith(
        "3.pt"
    )


def test_tensorboard_shows_each_validation_once(bins, dataset, tmp_path):
    running = RARELY.model_copy(update=dict(tensorboard=True))
    engine = make(bins)
    step = engine.step

    def step_and_die(batch):
        step(batch)
        if engine.at.step == 11:  # 10 was shown, and no state was saved
            raise KeyboardInterrupt

    engine.step = step_and_die
    with pytest.raises(KeyboardInterrupt):
        run(engine, dataset, tmp_path, running)
    run(make(bins), dataset, tmp_path, running)
    found = EventAccumulator(str(tmp_path / "tensorboard"))
    found.Reload()
    points = found.Scalars("validation_loss")
    assert [point.step for point in points] == [5, 10, 12]
    history = pd.read_csv(tmp_path / "history.csv")
    values = [point.value for point in points]
    np.testing.assert_allclose(values, history["validation_loss"], rtol=1e-6)


def test_the_curves_are_drawn_while_training_runs(bins, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "REDRAW", 0)
    engine, seen = make(bins), []
    show = monitor.Watch.show

    def show_and_wait(self, history):
        show(self, history)
        if self._drawing:
            self._drawing.wait()
        seen.append((tmp_path / "live.png").exists())

    monkeypatch.setattr(monitor.Watch, "show", show_and_wait)
    run(engine, dataset, tmp_path)
    assert seen == [
        False,
        True,
        True,
        True,
    ]  # before the first validation, then after each
    assert not (tmp_path / "live.png").exists()


def test_reading_many_images_takes_no_more_memory(tmp_path):
    """200 MB are read through a map: they must not count as the process's own."""
    path = tmp_path / "images.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (7000, 96, 96, 3))
    images[:] = 7
    images.flush()
    del images
    script = f"""
import numpy as np
from colorization.runtime.system import peak_memory
from colorization.data.colour_counts import count_colours
images = np.asarray(np.load({str(path)!r}, mmap_mode="r"))
count_colours(images[:600])
before = peak_memory()
counts = count_colours(images)
assert counts.sum() == 7000 * 96 * 96
print(peak_memory() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 30e6
