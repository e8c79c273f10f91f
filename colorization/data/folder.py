"""Own photographs: trees of image files of any size and common format."""

import csv
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from colorization.data.dataset import SPLITS, ImageWriter, write_description
from colorization.data.image_file import load_rgb
from colorization.data.listing import Source, list_images
from colorization.data.windows import central_square, cut, random_window
from colorization.files import atomic
from colorization.log import StageError
from colorization.progress import track


def split_of(name: str, validation: float, test: float) -> str:
    """The split of an image, from a hash of its relative path alone."""
    value = (
        int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:8], "big") / 2**64
    )
    if value < test:
        return "test"
    return "validation" if value < test + validation else "train"


def read_windows(source: Source, size: int, windows: int) -> list[np.ndarray] | str:
    """The images (size, size, 3) cut from one file, or the reason why there is none.

    The first is the central square; the others are random windows no smaller than
    `size` where the photograph allows it, the same ones at every import.
    """
    try:
        image = load_rgb(Path(source.root, source.name))
    except (OSError, ValueError, SyntaxError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"
    seed = hashlib.sha256(os.fsencode(source.name)).digest()
    rng = np.random.default_rng(list(seed))
    boxes = [central_square(*image.size)]
    boxes += [random_window((0, 0, *image.size), size, rng) for _ in range(windows - 1)]
    return [cut(image, box, size) for box in boxes]


def _decode(
    sources: list[Source], size: int, windows: list[int], threads: int
) -> Iterator[list[np.ndarray] | str]:
    """`read_windows` of each source in order, on all threads, few results in flight."""
    step = 64 * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(sources), step):
            part = slice(start, start + step)
            yield from pool.map(
                lambda source, n: read_windows(source, size, n),
                sources[part],
                windows[part],
            )


def prepare(
    folder: Path,
    size: int,
    paths: list[str],
    shares: dict[str, float],
    windows: int,
    max_skipped: float,
    threads: int,
) -> None:
    """Write the splits, dataset.json, images.csv and skipped.csv into `folder`.

    `shares` gives the validation and test shares; a training photograph gives `windows`
    images. Raises StageError when more than the share `max_skipped` is unreadable.
    """
    sources = list_images(paths)
    if not sources:
        raise StageError(f"data.folder.paths: no image in {', '.join(paths)}")
    split_names = [split_of(source.name, **shares) for source in sources]
    counts = [windows if split == "train" else 1 for split in split_names]
    writers = {split: ImageWriter(folder / f"{split}.npy", size) for split in SPLITS}
    rows, skipped = [], []
    with writers["train"], writers["validation"], writers["test"]:
        results = _decode(sources, size, counts, threads)
        for source, split, result in zip(
            sources,
            split_names,
            track(results, len(sources), "import", "files"),
            strict=True,
        ):
            if isinstance(result, str):
                skipped.append((source.root, source.name, result))
                continue
            for image in result:
                rows.append(
                    (split, writers[split].entry["count"], source.root, source.name)
                )
                writers[split].append(image)
    _write_csv(folder / "images.csv", ("split", "index", "root", "file"), rows)
    _write_csv(folder / "skipped.csv", ("root", "file", "reason"), skipped)
    if len(skipped) > max_skipped * len(sources):
        raise StageError(
            f"{len(skipped)} of {len(sources)} images cannot be read, more than "
            f"data.folder.max_skipped = {max_skipped:g}; the first: {skipped[0][1]!r}: "
            f"{skipped[0][2]}"
        )
    splits = {split: writer.entry for split, writer in writers.items()}
    write_description(folder, "folder", size, splits, skipped=len(skipped))


def _write_csv(path: Path, header: tuple[str, ...], rows: list[tuple]) -> None:
    with (
        atomic(path) as temporary,
        open(temporary, "w", newline="", errors="replace") as file,
    ):
        csv.writer(file).writerows([header, *rows])
