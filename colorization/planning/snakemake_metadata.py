"""Snakemake's metadata, corrected to describe the results that are there.

Snakemake decides what to run by the times of files, and by an entry for each file in
`.snakemake/metadata`: the params and inputs of the job that made it. But times mean nothing
after results were copied, unpacked or put back, and an entry may be missing or describe an
earlier file. The records of provenance beside the results have digests. So if an entry is
missing, or its time is not the file's, a new one is written from the record, if its digests
match. If they do not, the entry says so, and Snakemake runs the stage.

Snakemake imports this while it parses the workflow: keep it light.
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
from colorization.runtime.file_digests import content_digests
from colorization.runtime.log import StageError

# The params in an entry begin with this if the result does not count; no setting does.
REFUSED = "not as recorded: "
NO_RECORD = "it has no valid record of provenance"
# Snakemake's file in a folder that is an output. Its time is the folder's.
TIMESTAMP = ".snakemake_timestamp"
# The longest name of a file; Snakemake splits longer ones into folders.
LONGEST = 255


class Metadata:
    """The entries in `.snakemake/metadata`, each read once.

    Entries of another format `version` are ignored, as Snakemake does.
    """

    def __init__(self, folder: Path, version: int):
        self._folder, self._version = folder, version
        # Its time is when all results last had entries. Its content: see `accept`.
        self._mark = folder / ".reconciled"
        self._entries: dict[str, dict[str, Any] | None] = {}

    def read(self, path: str) -> dict[str, Any] | None:
        """The entry of a result, if there is a valid one."""
        if path not in self._entries:
            entry = _read_json(self._file(path))
            same = entry and entry.get("record_format_version") == self._version
            self._entries[path] = entry if same else None
        return self._entries[path]

    def write(self, path: str, entry: dict[str, Any]) -> None:
        """Write the entry of a result with the result's present time."""
        fields = dict(record_format_version=self._version, incomplete=False)
        endtime = modified(path) if os.path.lexists(path) else time.time()
        entry = entry | fields | dict(endtime=endtime)
        file = self._file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        # Without this folder, Snakemake takes the entries for an old version's.
        self._folder.with_name("incomplete").mkdir(exist_ok=True)
        file.write_text(json.dumps(entry), encoding="utf-8")
        self._entries[path] = entry

    def _file(self, path: str) -> Path:
        name = urlsafe_b64encode(path.encode()).decode()
        step = LONGEST - 1
        *folders, last = [name[i : i + step] for i in range(0, len(name), step)]
        return self._folder.joinpath(*(f"@{part}" for part in folders), last)

    def cleaned(self, paths: Iterable[str]) -> list[str]:
        """The results whose entries a user removed with snakemake --cleanup-metadata.

        They existed when all results last had entries. (This goes by st_ctime, which no
        program can set.)
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
        """The entries accepted since all results last had one, by result."""
        return _read_json(self._mark) or {}

    def accept(self, entries: dict[str, dict[str, Any]]) -> None:
        """Remember entries, by result, for results whose own were cleaned."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.write_text(json.dumps(entries), encoding="utf-8")


def reconcile(
    jobs: Iterable[tuple[str, ...]], metadata: Metadata, memory: Path
) -> None:
    """Correct the entries of results; `jobs` are the outputs of each job.

    `memory` is `content_digests`'s. A result that differs from its entry's gets the present
    time, so that Snakemake compares its content with what later stages used.
    """
    jobs, accepted, now = list(jobs), metadata.accepted(), time.time()
    present = [path for job in jobs for path in job if os.path.lexists(path)]
    cleaned = metadata.cleaned(present)
    for path in accepted.keys() & cleaned:
        metadata.write(path, accepted[path])
    # The time of a folder does not show that a file in it is missing.
    unsure = {
        path
        for path in present
        if os.path.isdir(path) or not _is_of(metadata.read(path), path, now)
    }
    for path, entry in _entries(sorted(unsure - {*cleaned}), metadata, memory):
        if entry is metadata.read(path) and _is_of(entry, path, now):
            continue
        with suppress(OSError):  # a file of another user
            os.utime(_stamp(path), (now, now), follow_symlinks=False)
        metadata.write(path, entry)
    for job in jobs:
        # If one output has no entry, Snakemake ignores those of the job's other outputs.
        entries = {path: metadata.read(path) for path in job}
        entry = next(filter(None, entries.values()), None)
        for path in job:
            if entry and not entries[path] and not os.path.lexists(path):
                metadata.write(path, entry)
    metadata.accept({})


