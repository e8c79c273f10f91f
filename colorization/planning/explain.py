"""Why stages would run again: the reasons of Snakemake's dry run in plain words."""

import ast
import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from colorization.data.listing import list_photographs, named_paths
from colorization.planning.snakemake_metadata import REFUSED
from colorization.provenance.record import FOLDER, Record, read_record
from colorization.runtime.log import StageError

# Snakemake's words before a list of files, and their meaning.
FILES = {
    "Missing output files": "{} is missing",
    "Incomplete output files": "it was stopped while it made {}",
    "Updated input files": "the content of {} has changed",
    "Input files updated by another job": "made anew before it: {}",
}
PLAIN = {
    "Set of input files has changed": "it is made from other files than before",
    "Software environment definition": "its software environment has changed",
    "Forced execution": "it was asked for",
}
PARAMS = "Params have changed since last execution: "
# Stands for the digest of a missing file.
MISSING = "unreadable"
DIGEST = re.compile(f"[0-9a-f]{{64}}|{MISSING}")
# What has changed if a param that is a digest changes.
DIGESTS = {
    "code": "its code has changed",
    "contents": "the content of the files that it reads has changed",
    "lock": "the versions in colorization/pages/web/package-lock.json have changed",
    "page": "the look of its page has changed",
    "photographs": "photographs were added, changed or removed",
    "template": "the look of its page has changed",
    "templates": "the look of its page has changed",
}
NAMELESS = "its code has changed (or the content of files that it reads)"

# A key in a param that counts lost results.
LOST = "lost_results"


def planned(options: list[str]) -> str:
    """The output of a dry run with these options of snakemake. SystemExit if it fails."""
    # Before the options, because only targets may follow their --. With -n after it, --quiet
    # does not take a target for a kind of message.
    command = [sys.executable, "-m", "snakemake", "--quiet", "progress", "-n", *options]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(done.returncode)
    return done.stdout + done.stderr


def explain(output: str) -> Iterator[str]:
    """One line for each job in a dry run's output, in its order."""
    header, *blocks = re.split(r"^(?:local)?rule ", output, flags=re.MULTILINE)
    folder = re.search("^ *Working directory: (.*)$", header, re.MULTILINE)
    with chdir(folder[1] if folder else "."):
        for block in blocks:
            rule = block.split(":")[0]
            fields = dict(re.findall(r"^    (\w+): (.*)$", block, re.MULTILINE))
            if rule != "all":
                names = re.findall(r"=([^,]+)", fields.get("wildcards", ""))
                outputs = [Path(path) for path in fields.get("output", "").split(", ")]
                reason = in_words(fields.get("reason", ""), outputs)
                yield f"{' '.join([rule, *names])}: {reason}"


def in_words(reason: str, outputs: list[Path]) -> str:
    """Snakemake's reason for a job with these outputs, in plain words."""
    files, _, params = reason.partition(PARAMS)
    if "Missing output files" in files and not any(path.exists() for path in outputs):
        return "not made yet"
    words = []
    for part in re.split("; (?=[A-Z])", files.removesuffix("; ")):
        title, _, names = part.partition(": ")
        if title in FILES:
            words.append(FILES[title].format(_first(sorted(names.split(", ")))))
        elif part:
            plain = [text for start, text in PLAIN.items() if part.startswith(start)]
            words += plain or [part]
    if params:
        # Params come last but for this; settings may contain the separator used above.
        params, _, environment = params.partition("; Software environment definition")
        words += _of_params(params, outputs) or ["its settings have changed"]
        words += [PLAIN["Software environment definition"]] if environment else []
    return "; ".join(words)


def _first(names: list[str], most: int = 2) -> str:
    """The first names, and the number of the others."""
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more)


def _of_params(text: str, outputs: list[Path]) -> list[str]:
    """What has changed among the params; empty if that cannot be read from the text."""
    if refused := re.search(f"{REFUSED}([^'\"]*)", text):
        return [refused[1]]
    text = text.partition("before: ")[2]
    for middle in re.finditer(" now: ", text):
        try:
            before, now = map(_parse, (text[: middle.start()], text[middle.end() :]))
        except (SyntaxError, ValueError):
            continue
        return list(dict.fromkeys(_changes(before, now, _record(outputs))))
    return []


def _parse(text: str) -> list[Any]:
    """The values in a list that Snakemake prints, in the types of a record."""
    if text.startswith("<nothing"):
        return []
    return json.loads(json.dumps(ast.literal_eval(f"[{text.strip()}]")))


