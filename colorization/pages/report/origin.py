"""Tables from the records of provenance: times, commits, versions, digests."""

from collections import Counter
from pathlib import Path

from colorization.pages.report.numbers import NOTHING, duration
from colorization.pages.report.results import FinishedRun, Slugs
from colorization.pages.report.table import Cell, Table
from colorization.provenance.record import Record, records

# The main packages; the records have all.
PACKAGES = ("python", "torch", "numpy", "numba", "pandas", "matplotlib", "snakemake")
# Ends of the names of artifacts whose digests others may want to compare.
ARTIFACTS = ("model.safetensors", "bins.npy", "weights.npy", "dataset.json")
ARTIFACTS += ("metrics.json", "comparison.csv", "paired.csv")
# Rules that run after the report, or are it.
AFTER = {"report", "model_card"}


def current(results: Path, runs: list[FinishedRun]) -> list[Record]:
    """The records of the jobs that made these runs; the folder may hold others."""
    names = {name for run in runs for name in (run.name, *run.slugs)}

    def belongs(record: Record) -> bool:
        wildcards = {record.wildcards.get(key) for key in ("run", *Slugs._fields)}
        return wildcards - {None} <= names and record.rule not in AFTER

    return list(filter(belongs, records(results)))


def stages(jobs: list[Record]) -> Table:
    """Jobs, times and processors of each stage."""
    table = Table(
        "Time by stage", ["stage", "jobs", "together", "longest job", "processor"]
    )
    for rule in dict.fromkeys(job.rule for job in jobs):
        of_rule = [job for job in jobs if job.rule == rule]
        seconds = [job.seconds for job in of_rule]
        processors = sorted({hardware(job) for job in of_rule})
        table.add(
            rule,
            Cell(str(len(of_rule)), len(of_rule)),
            Cell(duration(sum(seconds)), sum(seconds)),
            Cell(duration(max(seconds)), max(seconds)),
            "; ".join(processors),
        )
    return table


def hardware(job: Record) -> str:
    """The GPUs, or the processor and its cores."""
    gpus = [
        name if count == 1 else f"{count} × {name}"
        for name, count in Counter(job.hardware.gpus).items()
    ]
    cores = job.hardware.cores
    processor = f"{job.hardware.processor}, {cores} core" + ("" if cores == 1 else "s")
    return ", ".join(gpus) or processor


def commits(jobs: list[Record]) -> Table:
    """Each commit of the code, and the stages that ran with it."""
    table = Table("Commits of the code", ["commit", "working tree", "stages"])
    rules_of: dict[tuple, dict] = {}
    for job in jobs:
        key = NOTHING, "no repository"
        if job.git:
            state = "as committed" if job.git.clean else "with changes"
            key = job.git.commit, state
        rules_of.setdefault(key, {})[job.rule] = True
    for (commit, state), rules in rules_of.items():
        table.add(Cell(commit, code=True), state, ", ".join(rules))
    return table


def versions(jobs: list[Record]) -> dict[str, str]:
    """All versions of the main packages that jobs used."""
    versions_of: dict[str, dict] = {}
    for job in jobs:
        for name in PACKAGES:
            if name in job.versions:
                versions_of.setdefault(name, {})[job.versions[name]] = True
    return {
        name: ", ".join(versions_of[name]) for name in PACKAGES if name in versions_of
    }


def artifacts(jobs: list[Record]) -> Table:
    """Digests of the main artifacts."""
    table = Table("Digests of the main artifacts", ["file", "made by", "sha256"])
    for job in jobs:
        for name, digest in job.outputs.items():
            if name.endswith(ARTIFACTS):
                table.add(Cell(name, code=True), job.rule, Cell(digest, code=True))
    return table
