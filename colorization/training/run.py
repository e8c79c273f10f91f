"""What each process of a training run does, from the input files to the model file."""

import logging
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
from colorization.runtime.base_model import start_file
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import file_digest
from colorization.training import distributed, gray_images, loop
from colorization.training.checkpoints import StateFolder, fingerprint
from colorization.training.trainer import Trainer
from colorization.training.warm_start import take_parameters


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
        """Fingerprint of all that the result depends on."""
        splits = read_description(self.dataset_json).splits.items()
        # Where the images lie does not matter.
        data = {name: split.model_dump() | dict(file=None) for name, split in splits}
        files = [self.prior, start_file(self.settings.train.start)]
        digests = [file_digest(path) for path in files if path]
        return fingerprint(self.settings.model_dump(), data, digests, self.code)


def train(job: Job, running: Running, identity: str, threads: int) -> None:
    """Train, in this process or in step with others; the first writes the model file."""
    settings = job.settings.train
    device = pick_device(settings.device)
    kind = device.type
    if kind == "cuda":
        torch.cuda.set_device(device)
    prepare_process(device, threads)
    if distributed.rank() == 0:
        logging.info("training on %s", "the CPU" if kind == "cpu" else kind.upper())
    images = open_split(job.dataset_json, "train")
    validation = open_split(job.dataset_json, "validation")
    gray_share = gray_images.check(images, validation, settings.gray_threshold)
    table = prior.read(job.prior)
    class_weights = table.weight if settings.rebalance else np.ones_like(table.weight)

    torch.manual_seed(settings.seed)
    regression = settings.loss == "regression"
    outputs = 2 if regression else len(table.bins)
    network = ColorizationNet(outputs, job.settings.network.width)
    if settings.initialisation == "marginal":
        share = table.smoothed * class_weights
        initialise(network, None if regression else prior.log_marginal(share))
    if start := start_file(settings.start):
        take_parameters(network, table.bins, start, settings.steps)
    encoding = job.settings.encoding
    encoder = SoftEncoder(table.bins, encoding.neighbours, encoding.sigma)
    trainer = Trainer(settings, network, encoder, class_weights, device)
    states = StateFolder(Path(job.model).parent / "checkpoints", identity)
    session = loop.Session(trainer, images, validation, states, running)
    loop.run(session, Path(job.history))
    if distributed.rank() == 0:
        at = trainer.at
        provenance = dict(fingerprint=identity, step=at.best_step)
        provenance |= dict(validation_loss=at.best_loss)
        provenance |= dict(gray_share=round(gray_share, 4)) | environment(device)
        save_model(
            job.model,
            trainer.best,
            table.bins,
            job.settings.model_dump(),
            provenance,
            table.weight,
        )
