"""Import folders of photographs of any size and common format as a dataset."""

import csv
import hashlib
import io
import logging
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from colorization.data.dataset import SPLITS, ImageWriter, write_description
from colorization.data.listing import Source, list_images
from colorization.data.resumable_files import Growing
from colorization.data.windows import central_square, cut, random_window
from colorization.images.image_file import UNREADABLE, load_rgb, quiet
from colorization.runtime.files import naming
from colorization.runtime.lock import only_one
from colorization.runtime.log import StageError
from colorization.runtime.progress import Progress

log = logging.getLogger(__name__)
# Reasons that may pass: the file is missing, not readable, or memory ran out.
PASSING = re.compile(r"\w+: \[Errno |MemoryError")


def split_of(name: str, validation: float, test: float) -> str:
    """The split of a photograph, from a hash of its path below its folder."""
    value = (
        int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:8], "big") / 2**64
    )
    if value < test:
        return "test"
    return "validation" if value < test + validation else "train"


def read_windows(source: Source, size: int, windows: int) -> list[np.ndarray] | str:
    """The images (size, size, 3) cut from one file, or the reason why it gives none.

    The first is the central square. The others are random windows, the same ones at each
    import, and no smaller than `size` if the photograph is large enough.
    """
    try:
        image = load_rgb(Path(source.root, source.name))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    seed = hashlib.sha256(os.fsencode(source.name)).digest()
    rng = np.random.default_rng(list(seed))
    boxes = [central_square(*image.size)]
    boxes += [random_window((0, 0, *image.size), size, rng) for _ in range(windows - 1)]
    return [cut(image, box, size) for box in boxes]


def _decode(
    sources: list[Source], size: int, windows: list[int], threads: int
) -> Iterator[list[np.ndarray] | str]:
    """`read_windows` of each source, in order, by `threads`; few results are in memory."""
    step = 64 * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(sources), step):
            chunk = slice(start, start + step)
            yield from pool.map(
                lambda source, n: read_windows(source, size, n),
                sources[chunk],
                windows[chunk],
            )


@dataclass(frozen=True)
class ImportSettings:
    """Which photographs become images, and how; fields are explained in the config."""

    paths: list[str]
    size: int  # of the images, in pixels
    validation: float  # shares of the photographs
    test: float
    windows: int  # images of a training photograph
    max_skipped: float  # share of unreadable files


def prepare(
    folder: Path,
    settings: ImportSettings,
    threads: int,
    identity: str,
    results: Path | None = None,
) -> None:
    """Write the splits, dataset.json, images.csv and skipped.csv into `folder`.

    A stopped import goes on if its settings and its `identity`, a digest of photographs
    and code, are the same. `results` is as in `list_images`. Raises StageError when more
    than the share `max_skipped` of the photographs cannot be read.
    """
    sources = list_images(settings.paths, log.info, results)
    if not sources:
        raise StageError(f"data.folder.paths: no image in {', '.join(settings.paths)}")
    most = settings.max_skipped
    key = [identity, asdict(replace(settings, max_skipped=0))]
    names = [*(f"{split}.npy" for split in SPLITS), "images.csv", "skipped.csv"]
    with (
        only_one(folder / ".lock", "imports these photographs"),
        Growing(folder / ".import", key, names) as growing,
        naming(folder),
        quiet(),
    ):
        entries, skipped = _import(growing, sources, settings, threads)
        if len(skipped) > most * len(sources):
            _, name, reason = skipped[0]
            if any(PASSING.match(reason) for *_, reason in skipped):
                growing.drop()  # so that all is read again
            raise StageError(
                f"{len(skipped)} of {len(sources)} images cannot be read, more than "
                f"data.folder.max_skipped = {most:g}; the first: {name!r}: {reason}"
            )
        growing.publish(folder)
        write_description(
            folder, "folder", settings.size, entries, skipped=len(skipped)
        )


def _import(
    growing: Growing, sources: list[Source], settings: ImportSettings, threads: int
) -> tuple[dict, list[list[str]]]:
    """Read the sources that are not done. Returns entries of splits, rows of skipped.csv."""
    files, size, windows = growing.files, settings.size, settings.windows
    writers = {split: ImageWriter(files[f"{split}.npy"], size) for split in SPLITS}
    images, skipped = files["images.csv"], files["skipped.csv"]
    if growing.done:
        log.info("going on behind file %d of %d", growing.done, len(sources))
        images.seek(0, os.SEEK_END)
        skipped.seek(0, os.SEEK_END)
    else:
        _write_row(images, "split", "index", "root", "file")
        _write_row(skipped, "root", "file", "reason")
    todo = sources[growing.done :]
    shares = settings.validation, settings.test
    splits = [split_of(source.name, *shares) for source in todo]
    counts = [windows if split == "train" else 1 for split in splits]
    results = _decode(todo, size, counts, threads)
    with Progress(len(sources), "import", "files", growing.done) as progress:
        for source, split, result in zip(todo, splits, results, strict=True):
            if isinstance(result, str):
                _write_row(skipped, source.root, source.name, result)
                result = []
            for image in result:
                row = split, writers[split].count, source.root, source.name
                _write_row(images, *row)
                writers[split].append(image)
            progress.advance()
            growing.advance()
    entries = {split: writers[split].finish(f"{split}.npy") for split in SPLITS}
    growing.save()
    skipped.seek(0)
    rows = csv.reader(io.StringIO(skipped.read().decode(), newline=""))
    return entries, list(rows)[1:]


def _write_row(file: BinaryIO, *fields) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(fields)
    file.write(text.getvalue().encode(errors="replace"))
