"""Arrays and tables as stages hand them on: checked, and without code in them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from colorization.runtime.files import atomic
from colorization.runtime.log import StageError

UNDECODED = dict(encoding_errors="surrogateescape")


def read_array(path: Path | str, shape: tuple[int | None, ...]) -> np.ndarray:
    """A .npy file of finite numbers; None in `shape` is any length. Raises StageError."""
    try:
        with open(path, "rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError, OverflowError) as error:
        raise StageError(f"{path}: cannot read the array: {error}") from None
    if values.dtype.kind not in "iuf":
        raise StageError(f"{path}: not an array of numbers")
    pairs = zip(values.shape, shape, strict=False)
    if values.ndim != len(shape) or any(n not in (m, None) for m, n in pairs):
        wanted = " × ".join("n" if n is None else str(n) for n in shape)
        raise StageError(f"{path}: the shape is {values.shape}, not {wanted}")
    if not np.isfinite(values).all():
        raise StageError(f"{path}: holds values that are not finite")
    return values


def write_array(path: Path | str, values: np.ndarray) -> None:
    """Write a .npy file, atomically."""
    # numpy writes to a file through C's buffers, and may not notice that a disk is full.
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    with atomic(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def read_arrays(path: Path | str, names: list[str]) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, `names` among them. Raises StageError."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (
        OSError,
        ValueError,
        EOFError,
        TypeError,
        MemoryError,
        OverflowError,
        zipfile.BadZipFile,
    ) as error:
        raise StageError(f"{path}: cannot read the arrays: {error}") from None
    for name in names:
        if name not in arrays:
            raise StageError(f"{path}: the array {name!r} is missing")
    return arrays


def read_table(
    path: Path | str,
    columns: list[str],
    words: list[str] | None = None,
    optional: list[str] | None = None,
) -> pd.DataFrame:
    """A CSV file whose `columns` hold finite numbers, and whose `words` hold text.

    `optional` columns hold finite numbers or nothing. A word may be NA; bytes that are
    not UTF-8 are kept. Raises StageError.
    """
    words, optional = words or [], optional or []
    try:
        header = pd.read_csv(path, nrows=0, **UNDECODED).columns
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(words, str),
            keep_default_na=False,
            na_values={name: [""] for name in header if name not in words},
            **UNDECODED,
        )
    except (OSError, ValueError) as error:  # pandas raises ValueErrors
        raise StageError(f"{path}: cannot read the table: {error}") from None
    for column in [*columns, *optional, *words]:
        if column not in table:
            raise StageError(f"{path}: the column {column!r} is missing")
    for column in [*columns, *optional]:
        wrong = ~np.isfinite(pd.to_numeric(table[column], errors="coerce"))
        wrong &= table[column].notna() | (column not in optional)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0]) + 2
            raise StageError(f"{path}: line {row}: {column!r} is not a finite number")
    if table.empty:
        raise StageError(f"{path}: the table has no rows")
    return table
