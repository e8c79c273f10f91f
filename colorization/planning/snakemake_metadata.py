"""Snakemake's metadata, kept true to what the results are.

Snakemake decides what runs by the times of files, and by an entry for each file in
`.snakemake/metadata`: settings and inputs of the job that made it. Times say nothing once
results were copied, unpacked or put back, and an entry may be missing or about a file that
was there before. The records of provenance beside the results have digests. So an entry
that is missing, or about a file with another time, is made anew from the record, if its
digests hold. If they do not, the entry says so, and Snakemake runs the stage.

Imported while the workflow is parsed: keep light.
"""

import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from colorization.provenance.record import FOLDER, Record, read_record
from colorization.runtime.contents import content_digests
from colorization.runtime.log import StageError

# The params in an entry of a result that does not count begin so; no setting does.
REFUSED = "not as recorded: "
NO_RECORD = "there is no valid record of how it was made"
# Snakemake's file in a folder that is an output; its time stands for the folder's.
TIMESTAMP = ".snakemake_timestamp"
# Longest name of a file; Snakemake cuts longer ones into folders.
LONGEST = 255


class Metadata:
    """The entries in `.snakemake/metadata`, each read once.

    Those of another format `version` do not count: Snakemake does not compare them.
    """

    def __init__(self, folder: Path, version: int):
        self._folder, self._version = folder, version
        # Its time: when each result last had an entry. Its content: see `accept`.
        self._mark = folder / ".reconciled"
        self._entries: dict[str, dict[str, Any] | None] = {}

    def read(self, path: str) -> dict[str, Any] | None:
        """The entry of a result."""
        if path not in self._entries:
            entry = _read_json(self._file(path))
            same = entry and entry.get("record_format_version") == self._version
            self._entries[path] = entry if same else None
        return self._entries[path]

    def write(self, path: str, entry: dict[str, Any]) -> None:
        """Make an entry that of a result as it is now."""
        about = dict(record_format_version=self._version, incomplete=False)
        endtime = modified(path) if os.path.lexists(path) else time.time()
        entry = entry | about | dict(endtime=endtime)
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        # Without this folder Snakemake takes the entries for those of an old version.
        self._folder.with_name("incomplete").mkdir(exist_ok=True)
        file.write_text(json.dumps(entry), encoding="utf-8")
        self._entries[path] = entry

    def _file(self, path: str) -> Path:
        name = urlsafe_b64encode(path.encode()).decode()
        step = LONGEST - 1
        *folders, last = [name[i : i + step] for i in range(0, len(name), step)]
        return self._folder.joinpath(*(f"@{part}" for part in folders), last)

    def cleaned(self, paths: Iterable[str]) -> list[str]:
        """The results whose entry somebody removed: snakemake --cleanup-metadata.

        They were there when each result last had one. (Nobody can set the time at which
        a file was put in its place, st_ctime.)
        """
        try:
            marked = self._mark.stat().st_mtime
        except OSError:
            return []
        return [
            path
            for path in paths
            if os.path.lexists(path)
            and os.lstat(_stamp(path)).st_ctime < marked
            and self.read(path) is None
        ]

    def accepted(self) -> dict[str, dict[str, Any]]:
        """What was accepted since each result last had an entry."""
        return _read_json(self._mark) or {}

    def accept(self, entries: dict[str, dict[str, Any]]) -> None:
        """Remember entries, by result, for results whose entries were cleaned."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.write_text(json.dumps(entries), encoding="utf-8")


def reconcile(
    jobs: Iterable[tuple[str, ...]], metadata: Metadata, memory: Path
) -> None:
    """Bring the entries of results in order: of each job, by all its outputs.

    `memory` is `content_digests`'s. A result that is not the one of its entry gets the
    present time, so that Snakemake compares its content with what used it.
    """
    jobs, accepted, now = list(jobs), metadata.accepted(), time.time()
    present = [path for job in jobs for path in job if os.path.lexists(path)]
    cleaned = metadata.cleaned(present)
    for path in accepted.keys() & cleaned:
        metadata.write(path, accepted[path])
    # In a folder any file may be missing.
    unsure = {
        path
        for path in present
        if os.path.isdir(path) or not _is_of(metadata.read(path), path, now)
    }
    for path, entry in _entries(sorted(unsure - {*cleaned}), metadata, memory):
        if entry is metadata.read(path) and _is_of(entry, path, now):
            continue
        with suppress(OSError):  # somebody else's
            os.utime(_stamp(path), (now, now), follow_symlinks=False)
        metadata.write(path, entry)
    for job in jobs:
        # Where one output has no entry, Snakemake looks at none of the job's.
        entries = {path: metadata.read(path) for path in job}
        entry = next(filter(None, entries.values()), None)
        for path in job:
            if entry and not entries[path] and not os.path.lexists(path):
                metadata.write(path, entry)
    metadata.accept({})


def _is_of(entry: dict[str, Any] | None, path: str, now: float) -> bool:
    """Whether an entry is that of a result, by its time.

    After a clock was set back, times are in the future; new results would seem older than
    what they were made from.
    """
    return entry is not None and entry["endtime"] == modified(path) <= now


def _entries(
    unsure: list[str], metadata: Metadata, memory: Path
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The right entry of each result that has not got it."""
    recorded = records_of(unsure)
    records = {path: recorded.get(path) for path in unsure}
    used = {file for record in records.values() if record for file in record.inputs}
    files = used.union(*map(_files, unsure))
    digests = content_digests(filter(os.path.isfile, sorted(files)), memory)
    for path, record in records.items():
        before = metadata.read(path)
        if record is not None and _is_whole(path, record, digests):
            if other := _other_input(record, digests):
                yield path, _refused(f"{other} is not the one that it was made from")
                continue
            entry = entry_of(record)
            # Snakemake's own knows more: of the software environment.
            yield path, before if before and _agree(before, entry) else entry
        elif before is not None and (record is None or _may_be_edited(path)):
            yield path, before  # if it was edited, what is made from it runs again
        else:
            yield path, _refused(NO_RECORD)


