"""Digests of many files, each read again only when its size or times have changed.

Imported while the workflow is parsed: keep light.
"""

import os
import sqlite3
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from colorization.runtime.files import file_digest

# A file as young as this may change once more within one tick of the file system's
# clock: its digest is not remembered.
YOUNG = 2e9  # nanoseconds
# Seconds of reading before a bar appears.
PATIENCE = 2


def content_digests(paths: Iterable[str], memory: Path | None = None) -> dict[str, str]:
    """sha256 of each file by its path, `unreadable` where there is none to read.

    `memory`, a file, holds the digests known so far. It is a convenience: where it can
    be neither read nor written, all files are read.
    """
    paths = list(paths)
    known = _recall(memory) if memory else {}
    now, digests, learned = time.time_ns(), {}, []
    for path in tqdm(
        paths,
        "reading what changed",
        unit="files",
        delay=PATIENCE,
        leave=False,
        file=sys.stderr,
        dynamic_ncols=True,
    ):
        try:
            status = os.stat(path)
            # st_ctime, when the file came to this place or was written to, cannot be
            # set: other files are copied and unpacked with the size and time of this one.
            times = status.st_mtime_ns, status.st_ctime_ns
            key = os.path.abspath(path), status.st_size, *times
            if key not in known:
                known[key] = file_digest(path)
                if now - max(times) > YOUNG:
                    learned.append((*key, known[key]))
            digests[path] = known[key]
        except OSError:
            digests[path] = "unreadable"
    if memory and learned:
        _remember(memory, learned)
    return digests


def _recall(memory: Path) -> dict[tuple, str]:
    if not memory.exists():
        return {}
    try:
        with closing(sqlite3.connect(memory)) as database:
            rows = database.execute(
                "SELECT path, size, written, changed, digest FROM digests"
            )
            return {(os.fsdecode(path), *rest): digest for path, *rest, digest in rows}
    except (sqlite3.Error, OSError):
        return {}


def _remember(memory: Path, rows: list[tuple]) -> None:
    """One row a path: what was known of an older content is forgotten."""
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(memory)) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS digests (path BLOB PRIMARY KEY, "
                "size INTEGER, written INTEGER, changed INTEGER, digest TEXT)"
            )
            encoded = [(os.fsencode(path), *rest) for path, *rest in rows]
            insert = "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?)"
            database.executemany(insert, encoded)
    except (sqlite3.Error, OSError):
        pass
