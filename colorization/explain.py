"""Why stages would run again, in words: what Snakemake's dry run says, translated."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from colorization.metadata import REFUSED

CODE = re.compile("[0-9a-f]{64}")
# What Snakemake says before a list of files, and what that means.
FILES = {
    "Missing output files": "{} is not there",
    "Incomplete output files": "it was stopped while it made {}",
    "Updated input files": "the content of {} has changed",
    "Input files updated by another job": "made anew before it: {}",
}
PLAIN = {
    "Set of input files has changed": "it is made from other files than before",
    "Software environment definition": "its software environment has changed",
    "Forced execution": "it was asked for",
}


def planned(options: list[str]) -> str:
    """What a dry run with these options of snakemake prints; SystemExit if it fails."""
    command = [sys.executable, "-m", "snakemake", *options, "-n", "--quiet", "progress"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(done.returncode)
    return done.stdout + done.stderr


def explain(output: str) -> Iterator[str]:
    """A line for each job that a dry run's output lists, in its order."""
    for block in re.split(r"^(?:local)?rule ", output, flags=re.MULTILINE)[1:]:
        rule = block.split(":")[0]
        found = dict(re.findall(r"^    (\w+): (.*)$", block, re.MULTILINE))
        if rule != "all":
            names = re.findall(r"=([^,]+)", found.get("wildcards", ""))
            yield f"{' '.join([rule, *names])}: {in_words(found.get('reason', ''))}"


def in_words(reason: str) -> str:
    """Snakemake's reason for a job, as a person would say it."""
    words = []
    for part in re.split("; (?=[A-Z])", reason):
        title, _, rest = part.partition(": ")
        if title in FILES:
            words.append(FILES[title].format(_names(rest)))
        elif title.startswith("Params have changed"):
            # A setting may hold what the reasons are taken apart by.
            found = re.search("before: (.*) now: (.*)", rest)
            if refused := re.search(f"{REFUSED}([^'\"]*)", rest):
                words.append(refused[1])
                continue
            try:
                known = _changes(*map(_parse, found.groups())) if found else []
            except (SyntaxError, ValueError):
                known = []
            words += known or ["its settings changed"]
        else:
            known = [text for start, text in PLAIN.items() if part.startswith(start)]
            words += known or [part]
    return "; ".join(words)


def _names(files: str) -> str:
    """The first two of a list of files, and how many more there are."""
    names = sorted(files.split(", "))
    more = [f"{len(names) - 2} more"] if len(names) > 2 else []
    return ", ".join(names[:2] + more)


def _parse(text: str) -> list[Any]:
    """The values in a list that Snakemake prints."""
    return [] if text.startswith("<nothing") else ast.literal_eval(f"[{text.strip()}]")


def _changes(before: list[Any], now: list[Any]) -> list[str]:
    """One phrase for each setting whose value is another, and for other code."""
    words = []
    if any(isinstance(v, str) and CODE.fullmatch(v) for v in now):
        words.append("its code has changed (or the content of files that it reads)")
    old, new = (
        _leaves({str(i): v for i, v in enumerate(_dicts(p))}) for p in (before, now)
    )
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            name = key.split(".", 1)[1]
            words.append(f"{name} is {new.get(key)!r}, was {old.get(key)!r}")
    return words


def _dicts(values: list[Any]) -> list[dict]:
    """The settings among a job's params, in an order that does not depend on values."""
    return sorted((v for v in values if isinstance(v, dict)), key=lambda v: sorted(v))


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {path: value}
    found = {}
    for key, part in value.items():
        found |= _leaves(part, f"{path}.{key}" if path else str(key))
    return found
