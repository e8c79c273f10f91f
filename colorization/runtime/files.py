"""Files that are either whole or absent, and their digests."""

import hashlib
import json
import os
import re
import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Marks temporary files of this machine: several machines may write into one folder.
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]

# Characters of a file's name that its temporary name repeats: a name may have 255 bytes.
KEPT_CHARACTERS = 50


@contextmanager
def naming(path: Path | str) -> Generator[None]:
    """Add the name of the file to an OSError that names none."""
    try:
        yield
    except OSError as error:
        if error.errno and not error.filename:
            error.filename = str(path)
        raise


@contextmanager
def atomic(path: Path | str) -> Generator[Path]:
    """Yield a temporary path beside `path`; on success the file is renamed to `path`.

    The data is synced to disk before that. On an error the temporary file is removed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: numpy and matplotlib choose the format by it.
    name = f".{path.stem[:KEPT_CHARACTERS]}.{HOST}-{os.getpid()}.part{path.suffix}"
    temporary = path.with_name(name)
    try:
        with naming(path):
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def drop_leftovers(path: Path | str) -> None:
    """Remove temporary files that killed writers of `path` on this machine left."""
    path = Path(path)
    stem, suffix = re.escape(path.stem[:KEPT_CHARACTERS]), re.escape(path.suffix)
    name = re.compile(rf"\.{stem}\.{HOST}-(\d{{1,9}})\.part{suffix}")
    for file in path.parent.glob(".*"):
        match = name.fullmatch(file.name)
        if match and not _is_alive(int(match[1])):
            file.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON, atomically; NaN is an error."""
    with atomic(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )


def as_list(paths: str | Iterable[str]) -> list[str]:
    """Paths as a list: Snakemake hands on a list of one path as a string."""
    return [paths] if isinstance(paths, str) else list(paths)


def printable(text: Any) -> str:
    """Text on one line for logs and terminals; what they cannot print is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def file_digest(path: Path | str, algorithm: str = "sha256") -> str:
    """Hex digest of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