def _is_of(entry: dict[str, Any] | None, path: str, now: float) -> bool:
    """Whether an entry has the time of the result.

    A time in the future does not count: the clock was set back, and new results would seem
    older than their inputs.
    """
    return entry is not None and entry["endtime"] == modified(path) <= now


def _entries(
    unsure: list[str], metadata: Metadata, memory: Path
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The right entry of each of these results."""
    recorded = records_of(unsure)
    records = {path: recorded.get(path) for path in unsure}
    used = {file for record in records.values() if record for file in record.inputs}
    files = used.union(*map(_files, unsure))
    digests = content_digests(filter(os.path.isfile, sorted(files)), memory)
    for path, record in records.items():
        before = metadata.read(path)
        if record is not None and _is_whole(path, record, digests):
            if other := _changed_input(record, digests):
                yield path, _refused(f"{other} is not the one that it was made from")
                continue
            entry = entry_of(record)
            # Snakemake's own knows more: of the software environment.
            yield path, before if before and _agree(before, entry) else entry
        elif before is not None and (record is None or _may_be_edited(path)):
            yield path, before  # if it was edited, the stages that read it run again
        else:
            yield path, _refused(NO_RECORD)


def entry_of(record: Record) -> dict[str, Any]:
    """The entry that Snakemake wrote when the job of a record was done."""
    params = [*record.settings.values()]
    params += [record.code] if record.code else []
    return entry_for(record.rule, params, record.inputs, record.images)


def entry_for(
    rule: str, params: list[Any], inputs: dict[str, str], images: list[str]
) -> dict[str, Any]:
    """An entry as Snakemake writes it; `inputs` have digests, `images` do not."""
    return dict(
        rule=rule,
        params=sorted(map(repr, params)),
        input=sorted([*inputs, *images]),
        input_checksums={path: f"sha256:{digest}" for path, digest in inputs.items()},
    )


def _agree(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two entries mean the same to Snakemake."""
    return a["input"] == b["input"] and set(a["params"]) == set(b["params"])


def _refused(why: str) -> dict[str, Any]:
    return dict(params=[repr(REFUSED + why)], input=None)


def _may_be_edited(path: str) -> bool:
    """Whether a user may edit a result by hand.

    Not images, whose readers know them only by dataset.json, nor whole folders.
    """
    is_array = path.startswith("results/data/") and path.endswith((".npy", ".bin"))
    return os.path.isfile(path) and not is_array


def _is_whole(path: str, record: Record, digests: dict[str, str]) -> bool:
    """Whether a result, a file or a folder, has the digests of its record."""
    if Path(path).parent.name == FOLDER:
        return True  # the record itself
    recorded = {
        file: digest
        for file, digest in record.outputs.items()
        if file == path or file.startswith(f"{path}/")
    }
    return recorded == {file: digests.get(file) for file in _files(path)}


def _changed_input(record: Record, digests: dict[str, str]) -> str | None:
    """An input that exists, but with another content than the job used."""
    for path, digest in record.inputs.items():
        if digests.get(path, digest) != digest:
            return path
    return None


def records_of(paths: Iterable[str]) -> dict[str, Record]:
    """The newest record of each result, by the result's path.

    Records lie beside or above results. A run that was `trained` and is now `published` has
    two.
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
            # By the names of the folders as well, some of which are outputs.
            records |= dict.fromkeys(map(str, [output, *output.parents]), record)
    return records


def modified(path: str) -> float:
    """The time of a file or folder that Snakemake compares."""
    return os.lstat(_stamp(path)).st_mtime


def _stamp(path: str) -> str:
    stamp = os.path.join(path, TIMESTAMP)
    return stamp if os.path.exists(stamp) else path


def _files(path: str) -> list[str]:
    """The path of a file, or of all files in a folder."""
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
