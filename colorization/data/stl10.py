"""STL-10 (Coates, Lee, Ng 2011): its binary files, used in place."""

import os
from pathlib import Path

from colorization.data.dataset import write_description
from colorization.files import file_digest
from colorization.log import StageError

SIZE = 96
# Bytes of an image: three planes, one after the other, each column by column.
IMAGE_BYTES = 3 * SIZE * SIZE
FILES = [
    "unlabeled_X.bin",
    "train_X.bin",
    "train_y.bin",
    "test_X.bin",
    "test_y.bin",
    "class_names.txt",
]


def count_images(path: Path) -> int:
    """Number of images in an `*_X.bin`; StageError if it is missing or cut short."""
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
    """Write dataset.json into `folder`, pointing at the files in `binary`.

    Train is `unlabeled` without its last `validation` images, which are the validation
    split; test is `test`. Raises StageError if a file is missing or cut short.
    """
    unlabeled_file, test_file = binary / "unlabeled_X.bin", binary / "test_X.bin"
    found, tests = count_images(unlabeled_file), count_images(test_file)
    if found != unlabeled:
        raise StageError(
            f"{unlabeled_file}: holds {found:,} images, not data.stl10.unlabeled = {unlabeled:,}"
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
        place = dict(
            file=os.path.relpath(path, folder),
            order="NCWH",
            offset=offset * IMAGE_BYTES,
        )
        return place | dict(count=count, sha256=sha256)

    digest, train = file_digest(unlabeled_file), unlabeled - validation
    splits = dict(
        train=entry(unlabeled_file, 0, train, digest),
        validation=entry(unlabeled_file, train, validation, digest),
        test=entry(test_file, 0, tests, file_digest(test_file)),
    )
    write_description(folder, "stl10", SIZE, splits)
