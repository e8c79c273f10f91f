"""A copy of a finished workflow on its own small disk, to break things in."""

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

# Seconds after which a command that neither ends nor makes anything counts as hanging.
PATIENCE = 900
# Files that a job writes for display while it runs. They are no artifacts.
LIVE = ("history.csv", "live.png")
ROOM = 4 << 30
# So that permissions count for root, too.
WITH_PARENT = "setpriv", "--pdeathsig", "TERM"
WITHOUT_POWER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


class Job(NamedTuple):
    """A job of the finished workflow, from its record."""

    rule: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    seconds: float
    started: str


def jobs(folder: Path) -> list[Job]:
    """All jobs of a finished workflow in `folder`."""
    jobs = []
    for path in sorted(folder.glob("results/**/provenance/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        name = " ".join([record["rule"], *record["wildcards"].values()])
        outputs = *record["outputs"], str(path.relative_to(folder))
        fields = record["rule"], name, tuple(record["inputs"]), outputs
        jobs.append(Job(*fields, record["seconds"], record["started"]))
    return jobs


class Sandbox:
    """A folder, the mount of a tmpfs, in which one fault after another is tried."""

    def __init__(self, folder: Path, finished: Workflow, options=(), server=None):
        """`options` are those of the finished run; it downloaded from `server`."""
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
        """End all processes here, and start no more."""
        self.stopped = True
        end_processes(self.folder)

    def close(self) -> None:
        """End all processes, and free the memory."""
        end_processes(self.folder)
        unmount(self.folder)

    def reset(self, job: Job, states: bool, everything: bool) -> None:
        """Restore the finished run without the outputs of `job`, and maybe its `states`.

        Commands then ask for these outputs, which takes seconds, or for `everything`, which
        also runs all later jobs.
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
        """From now on, commands ask for all outputs of the finished run."""
        self.targets = ["all", *(job.outputs[0] for job in self.jobs)]

    def start(self, *arguments, prefix=(), log=None) -> subprocess.Popen:
        """Start Snakemake in its own process group."""
        if self.stopped:
            raise KeyboardInterrupt
        arguments = *self.options, *arguments, "--", *self.targets
        # Snakemake ends with this process, however it ends, and jobs end with Snakemake.
        self.workflow.prefix = (*prefix, *WITH_PARENT) if prefix else ()
        log = log or self.log
        log.unlink(missing_ok=True)  # jobs of a killed Snakemake may still write to it
        with open(log, "w", encoding="utf-8") as file:
            return self.workflow.start(
                *arguments, stdout=file, stderr=subprocess.STDOUT
            )

    def run(self, *arguments, **options) -> tuple[int | None, str]:
        """Run Snakemake. Its exit status, None if it did not end, and its output."""
        return self.end(self.start(*arguments, **options))

    def end(self, process: subprocess.Popen) -> tuple[int | None, str]:
        status = None
        while status is None:
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                if not self._makes_progress():
                    kill_group(process)
                    break
        return status, self.log.read_text(errors="replace", encoding="utf-8")

    def _makes_progress(self) -> bool:
        """Whether any file was written lately."""
        since = time.time() - PATIENCE
        for path in self.folder.glob("results/**/*"):
            with contextlib.suppress(FileNotFoundError):  # it may be removed meanwhile
                if path.is_file() and path.stat().st_mtime > since:
                    return True
        return False

    def wait(self, process: subprocess.Popen, job: Job, seconds: float) -> None:
        """Wait until `seconds` after the job has started, or until Snakemake ends."""
        end = time.monotonic() + PATIENCE
        while process.poll() is None and not self._has_started(job):
            if time.monotonic() > end:
                return  # `end` reports it
            time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    def _has_started(self, job: Job) -> bool:
        return f"{job.name}: started" in self.log.read_text(
            errors="replace", encoding="utf-8"
        )

    def stage_log(self, job: Job) -> str:
        """The job's own log."""
        path = self.folder / "results/logs" / f"{'/'.join(job.name.split())}.log"
        return path.read_text(errors="replace", encoding="utf-8")

    def must_resume(self, job: Job) -> bool:
        """Whether the next command must resume a stopped training."""
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
        """The processes of jobs that a Snakemake has started."""
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if _is_script(child)]

    def broken(self) -> Iterator[str]:
        """Files with the name of a result and another content than in the finished run."""
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
        """All differences between the results and those of the finished run."""
        present = artifacts(self.folder / "results")
        for name in sorted(present.keys() | self.expected.keys()):
            if present.get(name) != self.expected.get(name):
                state = "differs" if name in present else "is missing"
                yield f"{name} {state}" if name in self.expected else f"{name} is left"


def _not_a_beginning(path: Path, whole: Path) -> Iterator[str]:
    left, right = (pd.read_csv(p).drop(columns="seconds") for p in (path, whole))
    if not left.equals(right.head(len(left))):
        yield f"{path.name} of {path.parent.name} is not the beginning of the finished one"


def _is_script(process: psutil.Process) -> bool:
    try:
        return any(".snakemake/scripts/" in part for part in process.cmdline())
    except psutil.Error:
        return False


def end_processes(folder: Path) -> None:
    """Kill all processes whose working folder is in `folder`."""
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                process.kill()
                process.wait()
        except psutil.Error:
            pass


def kill_group(process: subprocess.Popen, number=signal.SIGKILL) -> None:
    """Signal a process and all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def mount(*arguments) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", folder], check=True)
