"""Start real training jobs, and kill them at random moments."""

import hashlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.starter import Process, Starter

ROOT = Path(__file__).parents[2]


TRAINING = ["torch._dynamo", "colorization.training.start", "tqdm"]
STARTER = Starter("tests.support.train_job", TRAINING)


def start_job(job, processes=1, seconds=0.1) -> Process:
    """Start the training of a job in its own process group; saves every `seconds`."""
    path = Path(job.model).with_name("job.json")
    path.write_text(job.model_dump_json(), encoding="utf-8")
    return STARTER.start(
        [path, processes, seconds],
        ROOT,
        os.environ,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def train(job, processes=1, seconds=1e9) -> Path:
    """Train a job to its end. Returns its model file."""
    process = start_job(job, processes, seconds)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return Path(job.model)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kill_at_random(
    start: Callable[[], Process | subprocess.Popen],
    checkpoints: Path,
    steps: int,
    kills: int,
    seed: int,
    recover: Callable[[], None] = lambda: None,
) -> list[str]:
    """Kill what `start` starts `kills` times before `steps`, then let it end.

    Every second kill waits until a state is being written. The steps and moments of kills are
    random. Returns what each kill hit.
    """
    rng = random.Random(seed)
    hits = []
    for number, target in enumerate(sorted(rng.sample(range(steps * 9 // 10), kills))):
        process = start()
        _wait(process, lambda target=target: _newest(checkpoints) >= target, 0.01)
        if number % 2:
            _wait(process, lambda: any(checkpoints.glob("*/.step-*")))
        else:
            time.sleep(rng.uniform(0, 0.2))
        writing = [path.name for path in checkpoints.glob("*/.step-*")]
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stderr.close()
        left = list(checkpoints.glob("*/.step-*"))
        hits.append("during a write" if left else "after" if writing else "in between")
        recover()
    process = start()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return hits


def _newest(checkpoints: Path) -> int:
    steps = [int(path.stem.split("-")[1]) for path in checkpoints.glob("*/step-*.pt")]
    return max(steps, default=0)


def _wait(
    process: Process | subprocess.Popen,
    condition: Callable[[], bool],
    seconds: float = 0.0005,
) -> None:
    """Wait for a condition, tested each so many seconds, while the job runs."""
    end, look = time.monotonic() + 600, 0.0
    while not condition():
        if (now := time.monotonic()) > look:
            assert process.poll() is None, process.stderr.read()
            look = now + 0.1
        assert now < end
        time.sleep(seconds)