def _record(outputs: list[Path]) -> Record | None:
    """The record of the job that made these outputs, if there is one."""
    for path in outputs:
        if path.parent.name == FOLDER and path.exists():
            try:
                return read_record(path)
            except StageError:
                pass
    return None


def _changes(before: list[Any], now: list[Any], record: Record | None) -> Iterator[str]:
    """One phrase for each param whose value has changed.

    Snakemake gives only values; the job's record has the names of the old ones.
    """
    params = record.settings | {"code": record.code} if record else {}
    names = {json.dumps(value): name for name, value in params.items()}
    for old in before:
        name = names.get(json.dumps(old))
        # Candidates for its new value: the most similar settings, or the only one.
        candidates = [
            new
            for new in now
            if type(new) is type(old) and _is_digest(new) == _is_digest(old)
        ]
        if isinstance(old, dict) and LOST in old:
            yield "a file of its results was lost or changed"
        elif _is_digest(old):
            yield from _of_digest(name, old, candidates, record)
        elif isinstance(old, dict) and candidates:
            new = min(candidates, key=lambda new: len(_paths(new) ^ _paths(old)))
            prefix = {"runs": "run ", "settings": "", "run": ""}.get(
                name or "", f"{name}."
            )
            for line in _differences(old, new):
                yield (prefix if name else "") + line
        elif len(candidates) == 1:
            yield from _differences(old, candidates[0], name or "a setting")
        else:
            yield f"{name or 'a setting'} has changed"


def _is_digest(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(v, str) and DIGEST.fullmatch(v) for v in values)


def _paths(settings: dict[str, Any], above: str = "") -> set[str]:
    """The keys of nested settings, a.b.c."""
    paths: set[str] = set()
    for key, value in settings.items():
        below = _paths(value, f"{above}{key}.") if isinstance(value, dict) else set()
        paths |= below or {above + key}
    return paths


def _of_digest(
    name: str | None, old: Any, candidates: list[Any], record: Record | None
) -> Iterator[str]:
    if name == "listing" and record:
        yield _of_photographs(record)
    elif name == "photographs" and isinstance(old, list):
        # One digest for each run that has colorized photographs.
        if {*old} - {MISSING} not in [{*new} - {MISSING} for new in candidates]:
            yield "photographs were colorized since"
    elif name == "contents" and record and "weights" in record.settings:
        yield f"the content of {record.settings['weights']} has changed"
    else:
        yield DIGESTS.get(name or "", NAMELESS)


def _of_photographs(record: Record) -> str:
    """How many photographs of a folder were added or removed since its import."""
    tables = [path for path in record.outputs if path.endswith(".csv")]
    try:
        before = {
            (row["root"], row["file"]) for table in tables for row in _rows(table)
        }
        settings = record.settings["settings"]["folder"]
        lists = named_paths(settings["paths"], settings["split"])
        found = list_photographs(lists).values()
        if any(files.archives for files in found):
            return DIGESTS["photographs"]  # to open them could take minutes
        # The tables replace bytes of a name that are not UTF-8 in the same way.
        now = {
            tuple(part.encode(errors="replace").decode() for part in source)
            for files in found
            for source in files.images
        }
    except (OSError, KeyError, StageError):
        return DIGESTS["photographs"]
    counts = [(len(now - before), "added"), (len(before - now), "removed")]
    words = [f"{_photographs(n)} {what}" for n, what in counts if n]
    return " and ".join(words) or "the content of photographs has changed"


def _rows(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _photographs(count: int) -> str:
    return "1 photograph was" if count == 1 else f"{count} photographs were"


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """One phrase for each difference; a section that is new or gone is one difference."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            below = f"{path}.{key}" if path else key
            if key in old and key in new:
                yield from _differences(old[key], new[key], below)
            else:
                yield f"{below}: {'new' if key in new else 'gone'}"
    elif old == new:
        return
    elif isinstance(new, dict) and old is None:
        yield f"{path}: new"
    elif isinstance(old, dict) and new is None:
        yield f"{path}: gone"
    elif isinstance(old, list) and isinstance(new, list):
        yield f"{path}: {_of_list(old, new)}"
    else:
        yield f"{path} is {new!r}, was {old!r}"


def _of_list(old: list[Any], new: list[Any]) -> str:
    if _is_digest(old) and _is_digest(new):
        return "the content has changed"
    added = [repr(value) for value in new if value not in old]
    gone = [repr(value) for value in old if value not in new]
    words = [
        f"{_first(a, 3)} {what}" for a, what in [(added, "new"), (gone, "gone")] if a
    ]
    return ", ".join(words) or "in another order"
