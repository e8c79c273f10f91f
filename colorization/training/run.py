"""A whole training run, from its input files to the model file."""

import logging
import os
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from colorization.data.dataset import open_split, read_description
from colorization.inference.model_file import save_model
from colorization.method import prior
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.planning.train_schema import ModelSettings, Running
from colorization.provenance.record import environment
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import drop_leftovers, file_digest
from colorization.runtime.log import StageError
from colorization.training import distributed, gray, loop
from colorization.training import nodes as node_launchers
from colorization.training.state import StateFolder, fingerprint
from colorization.training.trainer import Trainer


class Job(BaseModel):
    """A run to train: the paths of its inputs and outputs, and its settings."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    prior: str  # table.csv
    dataset_json: str
    model: str
    history: str
    settings: ModelSettings
    code: str  # digest of the code

    def identity(self) -> str:
        """Fingerprint of everything that the result depends on."""
        splits = read_description(self.dataset_json).splits.items()
        # The folder of the images does not matter.
        data = {name: split.model_dump() | dict(file=None) for name, split in splits}
        return fingerprint(
            self.settings.model_dump(), data, file_digest(self.prior), self.code
        )


def start(
    job: Job, running: Running, processes: int, threads: int, log: str, nodes: int = 1
) -> None:
    """Train in so many processes, one for each device.

    `processes` is the number on all `nodes` together, `threads` the number on one node.
    Raises StageError, also if another process trains the same run; SystemExit(STOPPED) if a
    signal stopped it.
    """
    batch = job.settings.train.batch
    if batch % processes:
        raise StageError(
            f"train.batch: {batch} cannot be shared equally by {processes} processes "
            "(running.gpus); make it a multiple"
        )
    on_gpus = job.settings.train.device != "cpu" and torch.cuda.is_available()
    if nodes == 1 and on_gpus and processes > torch.cuda.device_count():
        raise StageError(
            f"running.gpus: {processes} processes, but this machine shows "
            f"{torch.cuda.device_count()} GPUs"
        )
    identity = job.identity()
    states = StateFolder(Path(job.model).parent / "checkpoints", identity)
    cores = min(threads, len(os.sched_getaffinity(0)))
    with states.only_trainer():
        for path in (job.model, job.history):
            drop_leftovers(path)
        if not states.states():
            for folder in states.others():
                logging.warning(
                    "not going on from %s: its settings, data or code differ", folder
                )
        each = max(1, cores * nodes // processes)
        if nodes == 1:
            distributed.launch(processes, log, train, job, running, identity, each)
        else:
            task = dict(identity=identity, threads=each, log=log)
            task = node_launchers.describe(job, running, **task)
            node_launchers.launch(nodes, processes, states.folder / "task.json", task)
        states.drop_others()


def train(job: Job, running: Running, identity: str, threads: int) -> None:
    """Train in this process, which may be one of several."""
    settings = job.settings.train
    device = pick_device(settings.device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    prepare_process(device, threads)
    if distributed.rank() == 0:
        logging.info("training on %s", "CUDA" if device.type == "cuda" else "the CPU")
    images = [open_split(job.dataset_json, split) for split in ("train", "validation")]
    gray_share = gray.check(*images, settings.gray_threshold)
    table = prior.read(job.prior)
    class_weights = table.weight if settings.rebalance else np.ones_like(table.weight)

    torch.manual_seed(settings.seed)
    regression = settings.loss == "regression"
    outputs = 2 if regression else len(table.bins)
    network = ColorizationNet(outputs, job.settings.network.width)
    if settings.initialisation == "marginal":
        share = table.smoothed * class_weights
        initialise(network, None if regression else prior.log_marginal(share))
    encoding = job.settings.encoding
    encoder = SoftEncoder(table.bins, encoding.neighbours, encoding.sigma)
    trainer = Trainer(settings, network, encoder, class_weights, device)
    states = StateFolder(Path(job.model).parent / "checkpoints", identity)
    loop.run(trainer, *images, states, Path(job.history), running)
    if distributed.rank() == 0:
        at = trainer.at
        provenance = dict(fingerprint=identity, step=at.best_step)
        provenance |= dict(validation_loss=at.best_loss)
        provenance |= dict(gray_share=round(gray_share, 4)) | environment(device)
        model_settings = job.settings.model_dump()
        save_model(job.model, trainer.best, table.bins, model_settings, provenance)
