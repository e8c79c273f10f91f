# A result is what its digest says. Snakemake goes by times and by its own metadata: here
# both are brought in line with results that were copied, put back or edited.
import atexit
import glob
import re
from contextlib import suppress

from snakemake.io import apply_wildcards
from snakemake.persistence import RECORD_FORMAT_VERSION

from colorization.planning import snakemake_metadata
from colorization.runtime.contents import content_digests


def remembered():
    """What Snakemake remembers now."""
    return snakemake_metadata.Metadata(
        Path(".snakemake/metadata"), RECORD_FORMAT_VERSION
    )


def jobs_of_results():
    """Of each job that has an output in results/, for any wildcards: all its outputs."""
    jobs = set()
    # Not called rule: snakemake --lint would take this for the head of one.
    for each in workflow.rules:
        for output in each.output:
            for path in glob.glob(re.sub(r"\{[^}]*\}", "*", str(output))):
                if match := output.match(path):
                    wildcards = match.groupdict()
                    outputs = (apply_wildcards(o, wildcards) for o in each.output)
                    jobs.add(tuple(map(str, outputs)))
    return sorted(jobs)


def accept_cleaned():
    """Results whose metadata was cleaned count as made with the settings of now.

    That is what one cleans it for. Without this, no later change would count either.
    """
    entries, now = {}, remembered()
    for job in [] if workflow.dag is None else workflow.dag.jobs:
        outputs = [*map(str, job.output)]
        cleaned = now.cleaned(outputs)
        if cleaned and not workflow.dag.needrun(job):
            images = [*map(str, job.input.get("images", []))]
            inputs = content_digests({*map(str, job.input)} - {*images}, MEMORY)
            entry = snakemake_metadata.entry_for(
                job.rule.name, job.non_derived_params, inputs, images
            )
            entries |= dict.fromkeys(cleaned, entry)
    if entries:
        now.accept(entries)


# Not while another line is at work on the results.
if workflow.is_main_process and not any(Path(".snakemake/locks").glob("*")):
    with suppress(OSError):  # a disk that takes nothing: a stage will say so
        snakemake_metadata.reconcile(jobs_of_results(), remembered(), MEMORY)
        atexit.register(accept_cleaned)
