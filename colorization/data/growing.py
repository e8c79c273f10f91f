"""Files that grow together for a long time, and where a killed writer goes on."""

import json
import os
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from colorization.runtime.files import write_json

# Seconds between two saves: what a kill can lose.
INTERVAL = 10
STATE = "state.json"


class Growing:
    """Named files in a folder of their own, open for reading and writing; a context.

    `done` units of work are in them. They belong to a `key`, any JSON: what was left with
    another one is dropped. Bytes that were written after the last save are cut off.
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

    def _state(self, names: list[str]) -> dict[str, Any] | None:
        """What was saved last, if it can be gone on from."""
        try:
            state = json.loads((self._folder / STATE).read_text(encoding="utf-8"))
            whole = all(
                (self._folder / name).stat().st_size >= state["sizes"][name]
                for name in names
            )
            return state if whole and state["key"] == self._key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def advance(self) -> None:
        """One unit more is done; from time to time, make that last."""
        self.done += 1
        if time.monotonic() - self._saved > INTERVAL:
            self.save()

    def save(self) -> None:
        """Make all that was written last, whatever happens."""
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
        """Move what was saved to where it is looked for."""
        for name in self.files:
            os.replace(self._folder / name, folder / name)
        self.drop()

    def drop(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self._folder)
