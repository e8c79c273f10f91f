"""Arrays, tables and JSON as stages hand them on: checked, and without code in them."""

import io
import json
import zipfile
from pathlib import Path
from textwrap import shorten
from typing import Any

import jsonschema
import jsonschema.exceptions
import numpy as np
import pandas as pd

from colorization.method.constants import BASELINES, MODEL
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError

UNDECODED = dict(encoding_errors="surrogateescape")
INTERVAL = dict(
    type="object",
    required=["value"],
    additionalProperties=dict(type="number"),
)
# JSON Schema of metrics.json: method to metric to value, and the ends of its interval.
METRICS = dict(
    type="object",
    required=["images", "methods", "unavailable"],
    properties=dict(
        images=dict(type="integer", minimum=1),
        methods=dict(
            type="object",
            required=[MODEL, *BASELINES],
            additionalProperties=dict(
                type="object",
                required=["auc", "auc_rebalanced", "colourfulness"],
                additionalProperties=INTERVAL,
            ),
        ),
        unavailable=dict(
            type="object",
            propertyNames=dict(enum=["lpips", "fid", "kid", "classified"]),
            additionalProperties=dict(type="string"),
        ),
    ),
)


def read_array(path: Path | str, shape: tuple[int | None, ...]) -> np.ndarray:
    """A .npy file of finite numbers; None in `shape` is any length. Raises StageError."""
    try:
        with open(path, "rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError, OverflowError) as error:
        raise StageError(f"{path}: cannot read the array: {error}") from None
    if values.dtype.kind not in "iuf":
        raise StageError(f"{path}: not an array of numbers")
    fits = zip(values.shape, shape, strict=False)
    if values.ndim != len(shape) or any(n not in (m, None) for m, n in fits):
        wanted = " × ".join("n" if n is None else str(n) for n in shape)
        raise StageError(f"{path}: the shape is {values.shape}, not {wanted}")
    if not np.isfinite(values).all():
        raise StageError(f"{path}: holds values that are not finite")
    return values


def write_array(path: Path | str, values: np.ndarray) -> None:
    """Write a .npy file, atomically."""
    # Into a file numpy writes through C's buffers, and may not notice that a disk is full.
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    with atomic(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def read_arrays(path: Path | str, names: list[str]) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, `names` among them. Raises StageError."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
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
        if name not in found:
            raise StageError(f"{path}: the array {name!r} is missing")
    return found


def read_json(path: Path | str, schema: dict[str, Any]) -> Any:
    """What a JSON file holds, as a JSON Schema allows it. Raises StageError."""
    try:
        found = json.loads(
            Path(path).read_text(encoding="utf-8"), parse_constant=_refuse
        )
    except (OSError, ValueError, RecursionError) as error:
        raise StageError(f"{path}: cannot read the JSON: {error}") from None
    errors = jsonschema.Draft202012Validator(schema).iter_errors(found)
    if error := jsonschema.exceptions.best_match(errors):
        place = "".join(f"{key}: " for key in error.absolute_path)
        raise StageError(f"{path}: {place}{shorten(error.message, 200)}")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"holds {constant}, which is no JSON")


def read_table(
    path: Path | str,
    columns: list[str],
    words: list[str] | None = None,
    optional: list[str] | None = None,
) -> pd.DataFrame:
    """A CSV file whose `columns` hold finite numbers, and whose `words` hold text.

    Columns that are `optional` hold finite numbers or nothing. A word may be NA, and
    bytes that are not UTF-8 stay as they are. Raises StageError.
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
    except (OSError, ValueError) as error:  # pandas' own are ValueErrors
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
