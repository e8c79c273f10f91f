"""One process at a time."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)


@contextmanager
def only_one(path: Path, does: str) -> Generator[None]:
    """Hold the lock `path`. While another process holds it, log what it `does` and wait.

    The system releases the lock when its owner dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("another process %s; waiting for it to end", does)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
