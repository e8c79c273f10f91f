"""Two processes train like one."""

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

SETTINGS = dict(steps=12, validate_every=4, batch=6)


@pytest.fixture(scope="module")
def three(make_job, tmp_path_factory):
    """An undisturbed job of three processes: the order of sums begins to matter."""
    job = make_job(tmp_path_factory.mktemp("three"), **SETTINGS)
    train(job, processes=3)
    return job


def _children(pid):
    children = psutil.Process(pid).children()
    return [c.pid for c in children if "multiprocessing.spawn" in " ".join(c.cmdline())]


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_two_processes_match_one(make_job, tmp_path):
    histories = {}
    for processes in (1, 2):
        (tmp_path / str(processes)).mkdir()
        job = make_job(tmp_path / str(processes), steps=15, validate_every=1)
        train(job, processes)
        histories[processes] = pd.read_csv(job.history).drop(columns="seconds")
    # Adam divides tiny gradients by tiny ones: rounding grows from step to step.
    for rows, tolerance in [(slice(3), 1e-5), (slice(None), 1e-2)]:
        parts = (history[rows] for history in histories.values())
        pd.testing.assert_frame_equal(*parts, rtol=tolerance)


def _run_until(process, job, condition):
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)


def _states(folder):
    return list(folder.glob("checkpoints/*/step-*.pt"))


def test_a_killed_rank_ends_the_job_which_resumes_bit_for_bit(
    make_job, three, tmp_path
):
    job = make_job(tmp_path, **SETTINGS)
    process = start_job(job, processes=3, seconds=0)
    _run_until(process, job, lambda: _states(tmp_path))
    os.kill(_children(process.pid)[1], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "of 3 ended with status -9" in errors
    assert "Traceback" not in errors
    assert "resuming" not in errors
    _, errors = start_job(job, processes=3).communicate()
    assert "resuming at step" in errors
    assert digest(tmp_path / "model.safetensors") == digest(Path(three.model))


def test_a_stop_request_saves_the_state_of_all(make_job, three, tmp_path):
    job = make_job(tmp_path, **SETTINGS)
    process = start_job(job, processes=3, seconds=1e9)
    log = tmp_path / "job.log"
    _run_until(
        process,
        job,
        lambda: log.exists() and "step 4:" in log.read_text(encoding="utf-8"),
    )
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == STOPPED
    assert "run again to go on from here" in errors
    (state,) = _states(tmp_path)
    assert 4 <= int(state.stem.split("-")[1]) < 12
    train(job, processes=3)
    assert digest(tmp_path / "model.safetensors") == digest(Path(three.model))


def test_a_killed_launcher_leaves_no_process_behind(make_job, tmp_path):
    job = make_job(tmp_path, steps=100000)
    process = start_job(job, processes=2, seconds=0)
    _run_until(process, job, lambda: _states(tmp_path))
    children = _children(process.pid)
    assert len(children) == 2
    process.kill()
    process.communicate(timeout=60)  # their end of the pipe is closed, too
    assert not any(_alive(child) for child in children)


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
