"""Several processes train like one."""

import os
import signal
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from colorization.runtime.log import StageError
from colorization.training import nodes
from colorization.training.distributed import STOPPED
from colorization.training.start import Resources, start
from tests.conftest import RARELY
from tests.support.killing import digest, start_job, train

# Of three, the order of sums begins to matter.
PROCESSES = 3
SETTINGS = dict(steps=24, validate_every=1, batch=6)


@pytest.fixture(scope="module")
def undisturbed(make_job, tmp_path_factory):
    """A job that several processes have trained."""
    job = make_job(tmp_path_factory.mktemp("undisturbed"), **SETTINGS)
    train(job, PROCESSES)
    return job


def _children(pid):
    children = psutil.Process(pid).children()
    return [c.pid for c in children if "multiprocessing.spawn" in " ".join(c.cmdline())]


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _history(job):
    return pd.read_csv(job.history).drop(columns="seconds")


def test_several_processes_match_one(make_job, undisturbed, tmp_path):
    one = make_job(tmp_path, **SETTINGS)
    train(one)
    # Adam divides tiny gradients by tiny ones: rounding grows from step to step.
    for rows, tolerance in [(slice(3), 1e-5), (slice(15), 1e-2)]:
        parts = (_history(job)[rows] for job in (one, undisturbed))
        pd.testing.assert_frame_equal(*parts, rtol=tolerance)


def _newest(folder):
    """The step of the newest state; 0 without one."""
    states = folder.glob("checkpoints/*/step-*.pt")
    return max((int(state.stem.split("-")[1]) for state in states), default=0)


def _run_beyond(process, folder, step):
    """Wait until a state of a later step is there."""
    end = time.monotonic() + 120
    while _newest(folder) <= step:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_stopped_and_killed_in_all_ways_it_ends_bit_for_bit(
    make_job, undisturbed, tmp_path
):
    job = make_job(tmp_path, **SETTINGS)
    rarely, always = 1e9, 0

    # A stop request: all save their state, once.
    process, log = start_job(job, PROCESSES, rarely), tmp_path / "job.log"
    while not (log.exists() and "step 2:" in log.read_text(encoding="utf-8")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == STOPPED
    assert "run again to go on from here" in errors
    assert len(list(tmp_path.glob("checkpoints/*/step-*.pt"))) == 1
    stopped = _newest(tmp_path)
    assert 2 <= stopped < SETTINGS["steps"]

    # A process that is killed ends the job.
    process = start_job(job, PROCESSES, always)
    _run_beyond(process, tmp_path, stopped)
    os.kill(_children(process.pid)[1], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "of 3 ended with status -9" in errors
    assert "Traceback" not in errors
    assert f"resuming at step {stopped}" in errors
    killed = _newest(tmp_path)
    assert stopped < killed < SETTINGS["steps"]

    # A launcher that is killed leaves no process behind.
    process = start_job(job, PROCESSES, always)
    _run_beyond(process, tmp_path, killed)
    children = _children(process.pid)
    assert len(children) == PROCESSES
    process.kill()
    process.communicate(timeout=60)  # their end of the pipe is closed, too
    assert not any(_alive(child) for child in children)
    assert killed < _newest(tmp_path) < SETTINGS["steps"]

    _, errors = start_job(job, PROCESSES).communicate()
    assert "resuming at step" in errors
    assert digest(tmp_path / "model.safetensors") == digest(Path(undisturbed.model))
    pd.testing.assert_frame_equal(
        _history(job), _history(undisturbed), check_exact=True
    )


def test_a_batch_that_cannot_be_shared_is_refused(make_job, tmp_path):
    job = make_job(tmp_path, batch=9)
    with pytest.raises(StageError, match=r"batch: 9 cannot be shared equally by 2"):
        start(job, RARELY, Resources(processes=2, threads=2, log=""))


def make_task(job, processes):
    about = dict(identity="id", threads=3, log="log", nodes=2)
    return nodes.Task(job=job, running=RARELY, processes=processes, **about)


@pytest.mark.parametrize(("job", "processes"), [(None, 2), ("1", 3)])
def test_several_nodes_want_a_slurm_job_and_equal_shares(
    make_job, monkeypatch, tmp_path, job, processes
):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    if job:
        monkeypatch.setenv("SLURM_JOB_ID", job)
    with pytest.raises(StageError, match="same number of processes on each node"):
        nodes.launch(make_task(make_job(tmp_path), processes), tmp_path / "task.json")


def test_a_node_reads_the_task_that_was_handed_over(make_job, tmp_path, monkeypatch):
    task = make_task(make_job(tmp_path), processes=4)
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    command = []

    class Srun:
        def __init__(self, options):
            command.extend(options)

        def wait(self):
            return 0

    monkeypatch.setattr(nodes.subprocess, "Popen", Srun)
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        nodes.launch(task, tmp_path / "task.json")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    found = nodes.read_task(Path(command[-1]))
    assert ":" in found.endpoint
    assert found.model_copy(update=dict(endpoint="")) == task
