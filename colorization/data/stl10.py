"""STL-10 (Coates, Lee, Ng 2011): its binary files, used in place."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from colorization.data.dataset import write_description
from colorization.runtime.files import atomic, file_digest
from colorization.runtime.log import StageError

SIZE = 96
# Bytes of an image: three planes, one after the other, each column by column.
IMAGE_BYTES = 3 * SIZE * SIZE


def count_images(path: Path) -> int:
    """Number of images in an `*_X.bin`. Raises StageError if it is missing or cut short."""
    if not path.is_file():
        raise StageError(
            f"{path}: missing; data.stl10.path must hold STL-10's binary files"
        )
    images, rest = divmod(path.stat().st_size, IMAGE_BYTES)
    if rest:
        raise StageError(
            f"{path}: cut short: its length is no multiple of {IMAGE_BYTES} bytes"
        )
    return images


def prepare(folder: Path, binary: Path, unlabeled: int, validation: int) -> None:
    """Write dataset.json and labels.csv into `folder`, which refer to files in `binary`.

    The last `validation` of the `unlabeled` images are the validation split, the others
    the training split. The test split is STL-10's, and `labelled` its 5,000 training
    images. Raises StageError if a file is missing or cut short.
    """
    unlabeled_file, test_file = binary / "unlabeled_X.bin", binary / "test_X.bin"
    count, tests = count_images(unlabeled_file), count_images(test_file)
    if count != unlabeled:
        raise StageError(
            f"{unlabeled_file}: holds {count:,} images, not data.stl10.unlabeled = {unlabeled:,}"
        )
    if (binary / "test_y.bin").stat().st_size != tests:
        raise StageError(
            f"{test_file}: cut short: {tests:,} images do not match test_y.bin"
        )
    if not validation < unlabeled:
        raise StageError(
            f"data.stl10.validation = {validation} leaves nothing to train on"
        )

    def entry(path: Path, offset: int, count: int, sha256: str) -> dict:
        # Relative to `folder`, so that results and images can be moved together.
        relative = os.path.relpath(path.resolve(), folder.resolve())
        return dict(
            file=str(path) if path.is_absolute() else relative,
            order="NCWH",
            offset=offset * IMAGE_BYTES,
            count=count,
            sha256=sha256,
        )

    labelled_file = binary / "train_X.bin"
    labelled = count_images(labelled_file)
    digest, train = file_digest(unlabeled_file), unlabeled - validation
    splits = dict(
        train=entry(unlabeled_file, 0, train, digest),
        validation=entry(unlabeled_file, train, validation, digest),
        test=entry(test_file, 0, tests, file_digest(test_file)),
        labelled=entry(labelled_file, 0, labelled, file_digest(labelled_file)),
    )
    _write_labels(folder, binary, dict(labelled=labelled, test=tests))
    write_description(folder, "stl10", SIZE, splits)


def _write_labels(folder: Path, binary: Path, counts: dict[str, int]) -> None:
    """Write labels.csv (split, index, label) from *_y.bin, where classes count from 1."""
    names = (binary / "class_names.txt").read_text(encoding="utf-8").split()
    frames = []
    for split, count in counts.items():
        file = binary / ("test_y.bin" if split == "test" else "train_y.bin")
        classes = np.fromfile(file, np.uint8)
        if (
            len(classes) != count
            or not np.isin(classes, np.arange(1, len(names) + 1)).all()
        ):
            raise StageError(
                f"{file}: not the classes 1…{len(names)} of {count:,} images"
            )
        label = [names[number - 1] for number in classes]
        frames.append(pd.DataFrame(dict(split=split, index=range(count), label=label)))
    with atomic(folder / "labels.csv") as temporary:
        pd.concat(frames).to_csv(temporary, index=False)
