"""Tables out of the records of provenance: what took how long, and what made what."""

from collections import Counter
from pathlib import Path
from typing import Any

from colorization.pages.report.numbers import NOTHING, duration
from colorization.pages.report.results import Places, Run
from colorization.pages.report.table import Cell, Table
from colorization.provenance.record import records

# Worth a word; the records have all.
PACKAGES = ("python", "torch", "numpy", "numba", "pandas", "matplotlib", "snakemake")
# What others would want to compare, by the end of its name.
ARTIFACTS = ("model.safetensors", "bins.npy", "weights.npy", "dataset.json")
ARTIFACTS += ("metrics.json", "comparison.csv", "paired.csv")
# What comes after the figures is not in the report.
AFTER = {"report", "model_card"}


def current(results: Path, runs: list[Run]) -> list[dict]:
    """The records of what these runs are made from; the folder may hold more."""
    names = {place for run in runs for place in (run.name, *run.places)}

    def belongs(record: dict) -> bool:
        own = {record["wildcards"].get(key) for key in ("run", *Places._fields)}
        return own - {None} <= names and record["rule"] not in AFTER

    return list(filter(belongs, records(results)))


def stages(jobs: list[dict]) -> Table:
    """Seconds by stage."""
    table = Table(
        "Time by stage", ["stage", "jobs", "together", "longest job", "processor"]
    )
    for rule in dict.fromkeys(job["rule"] for job in jobs):
        own = [job for job in jobs if job["rule"] == rule]
        seconds = [job["seconds"] for job in own]
        places = sorted({hardware(job) for job in own})
        table.add(
            rule,
            Cell(str(len(own)), len(own)),
            Cell(duration(sum(seconds)), sum(seconds)),
            Cell(duration(max(seconds)), max(seconds)),
            "; ".join(places),
        )
    return table


def hardware(job: dict) -> str:
    """GPUs, or processor and cores."""
    found = job["hardware"]
    gpus = [
        name if count == 1 else f"{count} × {name}"
        for name, count in Counter(found["gpus"]).items()
    ]
    cores = f"{found['cores']} core" + ("" if found["cores"] == 1 else "s")
    return ", ".join(gpus) or f"{found['processor']}, {cores}"


def commits(jobs: list[dict]) -> Table:
    """Which commits of the code made how many artifacts."""
    table = Table("Commits of the code", ["commit", "working tree", "stages"])
    found: dict[tuple, dict] = {}
    for job in jobs:
        git: dict[str, Any] = job["git"] or dict(commit=NOTHING, clean=None)
        state = {True: "as committed", False: "with changes", None: "no repository"}
        key = git["commit"], state[git["clean"]]
        found.setdefault(key, {})[job["rule"]] = True
    for (commit, state), rules in found.items():
        table.add(Cell(commit, code=True), state, ", ".join(rules))
    return table


def versions(jobs: list[dict]) -> dict[str, str]:
    """Versions of the main packages, all that were used."""
    found: dict[str, dict] = {}
    for job in jobs:
        for name in PACKAGES:
            if name in job["versions"]:
                found.setdefault(name, {})[job["versions"][name]] = True
    return {name: ", ".join(found[name]) for name in PACKAGES if name in found}


def artifacts(jobs: list[dict]) -> Table:
    """Digests of the main artifacts."""
    table = Table("Digests of the main artifacts", ["file", "made by", "sha256"])
    for job in jobs:
        for name, digest in job["outputs"].items():
            if name.endswith(ARTIFACTS):
                table.add(Cell(name, code=True), job["rule"], Cell(digest, code=True))
    return table
