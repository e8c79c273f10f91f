"""What photographs become: names of the results, what is done, and what got lost.

Imported while the workflow is parsed: keep light.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from colorization.data.listing import MARK, SUFFIXES, Source, list_images
from colorization.runtime.contents import content_digests
from colorization.runtime.files import file_digest, write_json
from colorization.runtime.log import StageError

# In the folder of the results.
DONE, LISTED = ".done.jsonl", ".listed.json"
NOTE = "Results of colorize: images in this folder are not taken for photographs."


def result_name(name: str, only_png: bool) -> str:
    """The name of what comes out: the same, if a file of that kind can hold it.

    `only_png` says that a JPEG cannot. x.tif becomes x.tif.png; so that this is free,
    x.tif.png becomes x.tif.png.png, whether there is an x.tif or not.
    """
    stem, ending = os.path.splitext(name.lower())
    keeps = (".png",) if only_png else (".png", ".jpg", ".jpeg")
    extended = os.path.splitext(stem)[1] in SUFFIXES
    return name if ending in keeps and not extended else f"{name}.png"


def claim(out: Path, roots: list[str]) -> None:
    """Mark a folder without images as one for results, so that it is never listed.

    Raises StageError for one that holds photographs of a folder among the `roots`: it
    could not be told what in it is a result.
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


class Names:
    """The files that no result may be written over."""

    def __init__(self, sources: Iterable[Source]):
        self._files: dict[str, list[tuple[Path, str]]] = {}
        for source in sources:
            path = Path(*source)
            why = f"the photograph {path}: choose another folder for the results"
            self.add(path, why)

    def add(self, path: Path, why: str) -> None:
        """Let nothing be written over `path`; `why` says what it is and what to do."""
        self._files.setdefault(_folded(path), []).append((path, why))

    def holder(self, path: Path) -> str | None:
        """The `why` of the file that would be written over with `path`, if there is one.

        Some file systems take a.jpg and A.JPG, or two ways to write é, for one name.
        """
        for other, why in self._files.get(_folded(path), []):
            if path.exists() and other.exists() and path.samefile(other):
                return why
        return None


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFKC", os.path.realpath(path)).casefold()


class Memory:
    """What was colorized before, in a file of lines: each photograph is done once.

    A line counts as long as the photograph, what colorized it (`key`) and the result are
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
                    continue  # one that was cut off

    def _id(self, source: Source) -> str:
        content = file_digest(Path(*source))
        text = json.dumps([source.name, content, self._key])
        return hashlib.sha256(text.encode()).hexdigest()

    def known(self, source: Source) -> dict | None:
        """The row of before, if its result is still there."""
        try:
            row = self._rows.get(self._id(source))
        except OSError:
            return None
        there = row and (row["reason"] or self._is_whole(row))
        return row if there else None

    def _is_whole(self, row: dict) -> bool:
        result = self._out / row["result"]
        return result.is_file() and file_digest(result) == row["digest"]

    def done(self, source: Source, row: dict) -> None:
        """Remember a row; its result's digest is added to it."""
        self.added += 1
        if row["result"]:
            row["digest"] = file_digest(self._out / row["result"])
        try:
            line = json.dumps(dict(id=self._id(source), row=row))
        except OSError:
            return  # it has gone
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")  # behind a line that was cut off, too


def write_listed(out: Path, rows: list[dict], lost: int) -> None:
    """Note which results a table lists, and how many were `lost` up to now."""
    results = {row["result"]: row["digest"] for row in rows if row["result"]}
    write_json(out / LISTED, dict(lost=lost, results=results))


def count_lost(out: Path, memory: Path | None = None) -> int:
    """How many of the results were ever lost or changed, those of now included.

    So the number changes when a result is lost, and not when it is made again. `memory`
    is `content_digests`'s.
    """
    try:
        listed = json.loads((out / LISTED).read_text(encoding="utf-8"))
        lost, results = int(listed["lost"]), dict(listed["results"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    digests = {str(out / name): digest for name, digest in results.items()}
    now = content_digests(digests, memory)
    return lost + sum(now[path] != digest for path, digest in digests.items())
