"""The record of how an artifact was made, which lies beside it.

Each job writes one record, `provenance/<rule>.json` in or above its outputs' folder:
settings, digests of code, inputs and outputs, versions, hardware, commit, and time.
"""

import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from typing import Any

from colorization.runtime.files import as_list, drop_leftovers, file_digest, write_json
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
FOLDER = "provenance"
# What a trained model names: versions that its numbers may depend on.
PACKAGES = ("torch", "numpy", "numba")


@contextmanager
def recorded(job: Any) -> Generator[None, None, None]:
    """Write the record of a job when it has succeeded.

    `job` is the object `snakemake` of a script, with an output named `provenance`.
    Inputs named `images` have no digests: a description among the inputs has them. The
    param `running` is left out: it decides how the job runs, and not what comes out.

    Raises StageError when an input has changed meanwhile: Snakemake, which looks at the
    inputs at the end, would take the result for one of the new content.
    """
    name = " ".join([job.rule, *map(str, job.wildcards)])
    log.info("%s: started", name)
    started, clock = datetime.now(UTC), time.monotonic()
    for path in job.output:
        drop_leftovers(path)
    before = {path: _identity(path) for path in map(str, job.input)}
    try:
        yield
    except Exception:
        _check_unchanged(before, name)  # else whatever it was
        raise
    _check_unchanged(before, name)
    params = dict(job.params.items())
    params.pop("running", None)
    images = set(as_list(job.input.get("images", [])))
    inputs = [path for path in map(str, job.input) if path not in images]
    outputs = [path for path in map(str, job.output) if path != job.output.provenance]
    outputs = [file for path in outputs for file in _files(path)]
    record = dict(
        rule=job.rule,
        wildcards=dict(job.wildcards.items()),
        code=params.pop("code", None),
        settings=params,
        inputs={path: file_digest(path) for path in inputs},
        images=sorted(images),
        outputs={path: file_digest(path) for path in outputs},
        versions=loaded_versions(),
        hardware=_hardware(),
        git=_git(),
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.monotonic() - clock, 1),
    )
    write_json(job.output.provenance, record)
    log.info("%s: done in %.0f s", name, record["seconds"])


def environment(device: Any) -> dict[str, str]:
    """Versions and hardware for a model file: nothing that changes from run to run."""
    hardware = ", ".join(_gpus()) if device.type == "cuda" else processor()
    versions = {package: version(package) for package in PACKAGES}
    place = dict(device=str(device), hardware=hardware)
    return place | dict(python=platform.python_version()) | versions


def records(results: Path) -> list[dict]:
    """All records below a results folder, oldest first; raises StageError for a bad one."""
    found = [read_record(path) for path in results.glob(f"**/{FOLDER}/*.json")]
    return sorted(found, key=lambda record: (record["started"], record["rule"]))


def read_record(path: Path) -> dict:
    """A parsed record. Raises StageError."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        # What everything that reads a record relies on.
        for key in ("rule", "settings", "started", "seconds", "git"):
            record[key]
        return record | {key: dict(record[key]) for key in ("inputs", "outputs")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageError(f"{path}: not a record of provenance: {error}") from None


def _check_unchanged(before: dict[str, tuple | None], job: str) -> None:
    for path, identity in before.items():
        if _identity(path) != identity:
            raise StageError(
                f"{path} has changed while {job} used it: what was made is dropped; "
                "run again"
            )


def _identity(path: str) -> tuple[int, ...] | None:
    """What is another for a file that was replaced or written to; None without a file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _files(path: str) -> list[str]:
    """A file itself, or all that lie in a folder."""
    if os.path.isfile(path):
        return [path]
    return sorted(str(file) for file in Path(path).rglob("*") if file.is_file())


def loaded_versions() -> dict[str, str]:
    """Versions of Python and of all packages that this process has imported."""
    loaded = {name.split(".")[0] for name in sys.modules}
    found: dict[str, str] = {}
    for package in distributions():
        if loaded & _modules(package):
            found.setdefault(package.name, package.version)  # the first is imported
    return dict(python=platform.python_version()) | dict(sorted(found.items()))


def _modules(package: Distribution) -> set[str]:
    """The top-level modules that a package installs.

    As importlib.metadata's packages_distributions finds them, which takes ten times as
    long for all packages: a quarter of a second for each job.
    """
    if named := package.read_text("top_level.txt"):
        return set(named.split())
    listed = (package.read_text("RECORD") or "").splitlines()
    files = (line.split(",")[0].split("/")[0] for line in listed)
    return {name.removesuffix(".py") for name in files}


def _hardware() -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0))
    return dict(processor=processor(), cores=cores, gpus=_gpus())


def processor() -> str:
    """The processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpus() -> list[str]:
    """Names of the GPUs that this process can use, if it uses torch at all."""
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    count = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(count)]


def _git() -> dict[str, Any] | None:
    """Commit of the code, and whether all of it is in there; None where it is in none.

    The repository may be one around it, which may ignore all of the code, or a part.
    """
    try:
        commit = _git_says("rev-parse", "HEAD").strip()
        tracked = set(_git_says("ls-files", "-z").split("\0"))
        status = _git_says("status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    code = {path.relative_to(ROOT).as_posix() for path in _code_files()}
    if not code & tracked:
        return None
    return dict(commit=commit, clean=not status and code <= tracked)


def _git_says(*command: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *command],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    ).stdout


def _code_files() -> Iterator[Path]:
    """All that a stage may run."""
    yield ROOT / "Snakefile"
    for folder in ("rules", "workflow_scripts", "colorization"):
        for kind in ("*.py", "*.smk"):
            yield from (ROOT / folder).rglob(kind)
