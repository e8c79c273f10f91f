"""Jobs of the workflow that Snakemake has parsed, and what it remembers of their results."""

import glob
import re
from pathlib import Path
from typing import Any

from snakemake.io import apply_wildcards

from colorization.planning.snakemake_metadata import Metadata, entry_for
from colorization.runtime.file_digests import content_digests


def jobs_of_results(workflow: Any) -> list[tuple[str, ...]]:
    """All outputs of each job that has one of them in results/, for any wildcards."""
    jobs: set[tuple[str, ...]] = set()
    for rule in filter(_is_ours, workflow.rules):
        for output in rule.output:
            for path in glob.glob(re.sub(r"\{[^}]*\}", "*", str(output))):
                if match := output.match(path):
                    wildcards = match.groupdict()
                    outputs = (apply_wildcards(o, wildcards) for o in rule.output)
                    jobs.add(tuple(map(str, outputs)))
    return sorted(jobs)


def _is_ours(rule: Any) -> bool:
    """Whether a rule is of this pipeline, whose rules all write a record of provenance.

    Another Snakefile may have imported this one as a module.
    """
    return rule.output.get("provenance") is not None


def accept_cleaned(workflow: Any, metadata: Metadata, memory: Path) -> None:
    """Count results whose metadata was cleaned as made with the present settings.

    This is why one cleans metadata. Without this, no later change would count either.
    `memory` is `content_digests`'s.
    """
    if workflow.dag is None:
        return
    entries: dict[str, dict[str, Any]] = {}
    for job in workflow.dag.jobs:
        cleaned = metadata.cleaned(map(str, job.output))
        if cleaned and _is_ours(job.rule) and not workflow.dag.needrun(job):
            images = [*map(str, job.input.get("images", []))]
            inputs = content_digests({*map(str, job.input)} - {*images}, memory)
            entry = entry_for(job.rule.name, job.non_derived_params, inputs, images)
            entries |= dict.fromkeys(cleaned, entry)
    if entries:
        metadata.accept(entries)
