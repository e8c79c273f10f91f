"""All files that an artifact was made from, by the records, back to the data."""

import os
from collections.abc import Iterator
from pathlib import Path

from colorization.provenance.record import FOLDER, Record, read_record
from colorization.runtime.files import file_digest
from colorization.runtime.log import StageError


def chain(path: Path | str) -> Iterator[tuple[str, str | None, Record | None]]:
    """Yield `path` and each file that it was made from: (file, what is wrong, record).

    A file without a record was not made by the workflow. Raises StageError if `path` is
    missing.
    """
    path = Path(os.path.abspath(path))
    if not path.is_file():
        raise StageError(f"{path}: no such file")
    key, _ = _newest_record(path)
    root = Path(str(path).removesuffix(key))
    queue, seen = [(key, None)], set()
    while queue:
        key, expected = queue.pop(0)
        if key in seen:
            continue
        seen.add(key)
        _, record = _newest_record(root / key)
        yield key, _fault(root / key, expected, record), record
        queue += list(record.inputs.items()) if record else []


def _newest_record(path: Path) -> tuple[str, Record | None]:
    """The name of `path` among the outputs of a record, and the newest such record."""
    records = {}
    for file in (f for folder in path.parents for f in folder.glob(f"{FOLDER}/*.json")):
        record = read_record(file)
        for key in record.outputs:
            if Path(key).parts == path.parts[-len(Path(key).parts) :]:
                records[record.started] = key, record
    return records[max(records)] if records else (path.name, None)


def _fault(path: Path, expected: str | None, record: Record | None) -> str | None:
    """How the file differs from the one that was used or made; None: it does not."""
    if not path.is_file():
        return "is gone"
    outputs = record.outputs.items() if record else ()
    recorded = {digest for key, digest in outputs if path.match(key)}
    digest = file_digest(path)
    if expected and digest != expected:
        return "has changed since it was used"
    if recorded and digest not in recorded:
        return "has changed since it was made"
    return None
