"""A copy of a finished workflow on a small disk of its own, to be broken there."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil

from benchmarks.reproduce import artifacts, content
from tests.support.workflows import Workflow

# Seconds; a line that for so long neither ends nor makes anything is lost work.
PATIENCE = 900
# Written while a job runs, and meant to be looked at then: no artifact.
LIVE = ("history.csv", "live.png")
ROOM = 4 << 30
# Nothing may be ignored because whoever runs this is root.
WITHOUT_POWER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


class Job(NamedTuple):
    """A job of the finished workflow, as its record tells."""

    rule: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    seconds: float
    started: str


def jobs(folder: Path) -> list[Job]:
    """All jobs of a finished workflow in `folder`."""
    found = []
    for path in sorted(folder.glob("results/**/provenance/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        name = " ".join([record["rule"], *record["wildcards"].values()])
        outputs = *record["outputs"], str(path.relative_to(folder))
        own = record["rule"], name, tuple(record["inputs"]), outputs
        found.append(Job(*own, record["seconds"], record["started"]))
    return found


class Place:
    """Where one fault after another is tried; the folder is the mount of a tmpfs."""

    def __init__(self, folder: Path, finished: Workflow, options=(), server=None):
        """`options` are those of the finished run; `server` is where it downloaded."""
        self.folder, self.finished, self.server = folder, finished, server
        self.options = options
        self.log = folder.with_suffix(".log")
        self.expected = artifacts(finished.folder / "results")
        folder.mkdir(parents=True)
        mount("-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder)
        self.workflow: Workflow | None = None
        self.stopped = False
        self.jobs = jobs(finished.folder)
        self.targets: list[str] = []

    def stop(self) -> None:
        """End all that runs here; nothing can be started any more."""
        self.stopped = True
        end_processes(self.folder)

    def close(self) -> None:
        """Free its memory."""
        end_processes(self.folder)
        unmount(self.folder)

    def reset(self, job: Job, states: bool, everything: bool) -> None:
        """As after an undisturbed run, but for what `job` had made; `states` may stay.

        The line then asks for this again: that takes seconds, while Snakemake would run
        all that follows, too, if it were asked for `everything`.
        """
        end_processes(self.folder)
        for path in self.folder.iterdir():
            folder = path.is_dir() and not path.is_symlink()
            shutil.rmtree(path) if folder else path.unlink()
        shutil.copytree(
            self.finished.folder, self.folder, symlinks=True, dirs_exist_ok=True
        )
        for output in job.outputs:
            path = self.folder / output
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not states:
            for path in self.folder.glob(f"{Path(job.outputs[0]).parent}/checkpoints"):
                shutil.rmtree(path)
        self.targets = [job.outputs[0]]
        if everything:
            self.ask_for_everything()
        own = (self.folder / "own.yaml").read_text(encoding="utf-8")
        small = (self.folder / "small.yaml").read_text(encoding="utf-8")
        self.workflow = Workflow(self.folder, own, self.finished.root, small)

    def ask_for_everything(self) -> None:
        """From now on the line makes all that there was, needed further on or not."""
        self.targets = ["all", *(job.outputs[0] for job in self.jobs)]

    def start(self, *arguments, prefix=(), log=None) -> subprocess.Popen:
        """Start the line, in a process group of its own."""
        if self.stopped:
            raise KeyboardInterrupt
        arguments = *self.options, *arguments, "--", *self.targets
        options = self.workflow.options(*arguments)
        options["args"] = [*prefix, *options["args"]]
        log = log or self.log
        log.unlink(missing_ok=True)  # jobs that outlived their Snakemake write to it
        with open(log, "w", encoding="utf-8") as file:
            streams = dict(stdout=file, stderr=subprocess.STDOUT)
            return subprocess.Popen(**options, **streams, start_new_session=True)

    def run(self, *arguments, **options) -> tuple[int | None, str]:
        """Exit status, None if it did not end, and output of a line."""
        return self.end(self.start(*arguments, **options))

    def end(self, process: subprocess.Popen) -> tuple[int | None, str]:
        status = None
        while status is None:
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                if not self._gets_on():
                    kill_group(process)
                    break
        return status, self.log.read_text(errors="replace", encoding="utf-8")

    def _gets_on(self) -> bool:
        """Whether anything was made lately, perhaps by a job that the line waits for."""
        since = time.time() - PATIENCE
        for path in self.folder.glob("results/**/*"):
            with contextlib.suppress(FileNotFoundError):  # it may go away meanwhile
                if path.is_file() and path.stat().st_mtime > since:
                    return True
        return False

    def wait(self, process: subprocess.Popen, job: Job, seconds: float) -> None:
        """Until so many seconds after the job has started, or the line has ended."""
        end = time.monotonic() + PATIENCE
        while process.poll() is None and not self._has_started(job):
            if time.monotonic() > end:
                return  # `end` says what becomes of it
            time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    def _has_started(self, job: Job) -> bool:
        return f"{job.name}: started" in self.log.read_text(
            errors="replace", encoding="utf-8"
        )

    def stage_log(self, job: Job) -> str:
        """What the job itself has logged."""
        path = self.folder / "results/logs" / f"{'/'.join(job.name.split())}.log"
        return path.read_text(errors="replace", encoding="utf-8")

    def goes_on(self, job: Job) -> bool:
        """Whether a line would have to go on with a training that was stopped."""
        if job.rule != "train" or all((self.folder / o).exists() for o in job.outputs):
            return False
        folder = (self.folder / job.outputs[0]).parent
        return any(folder.glob("checkpoints/*/step-*.pt"))

    def made_again(self) -> set[str]:
        """The names of the jobs that have run since the undisturbed run."""
        before, now = (set(jobs(f)) for f in (self.finished.folder, self.folder))
        return {job.name for job in now - before}

    def locked(self) -> bool:
        return any(self.folder.glob(".snakemake/locks/*"))

    def used(self) -> int:
        """Bytes in use on the disk."""
        status = os.statvfs(self.folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    def resize(self, size: int) -> None:
        """Give the disk a size in bytes."""
        mount("-o", f"remount,size={size}", self.folder)

    def scripts(self, process: subprocess.Popen) -> list[psutil.Process]:
        """The processes of jobs below a line."""
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if _is_script(child)]

    def broken(self) -> Iterator[str]:
        """What lies under a final name and is not what an undisturbed run leaves."""
        results = self.folder / "results"
        for path in results.rglob("*"):
            name = path.relative_to(results).as_posix()
            if not path.is_file() or name not in self.expected or path.name in LIVE:
                continue
            try:
                equal = content(path) == self.expected[name]
            except ValueError as error:
                yield f"{name}: {error}"
            else:
                if not equal:
                    yield f"{name} differs"
        for path in results.rglob("history.csv"):
            whole = self.finished.folder / path.relative_to(self.folder)
            yield from _not_a_beginning(path, whole)

    def unfinished(self) -> Iterator[str]:
        """What an undisturbed run would have left otherwise."""
        found = artifacts(self.folder / "results")
        for name in sorted(found.keys() | self.expected.keys()):
            if found.get(name) != self.expected.get(name):
                state = "differs" if name in found else "is missing"
                yield f"{name} {state}" if name in self.expected else f"{name} is left"


def _not_a_beginning(path: Path, whole: Path) -> Iterator[str]:
    left, right = (pd.read_csv(p).drop(columns="seconds") for p in (path, whole))
    if not left.equals(right.head(len(left))):
        yield f"{path.name} of {path.parent.name} is no beginning of the whole one"


def _is_script(process: psutil.Process) -> bool:
    try:
        return any(".snakemake/scripts/" in part for part in process.cmdline())
    except psutil.Error:
        return False


def end_processes(folder: Path) -> None:
    """Kill all that runs in a folder, also what has outlived its parent."""
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                process.kill()
                process.wait()
        except psutil.Error:
            pass


def kill_group(process: subprocess.Popen, number=signal.SIGKILL) -> None:
    """Signal a line and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def mount(*arguments) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", folder], check=True)