def entry_of(record: Record) -> dict[str, Any]:
    """The entry that Snakemake made when a record was written."""
    params = [*record.settings.values()]
    params += [record.code] if record.code else []
    return entry_for(record.rule, params, record.inputs, record.images)


def entry_for(
    rule: str, params: list[Any], inputs: dict[str, str], images: list[str]
) -> dict[str, Any]:
    """An entry as Snakemake makes it: `inputs` with their digests, and others."""
    return dict(
        rule=rule,
        params=sorted(map(repr, params)),
        input=sorted([*inputs, *images]),
        input_checksums={path: f"sha256:{digest}" for path, digest in inputs.items()},
    )


def _agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two entries mean the same to Snakemake."""
    return one["input"] == other["input"] and set(one["params"]) == set(other["params"])


def _refused(why: str) -> dict[str, Any]:
    return dict(params=[repr(REFUSED + why)], input=None)


def _may_be_edited(path: str) -> bool:
    """Whether a result stays the stage's when its content was changed by hand.

    Not images: what reads them knows them by their description. Nor whole folders.
    """
    is_array = path.startswith("results/data/") and path.endswith((".npy", ".bin"))
    return os.path.isfile(path) and not is_array


def _is_whole(path: str, record: Record, digests: dict[str, str]) -> bool:
    """Whether a result, a file or a folder, is what its record says."""
    if Path(path).parent.name == FOLDER:
        return True  # the record itself
    recorded = {
        file: digest
        for file, digest in record.outputs.items()
        if file == path or file.startswith(f"{path}/")
    }
    return recorded == {file: digests.get(file) for file in _files(path)}


def _other_input(record: Record, digests: dict[str, str]) -> str | None:
    """An input that is there, but is not the one that was used."""
    for path, digest in record.inputs.items():
        if digests.get(path, digest) != digest:
            return path
    return None


def records_of(paths: Iterable[str]) -> dict[str, Record]:
    """The records of results, which lie beside or above them, by the results' names.

    The newest: a run that was `trained` and is now `published` has two.
    """
    folders = {parent for path in paths for parent in Path(path).parents}
    files = {}
    for file in (
        file for folder in folders for file in folder.glob(f"{FOLDER}/*.json")
    ):
        with suppress(StageError):
            files[file] = read_record(file)
    records = {}
    for file, record in sorted(files.items(), key=lambda item: item[1].started):
        for output in map(Path, [file, *record.outputs]):
            # For folders that are outputs, by the names of these, too.
            records |= dict.fromkeys(map(str, [output, *output.parents]), record)
    return records


def modified(path: str) -> float:
    """The time of a file or folder that Snakemake goes by."""
    return os.lstat(_stamp(path)).st_mtime


def _stamp(path: str) -> str:
    stamp = os.path.join(path, TIMESTAMP)
    return stamp if os.path.exists(stamp) else path


def _files(path: str) -> list[str]:
    """A file itself, or all that lie in a folder."""
    if not os.path.isdir(path):
        return [path]
    files = (str(file) for file in Path(path).rglob("*") if file.is_file())
    return [file for file in files if os.path.basename(file) != TIMESTAMP]


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
