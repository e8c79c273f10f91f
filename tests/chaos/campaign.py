"""Faults at random, one after another; after each, the same line has to mend all."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.chaos.faults import FAULTS, SERVER_FAULTS, possible
from tests.chaos.place import Job, Place

ALL = FAULTS | SERVER_FAULTS
# Its data come from npm's registry.
ELSEWHERE = {"browser_runtime"}
# Stages that take long are hit several times on their way.
LONG = 20  # seconds
SEVERAL = 5


class Trial(NamedTuple):
    """Faults in one job, and what did not come out as it must; nothing: recovered."""

    faults: list[str]
    # Those that found nothing to hit: the line had ended, the disk was large enough.
    missed: list[str]
    job: str
    lost: list[str]
    # Worth a look: a traceback where a line should be, and the like.
    unclear: list[str]
    seconds: float


def trials(place: Place, seed: str, kept: Path) -> Iterator[Trial]:
    """Endless trials in a place, the same ones for the same seed.

    All stages and faults come in a shuffled round, so that none is left out. What is
    lost stays below `kept`.
    """
    rng = random.Random(seed)
    todo: list[str] = []
    while True:
        for job in rng.sample(place.jobs, len(place.jobs)):
            if job.rule in ELSEWHERE:
                continue
            names = []
            while len(names) < (SEVERAL if job.seconds > LONG else 1):
                if not (fitting := set(possible(place, job)) & set(todo)):
                    todo += rng.sample([*ALL], len(ALL))
                    continue
                names.append(next(name for name in todo if name in fitting))
                todo.remove(names[-1])
            trial = attempt(place, job, names, rng)
            if trial.lost:
                target = kept / f"{int(time.time())}-{names[0]}-{job.rule}"
                shutil.copytree(place.folder, target, symlinks=True)
                shutil.copy(place.log, target)
            yield trial


def attempt(place: Place, job: Job, names: list[str], rng: random.Random) -> Trial:
    """Faults in a job, one line after another; then undisturbed lines until all is done."""
    start = time.monotonic()
    everything = rng.random() < 0.1
    # With its states, a training that follows takes no longer than a look at them.
    place.reset(job, states=everything or rng.random() < 0.5, everything=everything)
    lost, unclear, faults, missed = [], [], [], []
    for name in names:
        try:
            hit, status, output = ALL[name](place, job, rng)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            faults.append(name)
            lost.append(str(error))
            continue
        (faults if hit else missed).append(name)
        if status is None:
            lost.append(f"{name}: the line did not end")
        if "failed unexpectedly" in output:
            unclear.append(f"{name}: {_last_line(output)}")
        if name != "input replaced":  # wrong only until the next line
            lost += [f"after {name}: {what}" for what in place.broken()]
        if name != names[-1] and place.locked():
            place.run("--unlock")
    # What comes back from another input may be made again, with all that led there.
    only = None if everything or "input replaced" in names else job
    lost += recover(place, only)
    return Trial(faults, missed, job.name, lost, unclear, time.monotonic() - start)


def recover(place: Place, only: Job | None) -> list[str]:
    """The same line, after what its message asks for; what is then not as it must be.

    Nothing but `only` may have been made again, and a training goes on where it was.
    """
    goes_on = only and place.goes_on(only)
    status, output = place.run()
    if status and "--unlock" in output:
        place.run("--unlock")
        status, output = place.run()
    if status != 0:
        return [f"the next line ended with {status}: {_last_line(output)}"]
    if goes_on and "resuming at step" not in place.stage_log(only):
        return ["the training did not go on from its states"]
    if only and (others := place.made_again() - {only.name}):
        return [f"made again for nothing: {', '.join(sorted(others))}"]
    if "Nothing to be done" not in (output := place.run("-n")[1]):
        return [f"a line more had something to do: {_last_line(output)}"]
    place.ask_for_everything()
    place.run()
    return list(place.unfinished())


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
