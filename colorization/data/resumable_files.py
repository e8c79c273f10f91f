"""Files that grow together for a long time; after a kill, writing goes on."""

import json
import os
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from colorization.runtime.files import write_json

# Seconds between two saves: a kill loses the work since the last one.
INTERVAL = 10
STATE = "state.json"


class Growing:
    """Named files in a folder, open for reading and writing; use as a context manager.

    `done` counts the units of work in them. `key`, any JSON, says what they are made of:
    files left with another key are dropped. Bytes written after the last save are cut
    off.
    """

    def __init__(self, folder: Path, key, names: list[str]):
        self._folder, self._key = folder, key
        self._saved = time.monotonic()
        state: dict[str, Any] | None = self._state(names)
        if state is None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            state = {"done": 0, "sizes": dict.fromkeys(names, 0)}
        self.done: int = state["done"]
        self._sizes: dict[str, int] = state["sizes"]
        self._open = ExitStack()
        self.files: dict[str, BinaryIO] = {}

    def __enter__(self) -> "Growing":
        for name, size in self._sizes.items():
            file = open(self._folder / name, "r+b" if self.done else "w+b")
            self.files[name] = self._open.enter_context(file)
            file.truncate(size)
        return self

    def __exit__(self, *_) -> None:
        self._open.close()

    def _state(self, names: list[str]) -> dict | None:
        """The last saved state, if writing can go on from it."""
        try:
            state = json.loads((self._folder / STATE).read_text(encoding="utf-8"))
            is_whole = all(
                (self._folder / name).stat().st_size >= state["sizes"][name]
                for name in names
            )
            return state if is_whole and state["key"] == self._key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def advance(self) -> None:
        """Count one more unit as done; save from time to time."""
        self.done += 1
        if time.monotonic() - self._saved > INTERVAL:
            self.save()

    def save(self) -> None:
        """Sync all that was written to disk, and write down the state."""
        sizes = {}
        for name, file in self.files.items():
            file.flush()
            os.fsync(file.fileno())
            sizes[name] = os.fstat(file.fileno()).st_size
        write_json(
            self._folder / STATE, dict(key=self._key, done=self.done, sizes=sizes)
        )
        self._saved = time.monotonic()

    def publish(self, folder: Path) -> None:
        """Move the files into `folder`, where others look for them."""
        for name in self.files:
            os.replace(self._folder / name, folder / name)
        self.drop()

    def drop(self) -> None:
        """Remove the files and their state."""
        shutil.rmtree(self._folder)
