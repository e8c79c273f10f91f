"""The training state on disk: atomic, checked, and tied to what made it."""

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
# Older states are for the case that the newest turns out damaged.
KEEP = 2
DIGEST_BYTES = 32


class StateFolder:
    """States `step-*.pt` of one fingerprint, in a folder of its own.

    A file is what torch.save wrote, followed by its sha256.
    """

    def __init__(self, checkpoints: Path, fingerprint: str):
        self._parent, self.folder = checkpoints, checkpoints / fingerprint[:16]
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def only_trainer(self) -> Generator[None, None, None]:
        """Hold the run's lock, whatever its settings: they share its model's name."""
        with only_one(self._parent / "lock", "trains this run"):
            # Who was waited for may have dropped it.
            self.folder.mkdir(parents=True, exist_ok=True)
            for cut_short in self.folder.glob(".step-*"):  # by a kill while written
                cut_short.unlink()
            yield

    def states(self) -> list[Path]:
        """The states, oldest first."""
        return sorted(self.folder.glob("step-*.pt"))

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Write the state of a step and drop all but the last few.

        Raises StageError, the earlier states intact, when the disk does not take it.
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
        """The newest undamaged state, or None; a warning names a damaged one."""
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
        """Remove the states of other settings, data or code, but for the newest.

        Who tries something short may want to go back to what took days.
        """
        for other in self._parent.iterdir():
            if other.is_dir() and other not in (self.folder, *self.others()[:1]):
                shutil.rmtree(other)


def fingerprint(*parts: Any) -> str:
    """Hex digest of what a run depends on; parts must have a stable repr."""
    return hashlib.sha256(os.fsencode(repr(parts))).hexdigest()
