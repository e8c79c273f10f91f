"""Random faults, one after another. After each, the same command must repair everything."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.chaos.faults import FAULTS, SERVER_FAULTS, possible
from tests.chaos.sandbox import Job, Sandbox

ALL = FAULTS | SERVER_FAULTS
# Stages whose data come from npm's registry.
FROM_REGISTRY = {"browser_runtime"}
# Stages that take longer than this get several faults.
LONG = 60  # seconds
SEVERAL = 5


class Trial(NamedTuple):
    """Faults in one job, and their lasting damage; it recovered if nothing is lost."""

    faults: list[str]
    # Faults that had no effect: the command had ended, the disk was large enough.
    missed: list[str]
    job: str
    lost: list[str]
    # Messages to look at, such as a traceback instead of one line.
    unclear: list[str]
    seconds: float


def trials(sandbox: Sandbox, seed: str, kept: Path) -> Iterator[Trial]:
    """Endless trials in a sandbox, the same for the same seed.

    Stages and faults come in shuffled rounds, so that none is left out. Sandboxes with
    losses are copied to `kept`.
    """
    rng = random.Random(seed)
    todo: list[str] = []
    while True:
        for job in rng.sample(sandbox.jobs, len(sandbox.jobs)):
            if job.rule in FROM_REGISTRY:
                continue
            names = []
            while len(names) < (SEVERAL if job.seconds > LONG else 1):
                if not (fitting := set(possible(sandbox, job)) & set(todo)):
                    todo += rng.sample([*ALL], len(ALL))
                    continue
                names.append(next(name for name in todo if name in fitting))
                todo.remove(names[-1])
            trial = attempt(sandbox, job, names, rng)
            if trial.lost:
                target = kept / f"{int(time.time())}-{names[0]}-{job.rule}"
                shutil.copytree(sandbox.folder, target, symlinks=True)
                shutil.copy(sandbox.log, target)
            yield trial


def attempt(sandbox: Sandbox, job: Job, names: list[str], rng: random.Random) -> Trial:
    """Inject faults into a job, one for each command; then run undisturbed until done."""
    start = time.monotonic()
    everything = rng.random() < 0.1
    # With its states, a later training only reads them, which is fast.
    sandbox.reset(job, states=everything or rng.random() < 0.5, everything=everything)
    lost, unclear, faults, missed = [], [], [], []
    for name in names:
        try:
            hit, status, output = ALL[name](sandbox, job, rng)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            faults.append(name)
            lost.append(str(error))
            continue
        (faults if hit else missed).append(name)
        if status is None:
            lost.append(f"{name}: the command did not end")
        if "failed unexpectedly" in output:
            unclear.append(f"{name}: {_last_line(output)}")
        if name != "input replaced":  # wrong until the next command
            lost += [f"after {name}: {what}" for what in sandbox.broken()]
        if name != names[-1] and sandbox.locked():
            sandbox.run("--unlock")
    # After another input, any result may be made again.
    only = None if everything or "input replaced" in names else job
    lost += recover(sandbox, only)
    return Trial(faults, missed, job.name, lost, unclear, time.monotonic() - start)


def recover(sandbox: Sandbox, only: Job | None) -> list[str]:
    """Run the same command again, with --unlock if its message asks for it.

    Returns what is then wrong. Only the job `only` may be made again, and a training must go
    on from its states.
    """
    resumes = only and sandbox.must_resume(only)
    sandbox.workflow.forks_jobs = True  # these commands are not disturbed
    status, output = sandbox.run()
    if status and "--unlock" in output:
        sandbox.run("--unlock")
        status, output = sandbox.run()
    if status != 0:
        return [f"the next command ended with {status}: {_last_line(output)}"]
    if resumes and "resuming at step" not in sandbox.stage_log(only):
        return ["the training did not go on from its states"]
    if only and (repeated := sandbox.made_again() - {only.name}):
        return [f"made again without need: {', '.join(sorted(repeated))}"]
    if "Nothing to be done" not in (output := sandbox.run("-n")[1]):
        return [f"one more command had something to do: {_last_line(output)}"]
    sandbox.ask_for_everything()
    sandbox.run()
    return list(sandbox.unfinished())


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
