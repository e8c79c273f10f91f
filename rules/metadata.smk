# Snakemake goes by times and by its own metadata, but a result is what its digest says.
# This brings both in line with results that were copied, put back or edited.
import atexit
from contextlib import suppress

from snakemake.persistence import RECORD_FORMAT_VERSION

from colorization.planning.snakemake_metadata import Metadata, reconcile
from colorization.planning.workflow_jobs import accept_cleaned, jobs_of_results


def read_metadata():
    """What Snakemake remembers now."""
    return Metadata(Path(".snakemake/metadata"), RECORD_FORMAT_VERSION)


# Not while another snakemake command works on the results.
if workflow.is_main_process and not any(Path(".snakemake/locks").glob("*")):
    with suppress(OSError):  # if nothing can be written here, a stage will say so
        reconcile(jobs_of_results(workflow), read_metadata(), MEMORY)
        atexit.register(lambda: accept_cleaned(workflow, read_metadata(), MEMORY))
