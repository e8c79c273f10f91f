"""What a running training shows: history, curves, TensorBoard."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

import colorization
from colorization.runtime.files import atomic
from colorization.training import distributed

ROOT = Path(colorization.__file__).parents[1]
# Seconds between drawings, and before the first: each takes two seconds of one core.
REDRAW = 30.0


class Watch:
    """Writes history.csv, and live.png and TensorBoard's events beside it.

    A context manager. A process of its own draws, so that the code of figures is not part of
    the code of training: a change of a figure retrains nothing.
    """

    def __init__(self, history: Path, step: int, tensorboard: bool):
        """`step` is the step that the run goes on from; TensorBoard drops later events."""
        self._history, self._picture = history, history.with_name("live.png")
        self._drawing: subprocess.Popen[bytes] | None = None
        self._drawn_at = time.monotonic()
        self._events = None
        self._step = step
        self._active = distributed.rank() == 0
        if tensorboard and self._active:
            from torch.utils.tensorboard import SummaryWriter  # slow to import

            folder = history.with_name("tensorboard")
            self._events = SummaryWriter(str(folder), purge_step=step + 1)

    def show(self, history: list[dict[str, Any]]) -> None:
        """Bring all up to the history so far, one row a validation."""
        if not self._active or not history:
            return
        with atomic(self._history) as temporary:
            pd.DataFrame(history).to_csv(temporary, index=False)
        if events := self._events:
            for row in history:
                if row["step"] > self._step:
                    for name in row.keys() - {"step"}:
                        events.add_scalar(name, row[name], row["step"])
            events.flush()
        self._step = history[-1]["step"]
        self._draw()

    def _draw(self) -> None:
        busy = self._drawing and self._drawing.poll() is None
        if busy or time.monotonic() - self._drawn_at < REDRAW:
            return
        self._drawn_at = time.monotonic()
        command = [sys.executable, "-m", "colorization.figures.history"]
        self._drawing = subprocess.Popen(
            ["nice", *command, str(self._history), str(self._picture)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._events:
            self._events.close()
        if self._drawing:
            self._drawing.wait()
        if self._active and error is None:
            self._picture.unlink(missing_ok=True)  # history.png takes its place
