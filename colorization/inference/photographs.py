"""Colorizing files of photographs."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from colorization.data.colorized import Memory, ProtectedFiles, Taken, result_name
from colorization.data.listing import Source
from colorization.images.image_file import (
    UNREADABLE,
    Photograph,
    load,
    save,
)
from colorization.inference.full_resolution import Options, beside_gray, colorize_array
from colorization.inference.model_file import Model
from colorization.runtime.files import atomic, drop_leftovers, printable
from colorization.runtime.log import StageError, advice
from colorization.runtime.progress import Progress

log = logging.getLogger(__name__)
MAX_PIXELS = 1_000_000_000
ANOTHER_NAME = "give one of the two another name, or its result another folder"


def colorize_file(
    model: Model,
    source: Source,
    out: Path,
    options: Options,
    protected: ProtectedFiles,
) -> dict[str, Any]:
    """Colorize one file to below `out`. its row in the table of `colorize_files`."""
    photograph = load(Path(*source), MAX_PIXELS)
    alpha, deep = photograph.alpha, photograph.rgb.dtype == np.uint16
    result = result_name(source.name, only_png=deep or alpha is not None)
    if overwritten := protected.overwritten_by(out / result):
        raise Taken(f"the result would overwrite {overwritten}")
    coloured = colorize_array(model, photograph.rgb, options)
    if options.side_by_side:
        coloured = beside_gray(photograph.rgb, coloured)
        alpha = alpha if alpha is None else np.concatenate([alpha, alpha], axis=1)
    _write(out / result, Photograph(coloured, alpha, photograph.exif))
    height, width = photograph.rgb.shape[:2]
    return dict(result=result, width=width, height=height, reason="")


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
    Raises StageError when the results cannot be written.
    """
    rows: list[dict[str, Any]] = []
    protected = ProtectedFiles(sources)
    with Progress(len(sources), "colorize", "photographs") as progress:
        for source in sources:
            row: dict[str, Any] | None = memory.recall(source) if memory else None
            transient = False
            if row and protected.overwritten_by(out / row["result"]):
                row = None
            if row is None:
                try:
                    row = colorize_file(model, source, out, options, protected)
                except UNREADABLE as error:
                    reason = printable(str(error) or type(error).__name__)
                    row = dict(result="", width=0, height=0, reason=reason)
                    # The file is missing or not readable, another result has its name,
                    # or memory ran out.
                    transient = bool(getattr(error, "errno", None))
                    transient |= isinstance(error, Taken | MemoryError)
                if memory and not transient:
                    memory.remember(source, row)
            path = printable(Path(*source))
            if row["reason"]:
                log.error("%s: %s", path, row["reason"])
            else:
                protected.add(out / row["result"], f"that of {path}: {ANOTHER_NAME}")
            rows.append(dict(photograph=source.name) | row)
            progress.advance()
    return rows
