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

# Of this machine, in names that several may share a folder of.
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]

# Characters of a name that a temporary one begins with: file systems take 255 bytes.
LONGEST = 50


@contextmanager
def naming(path: Path | str) -> Generator[None, None, None]:
    """Say of an error of writing which file it is about."""
    try:
        yield
    except OSError as error:
        if error.errno and not error.filename:
            error.filename = str(path)
        raise


@contextmanager
def atomic(path: Path | str) -> Generator[Path, None, None]:
    """Yield a temporary path beside `path`; on success it takes the name `path`.

    The data is on the disk before the name is; on an error the temporary is removed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: writers such as numpy and matplotlib choose the format by it.
    name = f".{path.stem[:LONGEST]}.{HOST}-{os.getpid()}.part{path.suffix}"
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
    """Remove what killed writers of `path`, on this machine, have left beside it."""
    path = Path(path)
    stem, suffix = re.escape(path.stem[:LONGEST]), re.escape(path.suffix)
    name = re.compile(rf"\.{stem}\.{HOST}-(\d{{1,9}})\.part{suffix}")
    for other in path.parent.glob(".*"):
        match = name.fullmatch(other.name)
        if match and not _is_alive(int(match[1])):
            other.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON, atomically; NaN is an error."""
    with atomic(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )


def as_list(paths: str | Iterable[str]) -> list[str]:
    """Paths as a list: a list of one file is what Snakemake hands on as its name alone."""
    return [paths] if isinstance(paths, str) else list(paths)


def printable(text: Any) -> str:
    """Text in one line that any terminal and log can show, whatever a file is called."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def file_digest(path: Path | str, algorithm: str = "sha256") -> str:
    """Hex digest of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
