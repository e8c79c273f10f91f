"""The faults. Each starts Snakemake and breaks something.

Returns whether it had an effect, and the status and output of Snakemake.
"""

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.chaos.sandbox import (
    PATIENCE,
    ROOM,
    WITHOUT_POWER,
    Job,
    Sandbox,
    kill_group,
    mount,
    unmount,
)

PARSING = 4.0  # about the seconds in which Snakemake reads the workflow
DAY = 86400


def moment(sandbox: Sandbox, process, job: Job, rng: random.Random) -> None:
    """Wait for a random moment: mostly during the job, sometimes before or after it."""
    if rng.random() < 0.15:
        time.sleep(rng.uniform(0, PARSING))
    else:
        # Sometimes beyond its end, to hit the following jobs.
        sandbox.wait(process, job, rng.uniform(0, 1.1 * job.seconds + 0.3))


def failed(ended):
    """The result of a fault that had an effect if the command failed."""
    return ended[0] != 0, *ended


def signalled(number):
    """Signal the whole process group, as a terminal or a shutdown does."""

    def fault(sandbox, job, rng):
        process = sandbox.start()
        moment(sandbox, process, job, rng)
        hit = process.poll() is None
        kill_group(process, number)
        return hit, *sandbox.end(process)

    return fault


def snakemake_killed(sandbox, job, rng):
    """Kill Snakemake only; its jobs go on."""
    process = sandbox.start()
    moment(sandbox, process, job, rng)
    hit = process.poll() is None
    process.kill()
    return hit, *sandbox.end(process)


def job_killed(sandbox, job, rng):
    """Kill the job only, as a system without memory does."""
    process = sandbox.start()
    sandbox.wait(process, job, rng.uniform(0, job.seconds))
    scripts = sandbox.scripts(process)
    for script in scripts:
        with suppress(psutil.NoSuchProcess):
            script.kill()
    return bool(scripts), *sandbox.end(process)


def disk_too_small(sandbox, job, rng):
    """The disk has room for only a part of the job's outputs."""
    size = sum((sandbox.finished.folder / name).stat().st_size for name in job.outputs)
    sandbox.resize(sandbox.used() + int(rng.uniform(0, 1.2) * size) + (128 << 10))
    try:
        return failed(sandbox.run())
    finally:
        sandbox.resize(ROOM)


def disk_fills_up(sandbox, job, rng):
    """At some moment, nearly no space is left on the disk."""
    process = sandbox.start()
    moment(sandbox, process, job, rng)
    sandbox.resize(sandbox.used() + (64 << 10))
    try:
        return failed(sandbox.end(process))
    finally:
        sandbox.resize(ROOM)


def read_only_results(sandbox, job, rng):
    results = sandbox.folder / "results"
    mount("--bind", results, results)
    mount("-o", "remount,bind,ro", results)
    try:
        return failed(sandbox.run())
    finally:
        unmount(results)


def no_permission(sandbox, job, rng):
    """Take away the permission to write to a folder or to read an input."""
    choices = [(Path(job.outputs[0]).parent, 0o555)]
    choices += [(Path(name), 0o000) for name in job.inputs]
    name, mode = rng.choice(choices)
    path = sandbox.folder / name
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        return failed(sandbox.run(prefix=WITHOUT_POWER))
    finally:
        with suppress(FileNotFoundError):  # Snakemake removes an empty folder
            path.chmod(before)


def input_replaced(sandbox, job, rng):
    """Replace an input while the job runs, and put it back later."""
    path = sandbox.folder / rng.choice(job.inputs)
    process = sandbox.start()
    sandbox.wait(process, job, rng.uniform(0, 0.9 * job.seconds))
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1
    if rng.random() < 0.5:
        del data[rng.randrange(len(data)) :]
    changed = path.with_name(".changed")
    changed.write_bytes(data)
    hit = process.poll() is None
    os.replace(changed, path)
    ended = sandbox.end(process)
    shutil.copy(sandbox.finished.folder / path.relative_to(sandbox.folder), changed)
    os.replace(changed, path)
    return hit, *ended


def started_twice(sandbox, job, rng):
    """Start the same command again while the first one runs; the second must give way."""
    process = sandbox.start()
    sandbox.wait(process, job, rng.uniform(0, job.seconds))
    second_log = sandbox.log.with_suffix(".second.log")
    second = sandbox.start(log=second_log)
    status = second.wait(PATIENCE)
    running = process.poll() is None
    ended = sandbox.end(process)
    text = second_log.read_text(encoding="utf-8")
    # The first may have made everything, and not ended yet.
    gave_way = "--unlock" in text if status else "Nothing to be done" in text
    assert not running or gave_way, f"second command: {text}"
    assert ended[0] == 0, "the first command was disturbed"
    return bool(running and status), *ended


def clock_set_back(sandbox, job, rng):
    """Set the times of all files to a time in the future."""
    shift = rng.choice([60, DAY, 400 * DAY])
    for path in sandbox.folder.rglob("*"):
        if not path.is_symlink():
            status = path.stat()
            os.utime(path, (status.st_atime + shift, status.st_mtime + shift))
    return True, *sandbox.run()


def server_fault(name):
    """The server does something else once, instead of serving the file."""

    def fault(sandbox, job, rng):
        sandbox.server.faults = [name]
        ended = sandbox.run()
        hit, sandbox.server.faults = not sandbox.server.faults, []
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
# Faults of a download.
SERVER_FAULTS = {
    "a page instead of the file": server_fault("page"),
    "connection reset": server_fault("reset"),
    "download stalls": server_fault("stall"),
    "file too short": server_fault("shorter"),
    "file too long": server_fault("longer"),
}


def possible(sandbox: Sandbox, job: Job) -> list[str]:
    """The names of the faults that are possible in a job."""
    if job.rule == "stl10_download":
        return [*SERVER_FAULTS, *(name for name in FAULTS if "input" not in name)]
    # Only an input in results/ can be replaced.
    return [name for name in FAULTS if job.inputs or name != "input replaced"]
