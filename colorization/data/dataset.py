"""A prepared dataset: uint8 images in memory-mapped files, described by dataset.json.

`dataset.json` holds {"source", "size", "splits"}; a split has `file` (relative to the
JSON), `order` ("NHWC", or "NCWH" for STL-10's column-major planes), `offset`
in bytes, `count`, and the `sha256` of its bytes.
"""

import hashlib
import mmap
from pathlib import Path
from typing import BinaryIO

import numpy as np

from colorization.runtime.files import write_json
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_json, read_table

SPLITS = ("train", "validation", "test")
ORDERS = ("NHWC", "NCWH")
_NATURAL = dict(type="integer", minimum=0)
_ENTRY = dict(
    type="object",
    required=["file", "order", "offset", "count", "sha256"],
    properties=dict(
        file=dict(type="string"),
        order=dict(enum=ORDERS),
        offset=_NATURAL,
        count=_NATURAL,
        sha256=dict(type="string"),
    ),
)
# JSON Schema of dataset.json.
DESCRIPTION = dict(
    type="object",
    required=["source", "size", "splits"],
    properties=dict(
        source=dict(type="string"),
        size=dict(type="integer", minimum=1),
        splits=dict(type="object", required=SPLITS, additionalProperties=_ENTRY),
    ),
)


class ImageWriter:
    """Appends images to an .npy of uint8 (N, size, size, 3), behind those that it holds.

    `file` is open for reading and writing. N need not be known beforehand.
    """

    def __init__(self, file: BinaryIO, size: int):
        self._file, self._size, self._count = file, size, 0
        self._digest = hashlib.sha256()
        self._write_header()
        self._offset = file.tell()
        while image := file.read(3 * size**2):
            self._digest.update(image)
            self._count += 1

    def _write_header(self) -> None:
        shape = (self._count, self._size, self._size, 3)
        header = dict(descr="|u1", fortran_order=False, shape=shape)
        self._file.seek(0)
        # numpy pads the header so that the first axis can grow in place.
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, image: np.ndarray) -> None:
        """Append one uint8 image (size, size, 3)."""
        data = np.ascontiguousarray(image, np.uint8).tobytes()
        self._file.write(data)
        self._digest.update(data)
        self._count += 1

    @property
    def count(self) -> int:
        """How many images there are."""
        return self._count

    def finish(self, name: str) -> dict:
        """Complete the file; what dataset.json says of it under a name."""
        self._write_header()
        place = dict(file=name, order="NHWC", offset=self._offset)
        return place | dict(count=self._count, sha256=self._digest.hexdigest())


def write_description(
    folder: Path, source: str, size: int, splits: dict, **more
) -> None:
    """Write dataset.json, after checking that no split is empty."""
    for split in SPLITS:
        if not splits[split]["count"]:
            raise StageError(
                f"{source}: the {split} split is empty: give it more images or a larger share"
            )
    description = dict(source=source, size=size, splits=splits) | more
    write_json(folder / "dataset.json", description)


def read_description(path: Path | str) -> dict:
    """The parsed dataset.json at `path`. Raises StageError."""
    return read_json(path, DESCRIPTION)


def read_labels(path: Path | str, split: str) -> tuple[np.ndarray, list[str]]:
    """Class numbers int64 (N,) of a split's images, and the classes' names.

    They are in labels.csv beside dataset.json (split, index, label), in the images'
    order. Raises StageError for a dataset or split without labels.
    """
    labels = Path(path).with_name("labels.csv")
    if not labels.exists():
        raise StageError(f"{path}: there are no labels")
    table = read_table(labels, ["index"], ["split", "label"])
    if (table["label"] == "").any():
        raise StageError(f"{labels}: an image has no label")
    if split not in set(table["split"]):
        raise StageError(f"{path}: the {split} split has no labels")
    classes = sorted(table["label"].unique())
    rows = table[table["split"] == split].sort_values("index")
    # A copy: what pandas gives may be read-only, and PyTorch warns of that.
    return rows["label"].map(classes.index).to_numpy(np.int64, copy=True), classes


def open_split(path: Path | str, split: str) -> np.ndarray:
    """Images uint8 (N, H, W, 3) of one split as a read-only memory map, any strides.

    `path` is the dataset.json. Raises StageError when the file is missing or too short.
    """
    path = Path(path)
    description = read_description(path)
    entry, size = description["splits"][split], description["size"]
    file, order = path.parent / entry["file"], entry["order"]
    shape = (
        (entry["count"], size, size, 3)
        if order == "NHWC"
        else (entry["count"], 3, size, size)
    )
    try:
        images = np.memmap(file, np.uint8, "r", entry["offset"], shape)
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise StageError(
            f"{file}: cannot map {entry['count']} images: {error}"
        ) from None
    # A plain array on top of the map: slicing a memmap costs ten times as much.
    return (
        np.asarray(images)
        if order == "NHWC"
        else np.asarray(images).transpose(0, 3, 2, 1)
    )


def forget_pages(images: np.ndarray) -> None:
    """Give back the memory of the pages that were read through a memory map.

    They stay in the system's cache; without this, a process that reads a file to its end
    counts all of it as its own memory.
    """
    base = images
    while isinstance(base, np.ndarray):
        base = base.base
    # numpy's stubs say that the base of an array is an array.
    if isinstance(base, mmap.mmap):  # pyright: ignore[reportUnnecessaryIsInstance]
        base.madvise(mmap.MADV_DONTNEED)
