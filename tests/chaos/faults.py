"""The faults: each starts the line and breaks something.

Returns whether it hit anything, and how the line ended: its status and output.
"""

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.chaos.place import (
    PATIENCE,
    ROOM,
    WITHOUT_POWER,
    Job,
    Place,
    kill_group,
    mount,
    unmount,
)

PARSING = 4.0  # seconds in which a line reads the workflow, about
DAY = 86400


def moment(place: Place, process, job: Job, rng: random.Random) -> None:
    """Wait for a random moment: mostly in the job, sometimes before it."""
    if rng.random() < 0.15:
        time.sleep(rng.uniform(0, PARSING))
    else:
        # Beyond the end: what follows the job is hit, too.
        place.wait(process, job, rng.uniform(0, 1.1 * job.seconds + 0.3))


def failed(ended):
    """Whether it hit is whether the line failed."""
    return ended[0] != 0, *ended


def signalled(number):
    """The whole group gets a signal, as from a terminal or a system that goes down."""

    def fault(place, job, rng):
        process = place.start()
        moment(place, process, job, rng)
        hit = process.poll() is None
        kill_group(process, number)
        return hit, *place.end(process)

    return fault


def snakemake_killed(place, job, rng):
    """Snakemake alone is killed; its jobs go on without it."""
    process = place.start()
    moment(place, process, job, rng)
    hit = process.poll() is None
    process.kill()
    return hit, *place.end(process)


def job_killed(place, job, rng):
    """The job alone is killed, as by a system short of memory."""
    process = place.start()
    place.wait(process, job, rng.uniform(0, job.seconds))
    scripts = place.scripts(process)
    for script in scripts:
        with suppress(psutil.NoSuchProcess):
            script.kill()
    return bool(scripts), *place.end(process)


def disk_too_small(place, job, rng):
    """The disk takes a part of what the job writes."""
    size = sum((place.finished.folder / name).stat().st_size for name in job.outputs)
    place.resize(place.used() + int(rng.uniform(0, 1.2) * size) + (128 << 10))
    try:
        return failed(place.run())
    finally:
        place.resize(ROOM)


def disk_fills_up(place, job, rng):
    """At some moment nearly nothing is free any more."""
    process = place.start()
    moment(place, process, job, rng)
    place.resize(place.used() + (64 << 10))
    try:
        return failed(place.end(process))
    finally:
        place.resize(ROOM)


def read_only_results(place, job, rng):
    results = place.folder / "results"
    mount("--bind", results, results)
    mount("-o", "remount,bind,ro", results)
    try:
        return failed(place.run())
    finally:
        unmount(results)


def no_permission(place, job, rng):
    """A folder that may not be written to, or an input that may not be read."""
    choices = [(Path(job.outputs[0]).parent, 0o555)]
    choices += [(Path(name), 0o000) for name in job.inputs]
    name, mode = rng.choice(choices)
    path = place.folder / name
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        return failed(place.run(prefix=WITHOUT_POWER))
    finally:
        with suppress(FileNotFoundError):  # Snakemake removes an empty folder
            path.chmod(before)


def input_replaced(place, job, rng):
    """An input becomes another file while the job runs, and is put back later."""
    path = place.folder / rng.choice(job.inputs)
    process = place.start()
    place.wait(process, job, rng.uniform(0, 0.9 * job.seconds))
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1
    if rng.random() < 0.5:
        del data[rng.randrange(len(data)) :]
    other = path.with_name(".other")
    other.write_bytes(data)
    hit = process.poll() is None
    os.replace(other, path)
    ended = place.end(process)
    shutil.copy(place.finished.folder / path.relative_to(place.folder), other)
    os.replace(other, path)
    return hit, *ended


def started_twice(place, job, rng):
    """The same line again while the first one runs: it has to stand back."""
    process = place.start()
    place.wait(process, job, rng.uniform(0, job.seconds))
    second = place.log.with_suffix(".second.log")
    other = place.start(log=second)
    status = other.wait(PATIENCE)
    running = process.poll() is None
    ended = place.end(process)
    text = second.read_text(encoding="utf-8")
    # The first one may have made all already, and only not ended yet.
    stood_back = "--unlock" in text if status else "Nothing to be done" in text
    assert not running or stood_back, f"second line: {text}"
    assert ended[0] == 0, "the first line was disturbed"
    return bool(running and status), *ended


def clock_set_back(place, job, rng):
    """All that is there comes from a day that has not come yet."""
    shift = rng.choice([60, DAY, 400 * DAY])
    for path in place.folder.rglob("*"):
        if not path.is_symlink():
            status = path.stat()
            os.utime(path, (status.st_atime + shift, status.st_mtime + shift))
    return True, *place.run()


def server_fault(name):
    """The server does something else than to serve the file, once."""

    def fault(place, job, rng):
        place.server.faults = [name]
        ended = place.run()
        hit, place.server.faults = not place.server.faults, []
        return hit, *ended

    return fault


FAULTS = {
    "all killed": signalled(signal.SIGKILL),
    "interrupted": signalled(signal.SIGINT),
    "terminated": signalled(signal.SIGTERM),
    "hung up": signalled(signal.SIGHUP),
    "Snakemake killed": snakemake_killed,
    "job killed": job_killed,
    "disk too small": disk_too_small,
    "disk fills up": disk_fills_up,
    "read-only results": read_only_results,
    "no permission": no_permission,
    "input replaced": input_replaced,
    "started twice": started_twice,
    "clock set back": clock_set_back,
}
# A download's.
SERVER_FAULTS = {
    "a page instead of the file": server_fault("page"),
    "connection reset": server_fault("reset"),
    "download stalls": server_fault("stall"),
    "file too short": server_fault("shorter"),
    "file too long": server_fault("longer"),
}


def possible(place: Place, job: Job) -> list[str]:
    """The names of faults that can happen to a job."""
    if job.rule == "stl10_download":
        return [*SERVER_FAULTS, *(name for name in FAULTS if "input" not in name)]
    # The input that is replaced lies among the results.
    return [name for name in FAULTS if job.inputs or name != "input replaced"]
