"""Results of colorize: their names, which are done, and which got lost.

Imported while the workflow is parsed: keep light.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from colorization.data.listing import MARK, SUFFIXES, Source, list_images
from colorization.runtime.file_digests import content_digests
from colorization.runtime.files import file_digest, write_json
from colorization.runtime.log import StageError

# Files in the folder of the results.
DONE, LISTED = ".done.jsonl", ".listed.json"
NOTE = "Results of colorize: images in this folder are not taken for photographs."


def result_name(name: str, only_png: bool) -> str:
    """The name of a photograph's result: the same name, if that kind of file can hold it.

    `only_png` says that a JPEG cannot. x.tif becomes x.tif.png, so x.tif.png becomes
    x.tif.png.png, whether there is an x.tif or not: no two names give the same one.
    """
    stem, ending = os.path.splitext(name.lower())
    kept = (".png",) if only_png else (".png", ".jpg", ".jpeg")
    has_two_endings = os.path.splitext(stem)[1] in SUFFIXES
    return name if ending in kept and not has_two_endings else f"{name}.png"


def claim(out: Path, roots: list[str]) -> None:
    """Mark `out` as a folder of results, which is never listed, if it holds no images.

    Raises StageError if an unmarked `out` holds photographs of one of the `roots`:
    results could not be told from photographs.
    """
    if out.exists() and not out.is_dir():
        raise StageError(f"{out} is no folder")
    if not out.exists() or not list_images([str(out)]):
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text(f"{NOTE}\n", encoding="utf-8")
    elif not (out / MARK).exists():
        above = {out.resolve(), *out.resolve().parents}
        for root in roots:
            if os.path.isdir(root) and Path(root).resolve() in above:
                raise StageError(
                    f"{out} holds photographs of {root}: choose another folder for the "
                    "results"
                )


class Taken(ValueError):
    """A result would be written over a photograph, or over another's result."""


class ProtectedFiles:
    """Files that no result may be written over: photographs, and other results."""

    def __init__(self, sources: Iterable[Source]):
        self._files: dict[str, list[tuple[Path, str]]] = {}
        for source in sources:
            path = Path(*source)
            self.add(
                path, f"the photograph {path}: choose another folder for the results"
            )

    def add(self, path: Path, message: str) -> None:
        """Protect `path`; `message` says which file it is and what to do."""
        self._files.setdefault(_folded(path), []).append((path, message))

    def overwritten_by(self, path: Path) -> str | None:
        """The message of the file that writing to `path` would overwrite; None: no file.

        Some file systems take a.jpg and A.JPG, or two spellings of é, for one name.
        """
        for protected, message in self._files.get(_folded(path), []):
            if path.exists() and protected.exists() and path.samefile(protected):
                return message
        return None


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFKC", os.path.realpath(path)).casefold()


class Memory:
    """Rows of photographs that were colorized before, in a file of JSON lines.

    A row holds as long as the photograph, what colorized it (`key`) and the result are
    the same.
    """

    def __init__(self, out: Path, key: str):
        self._path, self._out, self._key, self._rows = out / DONE, out, key, {}
        self.added = 0
        if self._path.exists():
            text = self._path.read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                try:
                    entry = json.loads(line)
                    self._rows[entry["id"]] = entry["row"]
                except (ValueError, KeyError, TypeError):
                    continue  # a line that was cut off

    def _id(self, source: Source) -> str:
        content = file_digest(Path(*source))
        text = json.dumps([source.name, content, self._key])
        return hashlib.sha256(text.encode()).hexdigest()

    def recall(self, source: Source) -> dict | None:
        """The row of an earlier run, if its result is still there."""
        try:
            row = self._rows.get(self._id(source))
        except OSError:
            return None
        holds = row and (row["reason"] or self._is_whole(row))
        return row if holds else None

    def _is_whole(self, row: dict) -> bool:
        result = self._out / row["result"]
        return result.is_file() and file_digest(result) == row["digest"]

    def remember(self, source: Source, row: dict) -> None:
        """Write down a row, with the digest of its result, which is added to `row`."""
        self.added += 1
        if row["result"]:
            row["digest"] = file_digest(self._out / row["result"])
        try:
            line = json.dumps(dict(id=self._id(source), row=row))
        except OSError:
            return  # the photograph has gone
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")  # the line before may have been cut off


def write_listed(out: Path, rows: list[dict], lost: int) -> None:
    """Write down the results of a table, and how many were `lost` until now."""
    results = {row["result"]: row["digest"] for row in rows if row["result"]}
    write_json(out / LISTED, dict(lost=lost, results=results))


def count_lost(out: Path, memory: Path | None = None) -> int:
    """How many results were ever lost or changed, up to now.

    The number changes when a result is lost, but not when it is made again. `memory` is
    as in `content_digests`.
    """
    try:
        listed = json.loads((out / LISTED).read_text(encoding="utf-8"))
        lost, results = int(listed["lost"]), dict(listed["results"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    digests = {str(out / name): digest for name, digest in results.items()}
    current = content_digests(digests, memory)
    return lost + sum(current[path] != digest for path, digest in digests.items())
