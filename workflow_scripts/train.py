"""Train a run, or resume it."""

import logging

from colorization.planning.train_schema import ModelSettings, Running
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.training.run import Job
from colorization.training.start import Resources, start


def main(job: Job, running: Running, gpus: int, resources: Resources) -> None:
    """`gpus` is what Snakemake has for the job."""
    if gpus < running.gpus:
        logging.warning(
            "running.gpus is %d, but Snakemake has gpu=%d: training on %d; give it "
            "--resources gpu=%d for more",
            *(running.gpus, gpus, gpus, running.gpus),
        )
    start(job, running, resources)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    # dataset.json names the images; the record is written when all is done.
    del files["images"], files["provenance"]
    settings, running = ModelSettings(**params.settings), Running(**params.running)
    job = Job(**files, settings=settings, code=params.code)
    gpus, nodes = snakemake.resources.gpu, snakemake.resources.get("nodes", 1)
    resources = Resources(max(1, gpus), snakemake.threads, snakemake.log[0], nodes)
    with recorded(snakemake):
        main(job, running, gpus, resources)
