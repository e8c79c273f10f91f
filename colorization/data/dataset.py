"""A prepared dataset: uint8 images in memory-mapped files, described by dataset.json.

`dataset.json` holds a `Description`. The `order` of a split's bytes is NHWC, or NCWH for
STL-10's column-major planes; its `offset` is in bytes, its `sha256` that of its bytes.
"""

import hashlib
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import numpy as np
from pydantic import AfterValidator, Field

from colorization.runtime.files import write_json
from colorization.runtime.json_file import Stored, Text, read_json
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_table

SPLITS = ("train", "validation", "test")


class Split(Stored):
    """Where the images of a split lie; `file` is relative to dataset.json."""

    file: Text
    order: Literal["NHWC", "NCWH"]
    offset: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=0)]
    sha256: str


def _whole(splits: dict[str, Split]) -> dict[str, Split]:
    for name in SPLITS:
        if name not in splits:
            raise ValueError(f"{name!r} is missing")
    return splits


class Description(Stored):
    """What dataset.json holds."""

    source: str
    size: Annotated[int, Field(ge=1)]
    splits: Annotated[dict[str, Split], AfterValidator(_whole)]
    photographs: list[str] | None = None  # of the sample: their names
    skipped: int | None = None  # of a folder: files that could not be read


class ImageWriter:
    """Appends images to an .npy file of uint8 (N, size, size, 3).

    `file` is open for reading and writing, and may hold images. N may grow without limit.
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
        """Complete the file. Returns its entry in dataset.json, under the file's `name`."""
        self._write_header()
        return dict(
            file=name,
            order="NHWC",
            offset=self._offset,
            count=self._count,
            sha256=self._digest.hexdigest(),
        )


def write_description(
    folder: Path, source: str, size: int, splits: dict, **more
) -> None:
    """Write dataset.json, after checking that no split is empty."""
    description = Description(source=source, size=size, splits=splits, **more)
    for name in SPLITS:
        if not description.splits[name].count:
            raise StageError(
                f"{source}: the {name} split is empty: give it more images or a larger share"
            )
    write_json(folder / "dataset.json", description.model_dump(exclude_unset=True))


def read_description(path: Path | str) -> Description:
    """The parsed dataset.json at `path`. Raises StageError."""
    return read_json(path, Description)


def read_labels(dataset_json: Path | str, split: str) -> tuple[np.ndarray, list[str]]:
    """Class numbers int64 (N,) of a split's images, and the names of all classes.

    They come from labels.csv (split, index, label) beside dataset.json, and are in the
    order of the images. Raises StageError for a dataset or split without labels.
    """
    labels = Path(dataset_json).with_name("labels.csv")
    if not labels.exists():
        raise StageError(f"{dataset_json}: there are no labels")
    table = read_table(labels, ["index"], ["split", "label"])
    if (table["label"] == "").any():
        raise StageError(f"{labels}: an image has no label")
    if split not in set(table["split"]):
        raise StageError(f"{dataset_json}: the {split} split has no labels")
    classes = sorted(table["label"].unique())
    rows = table[table["split"] == split].sort_values("index")
    # A copy: pandas may give a read-only array, which PyTorch warns about.
    return rows["label"].map(classes.index).to_numpy(np.int64, copy=True), classes


def open_split(dataset_json: Path | str, split: str) -> np.ndarray:
    """Images uint8 (N, H, W, 3) of one split as a read-only memory map, any strides.

    Raises StageError when a file is missing or too short.
    """
    description = read_description(dataset_json)
    entry, size = description.splits[split], description.size
    file, order, count = (
        Path(dataset_json).parent / entry.file,
        entry.order,
        entry.count,
    )
    shape = (count, size, size, 3) if order == "NHWC" else (count, 3, size, size)
    try:
        images = np.memmap(file, np.uint8, "r", entry.offset, shape)
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise StageError(f"{file}: cannot map {count} images: {error}") from None
    # A plain array on top of the map: slicing a memmap costs ten times as much.
    return (
        np.asarray(images)
        if order == "NHWC"
        else np.asarray(images).transpose(0, 3, 2, 1)
    )
