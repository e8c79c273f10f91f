"""Colorizing files of photographs."""

import logging
import unicodedata
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from colorization.data.colorized import Memory, ProtectedFiles, Taken, result_name
from colorization.data.listing import Source
from colorization.images.image_file import (
    UNREADABLE,
    Photograph,
    count_pixels,
    quiet,
    read,
    save,
)
from colorization.inference.full_resolution import (
    Options,
    beside_gray,
    join_colours,
    predict_colours,
)
from colorization.inference.model_file import Model
from colorization.runtime.files import atomic, drop_leftovers, printable
from colorization.runtime.log import StageError, advice
from colorization.runtime.progress import Progress

log = logging.getLogger(__name__)
MAX_PIXELS = 1_000_000_000
# Pixels of 8 bits in flight at a time, but for one photograph that alone has more. Each
# takes at most 16 bytes: 1.6 GB, and the program takes 0.8 GB.
MOST_IN_FLIGHT = 100_000_000
ANOTHER_NAME = "give one of the two another name, or its result another folder"


@dataclass
class Colorizing:
    """What files are colorized with, several at a time."""

    model: Model
    out: Path
    options: Options
    protected: ProtectedFiles
    threads: int  # that join one photograph
    # The network runs in one thread: with every other, torch would start more threads.
    network: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "network")
    )

    def colorize(self, source: Source) -> dict[str, Any]:
        """Colorize one file to below `out`: its row in the table of `colorize_files`."""
        photograph = read(Path(*source), MAX_PIXELS)
        rgb, alpha, passed_on = photograph
        result = result_name(
            source.name, only_png=rgb.dtype == np.uint16 or alpha is not None
        )
        if overwritten := self.protected.overwritten_by(self.out / result):
            raise Taken(f"the result would overwrite {overwritten}")
        job = self.network.submit(predict_colours, self.model, rgb, self.options)
        beside = self.options.side_by_side
        coloured = join_colours(rgb, job.result(), self.threads, overwrite=not beside)
        if beside:
            coloured = beside_gray(rgb, coloured)
            alpha = alpha if alpha is None else np.concatenate([alpha, alpha], axis=1)
        _write(self.out / result, Photograph(coloured, alpha, passed_on))
        return dict(result=result, width=rgb.shape[1], height=rgb.shape[0], reason="")


def _write(path: Path, photograph: Photograph) -> None:
    try:
        drop_leftovers(path)
        with atomic(path) as temporary:
            save(temporary, photograph)
    except OSError as error:
        if line := advice(error):  # the disk is full, say: not the photograph's fault
            raise StageError(line) from None
        raise


def colorize_files(
    model: Model,
    sources: list[Source],
    out: Path,
    options: Options,
    memory: Memory | None = None,
) -> list[dict[str, Any]]:
    """Colorize files to below `out`, under their names; one row each.

    A row has photograph, result, width, height and, if it failed, the reason. What `memory`
    has is not done again; failures that may not happen again are not remembered.
    Several are in flight at a time, on all cores, which changes no result.
    Raises StageError when the results cannot be written.
    """
    rows: list[dict[str, Any]] = []
    protected = ProtectedFiles(sources)
    cores = torch.get_num_threads()
    work = Colorizing(
        model, out, options, protected, cores // min(cores, max(1, len(sources)))
    )

    def collect(photograph: _InFlight) -> None:
        row, transient = photograph.result()
        path = printable(Path(*photograph.source))
        if memory and photograph.is_new and not transient:
            memory.remember(photograph.source, row)
        if row["reason"]:
            log.error("%s: %s", path, row["reason"])
        else:
            protected.add(out / row["result"], f"that of {path}: {ANOTHER_NAME}")
        rows.append(dict(photograph=photograph.source.name) | row)
        progress.advance()

    flight: deque[_InFlight] = deque()
    with (
        Progress(len(sources), "colorize", "photographs") as progress,
        quiet(),
        work.network,
        ThreadPoolExecutor(cores) as pool,
    ):
        try:
            for source in sources:
                pixels = count_pixels(Path(*source)) or MOST_IN_FLIGHT
                while flight and not _may_start(source, pixels, flight, cores):
                    collect(flight.popleft())
                row = memory.recall(source) if memory else None
                if row and protected.overwritten_by(out / row["result"]):
                    row = None
                job = None if row else pool.submit(_row_of, work, source)
                flight.append(_InFlight(source, 0 if row else pixels, row, job))
            while flight:
                collect(flight.popleft())
        finally:
            for photograph in flight:
                photograph.cancel()
    return rows


@dataclass
class _InFlight:
    """A photograph that is being colorized, or that was before and waits for its turn."""

    source: Source
    pixels: int
    row: dict[str, Any] | None
    job: Future[tuple[dict[str, Any], bool]] | None

    @property
    def is_new(self) -> bool:
        return self.job is not None

    def result(self) -> tuple[dict[str, Any], bool]:
        """Its row, and whether it says of a failure that may not happen again."""
        if self.job is not None:
            return self.job.result()
        assert self.row is not None
        return self.row, False

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()


def _may_start(
    source: Source, pixels: int, flight: Iterable[_InFlight], most: int
) -> bool:
    """Whether one more photograph may be in flight.

    Two whose results may have one name are not: the second must see the first one's.
    """
    flight = list(flight)
    names = [_plain_name(photograph.source) for photograph in flight]
    total = pixels + sum(photograph.pixels for photograph in flight)
    return (
        len(flight) < most
        and total <= MOST_IN_FLIGHT
        and _plain_name(source) not in names
    )


def _plain_name(source: Source) -> str:
    """The name without what names of results add, and file systems overlook."""
    name = unicodedata.normalize("NFKC", source.name).casefold()
    while name.endswith(".png"):
        name = name.removesuffix(".png")
    return name


def _row_of(work: Colorizing, source: Source) -> tuple[dict[str, Any], bool]:
    """The row of a photograph, and whether it failed in a way that may pass."""
    try:
        return work.colorize(source), False
    except UNREADABLE as error:
        reason = printable(str(error) or type(error).__name__)
        # The file is missing or not readable, another result has its name, or memory
        # ran out.
        transient = bool(getattr(error, "errno", None))
        transient |= isinstance(error, Taken | MemoryError)
        return dict(result="", width=0, height=0, reason=reason), transient
