"""The record of how an artifact was made.

Each job writes one, `provenance/<rule>.json` in or above the folder of its outputs:
settings, digests of code, inputs and outputs, versions, hardware, commit, and time.
"""

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

from colorization.runtime import system
from colorization.runtime.files import as_list, drop_leftovers, file_digest, write_json
from colorization.runtime.json_file import Stored, Text, read_json
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
FOLDER = "provenance"
# Packages that a model's numbers may depend on: a model file has their versions.
PACKAGES = ("torch", "numpy", "numba")


class Hardware(Stored):
    """Of the machine, what the job could use; `gpus` are names."""

    processor: str
    cores: int
    gpus: list[str]


class Commit(Stored):
    """Commit of the code, and whether all of the code is in it."""

    commit: str
    clean: bool


class Record(Stored):
    """How the outputs of one job were made; files are paths with sha256 digests."""

    rule: str
    wildcards: dict[str, str]
    code: str | None
    settings: dict[str, Any]
    inputs: dict[Text, str]
    images: list[Text]
    outputs: dict[Text, str]
    versions: dict[str, str]
    hardware: Hardware
    git: Commit | None
    started: str
    seconds: float


@contextmanager
def recorded(job: Any) -> Generator[None, None, None]:
    """Write the record of a job when it has succeeded.

    `job` is the object `snakemake` of a script, with an output named `provenance`.
    Inputs named `images` get no digests: dataset.json among the inputs has them. The
    param `running` is left out: it decides how the job runs, not what comes out.

    Raises StageError when an input changed during the job: Snakemake looks at inputs when
    a job ends, and would take the result for one of the new content.
    """
    name = " ".join([job.rule, *map(str, job.wildcards)])
    log.info("%s: started", name)
    started, start = datetime.now(UTC), time.monotonic()
    for path in job.output:
        drop_leftovers(path)
    identities = {path: _identity(path) for path in map(str, job.input)}
    try:
        yield
    except Exception:
        _check_unchanged(identities, name)  # it may be why the job failed
        raise
    _check_unchanged(identities, name)
    params = dict(job.params.items())
    params.pop("running", None)
    images = set(as_list(job.input.get("images", [])))
    inputs = [path for path in map(str, job.input) if path not in images]
    outputs = [path for path in map(str, job.output) if path != job.output.provenance]
    outputs = [file for path in outputs for file in _files(path)]
    record = Record(
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
        seconds=round(time.monotonic() - start, 1),
    )
    write_json(job.output.provenance, record.model_dump())
    log.info("%s: done in %.0f s", name, record.seconds)


def environment(device: Any) -> dict[str, str]:
    """Versions and hardware for a model file, the same in each run on a machine."""
    hardware = ", ".join(_gpus()) if device.type == "cuda" else system.processor()
    versions = {package: version(package) for package in PACKAGES}
    return dict(
        device=str(device),
        hardware=hardware,
        python=platform.python_version(),
        **versions,
    )


def records(results: Path) -> list[Record]:
    """All records below a results folder, oldest first; raises StageError for a bad one."""
    found = [read_record(path) for path in results.glob(f"**/{FOLDER}/*.json")]
    return sorted(found, key=lambda record: (record.started, record.rule))


def read_record(path: Path) -> Record:
    """A parsed record. Raises StageError."""
    return read_json(path, Record)


def _check_unchanged(identities: dict[str, tuple | None], job: str) -> None:
    for path, identity in identities.items():
        if _identity(path) != identity:
            raise StageError(
                f"{path} has changed while {job} used it: the outputs are dropped; "
                "run again"
            )


def _identity(path: str) -> tuple[int, ...] | None:
    """Changes when a file is replaced or written to; None without a file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _files(path: str) -> list[str]:
    """The file itself, or all files below a folder."""
    if os.path.isfile(path):
        return [path]
    return sorted(str(file) for file in Path(path).rglob("*") if file.is_file())


def loaded_versions() -> dict[str, str]:
    """Versions of Python and of all packages that this process has imported."""
    loaded = {name.split(".")[0] for name in sys.modules}
    versions: dict[str, str] = {}
    for package in distributions():
        if loaded & _modules(package):
            # Of several that are installed, Python imports the first.
            versions.setdefault(package.name, package.version)
    return dict(python=platform.python_version()) | dict(sorted(versions.items()))


def _modules(package: Distribution) -> set[str]:
    """The top-level modules that a package installs.

    The same as importlib.metadata.packages_distributions gives, but ten times as fast:
    that would cost each job a quarter of a second.
    """
    if names := package.read_text("top_level.txt"):
        return set(names.split())
    lines = (package.read_text("RECORD") or "").splitlines()
    files = (line.split(",")[0].split("/")[0] for line in lines)
    return {name.removesuffix(".py") for name in files}


def _hardware() -> Hardware:
    return Hardware(processor=system.processor(), cores=system.cores(), gpus=_gpus())


def _gpus() -> list[str]:
    """Names of the GPUs that this process can use; none if it has not imported torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    count = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(count)]


def _git() -> Commit | None:
    """Commit of the code, and whether all of it is in there; None where it is in none.

    The code may lie in another repository, which may ignore all or some of it.
    """
    try:
        commit = _git_output("rev-parse", "HEAD").strip()
        tracked = set(_git_output("ls-files", "-z").split("\0"))
        status = _git_output("status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    code = {path.relative_to(ROOT).as_posix() for path in _code_files()}
    if not code & tracked:
        return None
    return Commit(commit=commit, clean=not status and code <= tracked)


def _git_output(*command: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *command],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    ).stdout


def _code_files() -> Iterator[Path]:
    """All code that a stage may run."""
    yield ROOT / "Snakefile"
    for folder in ("rules", "workflow_scripts", "colorization"):
        for kind in ("*.py", "*.smk"):
            yield from (ROOT / folder).rglob(kind)
