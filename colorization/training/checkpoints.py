"""Training states on disk: written atomically, checked, and kept apart by settings."""

import hashlib
import io
import logging
import os
import pickle
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from colorization.runtime.files import atomic
from colorization.runtime.lock import only_one
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)
# How many states are kept: the older one is used if the newest is damaged.
KEEP = 2
DIGEST_BYTES = 32


class StateFolder:
    """The states `step-*.pt` of one fingerprint, in a folder of their own.

    A file holds the output of torch.save, followed by its sha256.
    """

    def __init__(self, checkpoints: Path, fingerprint: str):
        self._parent, self.folder = checkpoints, checkpoints / fingerprint[:16]
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def only_trainer(self) -> Generator[None, None, None]:
        """Hold the run's lock, whatever its settings: they share its model's name."""
        with only_one(self._parent / "lock", "trains this run"):
            # A trainer that held the lock before may have removed it.
            self.folder.mkdir(parents=True, exist_ok=True)
            for cut_short in self.folder.glob(".step-*"):  # by a kill while writing
                cut_short.unlink()
            yield

    def states(self) -> list[Path]:
        """The states, oldest first."""
        return sorted(self.folder.glob("step-*.pt"))

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Write the state of a step, and remove all but the last few.

        Raises StageError if it cannot be written; earlier states stay intact.
        """
        buffer = io.BytesIO()
        torch.save(state, buffer)
        data = buffer.getbuffer()
        path = self.folder / f"step-{step:09d}.pt"
        try:
            with atomic(path) as temporary, open(temporary, "wb") as file:
                file.write(data)
                file.write(hashlib.sha256(data).digest())
        except OSError as error:
            raise StageError(
                f"cannot write the training state {path}: {error}; earlier states are intact: "
                "make room and run again to go on"
            ) from None
        for old in self.states()[:-KEEP]:
            old.unlink()

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """The newest undamaged state, or None. Logs a warning for each damaged one."""
        for path in reversed(self.states()):
            data = path.read_bytes()
            body, digest = data[:-DIGEST_BYTES], data[-DIGEST_BYTES:]
            if hashlib.sha256(body).digest() != digest:
                log.warning("%s is damaged (checksum): using the state before it", path)
                continue
            try:
                buffer = io.BytesIO(body)
                return torch.load(buffer, map_location=device, weights_only=True)
            except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
                reason = str(error).splitlines()[0]
                raise StageError(f"{path}: not a training state: {reason}") from None
        return None

    def others(self) -> list[Path]:
        """Folders with states of other settings, data or code, the newest first."""
        newest: dict[Path, float] = {}
        for path in self._parent.glob("*/step-*.pt"):
            if path.parent != self.folder:
                time = path.stat().st_mtime
                newest[path.parent] = max(time, newest.get(path.parent, time))
        return sorted(newest, key=lambda folder: newest[folder], reverse=True)

    def drop_others(self) -> None:
        """Remove the states of other settings, data or code, except the newest folder.

        After a short trial, a user may want to go back to a training of days.
        """
        for folder in self._parent.iterdir():
            if folder.is_dir() and folder not in (self.folder, *self.others()[:1]):
                shutil.rmtree(folder)


def fingerprint(*parts: Any) -> str:
    """Hex digest of `parts`, which must have a stable repr."""
    return hashlib.sha256(os.fsencode(repr(parts))).hexdigest()
