"""Progress of long work: a bar in a terminal, plain lines at intervals elsewhere."""

import logging
import math
import sys
import time
from collections.abc import Iterable, Iterator

from tqdm import tqdm

log = logging.getLogger(__name__)
# Seconds between two plain lines.
INTERVAL = 15


class Progress:
    """Counts `total` units of work; use as a context manager."""

    def __init__(
        self,
        total: int,
        title: str,
        unit: str = "it",
        initial: int = 0,
        shown: bool = True,
        **bar,
    ):
        """`initial` units were done before. If not `shown`, units are only counted.

        `bar` holds more options of tqdm.
        """
        self._terminal = shown and sys.stderr.isatty()
        self._interval = INTERVAL if shown else math.inf
        self._bar = tqdm(
            total=total,
            desc=title,
            unit=unit,
            initial=initial,
            disable=not self._terminal,
            dynamic_ncols=True,
            **bar,
        )
        self._title, self._unit, self._total = title, unit, total
        self._initial = self.done = initial
        self._start = self._last = time.monotonic()
        self._note = ""

    def advance(self, n: int = 1) -> None:
        """Count `n` more units as done."""
        self.done += n
        self._bar.update(n)
        now = time.monotonic()
        if not self._terminal and now - self._last >= self._interval:
            self._last = now
            rate = (self.done - self._initial) / (now - self._start)
            left = tqdm.format_interval((self._total - self.done) / max(rate, 1e-9))
            log.info(
                "%s: %d of %d %s, %.1f %s/s, %s left%s",
                self._title,
                self.done,
                self._total,
                self._unit,
                rate,
                self._unit,
                left,
                self._note,
            )

    def note(self, text: str) -> None:
        """Show `text` behind the numbers from now on."""
        self._note = f", {text}"
        self._bar.set_postfix_str(text, refresh=False)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()


def track(items: Iterable, total: int, title: str, unit: str = "it") -> Iterator:
    """Yield the items; each counts as one unit."""
    with Progress(total, title, unit) as progress:
        for item in items:
            yield item
            progress.advance()
