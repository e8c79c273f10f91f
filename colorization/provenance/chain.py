"""All that an artifact was made from, record by record, to the data."""

import os
from collections.abc import Iterator
from pathlib import Path

from colorization.provenance.record import FOLDER, read_record
from colorization.runtime.files import file_digest
from colorization.runtime.log import StageError


def chain(path: Path | str) -> Iterator[tuple[str, str | None, dict | None]]:
    """Each file that `path` was made from, itself first: (file, what is wrong, record).

    A file without a record comes from outside. Raises StageError if `path` is missing.
    """
    path = Path(os.path.abspath(path))
    if not path.is_file():
        raise StageError(f"{path}: no such file")
    key, record = _find(path)
    root = Path(str(path).removesuffix(key))
    queue, seen = [(key, None)], set()
    while queue:
        key, expected = queue.pop(0)
        if key in seen:
            continue
        seen.add(key)
        record = _find(root / key)[1]
        yield key, _fault(root / key, expected, record), record
        queue += list(record["inputs"].items()) if record else []


def _find(path: Path) -> tuple[str, dict | None]:
    """The name by which a record knows `path`, and the newest such record."""
    records = {}
    for file in (f for folder in path.parents for f in folder.glob(f"{FOLDER}/*.json")):
        record = read_record(file)
        for key in record["outputs"]:
            if Path(key).parts == path.parts[-len(Path(key).parts) :]:
                records[record["started"]] = key, record
    return records[max(records)] if records else (path.name, None)


def _fault(path: Path, expected: str | None, record: dict | None) -> str | None:
    """Why what is at `path` is not what was used or made then."""
    if not path.is_file():
        return "is gone"
    known = {digest for key, digest in _outputs(record) if path.match(key)}
    found = file_digest(path)
    if expected and found != expected:
        return "has changed since it was used"
    return "has changed since it was made" if known and found not in known else None


def _outputs(record: dict | None) -> list[tuple[str, str]]:
    return list(record["outputs"].items()) if record else []
