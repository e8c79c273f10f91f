"""Import folders and archives of photographs of any size and common format."""

import csv
import hashlib
import io
import logging
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from colorization.data.archive import Member, list_members
from colorization.data.dataset import SPLITS, ImageWriter, write_description
from colorization.data.listing import (
    Found,
    LeftOut,
    Source,
    list_photographs,
    named_paths,
)
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


class Photograph(NamedTuple):
    """A photograph and its split."""

    source: Source | Member
    split: str


def read_windows(
    source: Source | Member, size: int, windows: int
) -> list[np.ndarray] | str:
    """The images (size, size, 3) cut from one file, or the reason why it gives none.

    The first is the central square. The others are random windows, the same ones at each
    import, and no smaller than `size` if the photograph is large enough.
    """
    try:
        image = load_rgb(_file(source))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    seed = hashlib.sha256(os.fsencode(source.name)).digest()
    rng = np.random.default_rng(list(seed))
    boxes = [central_square(*image.size)]
    boxes += [random_window((0, 0, *image.size), size, rng) for _ in range(windows - 1)]
    return [cut(image, box, size) for box in boxes]


def _file(source: Source | Member) -> Path | io.BytesIO:
    if isinstance(source, Member):
        return io.BytesIO(source.content.read())
    return Path(source.root, source.name)


def _decode(
    photographs: list[Photograph], size: int, windows: int, threads: int
) -> Iterator[list[np.ndarray] | str]:
    """`read_windows` of each, in order, by `threads`; few results are in memory.

    Only photographs to train on give more than one window.
    """

    def read(photograph: Photograph) -> list[np.ndarray] | str:
        count = windows if photograph.split == "train" else 1
        return read_windows(photograph.source, size, count)

    step = 64 * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(photographs), step):
            yield from pool.map(read, photographs[start : start + step])


@dataclass(frozen=True)
class ImportSettings:
    """Which photographs become images, and how; fields are explained in the config."""

    paths: list[str]
    size: int  # of the images, in pixels
    validation: float  # shares of the photographs
    test: float
    windows: int  # images of a training photograph
    max_skipped: float  # share of unreadable files
    split: dict[str, list[str]] = field(default_factory=dict)  # instead of `paths`


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
    lists = named_paths(settings.paths, settings.split)
    found = list_photographs(lists, log.info, results)
    most, scratch = settings.max_skipped, folder / ".import"
    key = [identity, asdict(replace(settings, max_skipped=0))]
    names = [*(f"{split}.npy" for split in SPLITS), "images.csv", "skipped.csv"]
    with (
        only_one(folder / ".lock", "imports these photographs"),
        Growing(scratch, key, names) as growing,
        naming(folder),
        quiet(),
    ):
        photographs: list[Photograph] = []
        for name, files in found.items():
            sources = _with_members(files, scratch)
            if not sources:
                raise StageError(f"{name}: no image in {', '.join(lists[name])}")
            photographs += _in_splits(sources, name, settings)
        photographs.sort(key=lambda item: (item.source.name, item.source.root))
        entries, skipped = _import(growing, photographs, settings, threads)
        if len(skipped) > most * len(photographs):
            _, name, reason = skipped[0]
            if any(PASSING.match(reason) for *_, reason in skipped):
                growing.drop()  # so that all is read again
            raise StageError(
                f"{len(skipped)} of {len(photographs)} images cannot be read, more than "
                f"data.folder.max_skipped = {most:g}; the first: {name!r}: {reason}"
            )
        growing.publish(folder)
        write_description(
            folder, "folder", settings.size, entries, skipped=len(skipped)
        )


def _with_members(found: Found, scratch: Path) -> list[Source | Member]:
    """All photographs, those in archives too; `scratch` is as in `list_members`."""
    sources: list[Source | Member] = [*found.images]
    for archive in found.archives:
        left_out = LeftOut()
        sources += list_members(archive, scratch, left_out)
        for line in left_out.lines():
            log.info("in %s: %s", archive.path, line)
    return sources


def _in_splits(
    sources: list[Source | Member], key: str, settings: ImportSettings
) -> Iterator[Photograph]:
    """The photographs of the list that the config has under `key`, with their splits."""
    split = key.split(".")[-1]
    # Of photographs to train on, a share may be carved out.
    shares = dict(paths=(settings.validation, settings.test))
    if not settings.split.get("validation"):
        shares["train"] = (settings.validation, 0)
    for source in sources:
        hashed = split in shares and split_of(source.name, *shares[split])
        yield Photograph(source, hashed or split)


def _import(
    growing: Growing,
    photographs: list[Photograph],
    settings: ImportSettings,
    threads: int,
) -> tuple[dict, list[list[str]]]:
    """Read those that are not done. Returns entries of splits, rows of skipped.csv."""
    files, size, total = growing.files, settings.size, len(photographs)
    writers = {split: ImageWriter(files[f"{split}.npy"], size) for split in SPLITS}
    images, skipped = files["images.csv"], files["skipped.csv"]
    if growing.done:
        log.info("going on behind file %d of %d", growing.done, total)
        images.seek(0, os.SEEK_END)
        skipped.seek(0, os.SEEK_END)
    else:
        _write_row(images, "split", "index", "root", "file")
        _write_row(skipped, "root", "file", "reason")
    todo = photographs[growing.done :]
    results = _decode(todo, size, settings.windows, threads)
    with Progress(total, "import", "files", growing.done) as progress:
        for (source, split), result in zip(todo, results, strict=True):
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
