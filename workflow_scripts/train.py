"""Train a run, or resume it."""

import logging

from colorization.planning.train_schema import ModelSettings, Running
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.training.run import Job, start


def main(
    files: dict[str, str],
    settings: ModelSettings,
    code: str,
    running: Running,
    gpus: int,
    threads: int,
    log_path: str,
    nodes: int,
) -> None:
    """`files` maps prior, dataset_json, model and history to their paths."""
    if gpus < running.gpus:
        logging.warning(
            "running.gpus is %d, but Snakemake has gpu=%d: training on %d; give it "
            "--resources gpu=%d for more",
            *(running.gpus, gpus, gpus, running.gpus),
        )
    job = Job(**files, settings=settings, code=code)
    start(job, running, max(1, gpus), threads, log_path, nodes)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    # dataset.json names the images; the record is written when all is done.
    del files["images"], files["provenance"]
    gpus, threads = snakemake.resources.gpu, snakemake.threads
    settings, running = ModelSettings(**params.settings), Running(**params.running)
    options = running, gpus, threads, snakemake.log[0]
    nodes = snakemake.resources.get("nodes", 1)
    with recorded(snakemake):
        main(files, settings, params.code, *options, nodes)
