"""Logging of a stage: to the rule's log file and to stderr."""

import errno
import logging
import os
import sys
import warnings

from tqdm import tqdm

from colorization.runtime.files import printable

FORMAT = "%(asctime)s %(levelname)s %(message)s"


class StageError(Exception):
    """An error that the user can mend: shown as one line, without a traceback."""


class _Console(logging.StreamHandler):
    """A terminal whose progress bar stays whole: lines go above it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            tqdm.write(self.format(record), file=self.stream)
            self.flush()
        except Exception:
            self.handleError(record)


def configure(path: str, append: bool = False, level: int = logging.INFO) -> None:
    """Log to the file `path` and to stderr, with warnings and uncaught exceptions."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    console = _Console(sys.stderr)
    if not append:
        open(path, "w", encoding="utf-8").close()
    # Append, as other processes of the stage write to the same file.
    handlers = [logging.FileHandler(path, mode="a"), console]
    logging.basicConfig(
        level=level, format=FORMAT, datefmt="%H:%M:%S", handlers=handlers
    )
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    sys.excepthook = _log_exception


# What to do when reading or writing a file fails, by the system's error.
ADVICE = {
    errno.ENOSPC: "make room on that disk and run again",
    errno.EDQUOT: "make room in your quota and run again",
    errno.EROFS: "that disk is mounted read-only: make it writable and run again",
    errno.EACCES: "get permission to read and write it, and run again",
    errno.EPERM: "get permission to read and write it, and run again",
    errno.EIO: "that disk may be failing: see the system's log",
}


def advice(error: BaseException) -> str | None:
    """File, error and what to do in one line, if reading or writing failed; else None."""
    if not isinstance(error, OSError) or error.errno not in ADVICE:
        return None
    path = printable(error.filename or "a file of this stage")
    return f"{path}: {error.strerror}: {ADVICE[error.errno]}"


def _log_exception(kind, error, trace) -> None:
    if issubclass(kind, StageError):
        logging.error("%s", error)
    elif line := advice(error):
        logging.error("%s", line)
    elif issubclass(kind, KeyboardInterrupt):
        logging.error("interrupted")
    else:
        logging.critical("failed unexpectedly", exc_info=(kind, error, trace))
