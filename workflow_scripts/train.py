"""Train a run, or go on with it."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from colorization import log
from colorization.data.dataset import open_split, read_description
from colorization.device import pick_device, prepare_process
from colorization.encoding import SoftEncoder
from colorization.model_file import save_model
from colorization.network import ColorizationNet, initialise, log_marginal
from colorization.provenance import environment
from colorization.training import trainer
from colorization.training.settings import TrainSettings
from colorization.training.state import StateFolder, fingerprint


def main(
    inputs: dict[str, str],
    model: Path,
    history: Path,
    settings: dict,
    code: str,
    threads: int,
) -> None:
    """`inputs` maps bins, weights, table and description to their paths."""
    train = TrainSettings(**settings["train"])
    device = pick_device(train.device)
    prepare_process(device, threads)
    bins = np.load(inputs["bins"], allow_pickle=False)
    weights = np.load(inputs["weights"], allow_pickle=False)
    weights = weights if train.rebalance else np.ones_like(weights)
    prior = pd.read_csv(inputs["table"])["smoothed"].to_numpy()
    data = read_description(inputs["description"])["splits"]

    torch.manual_seed(train.seed)
    regression = train.loss == "regression"
    outputs = 2 if regression else len(bins)
    network = ColorizationNet(outputs, settings["network"]["width"])
    initialise(network, None if regression else log_marginal(prior * weights))
    engine = trainer.Trainer(
        train, network, SoftEncoder(bins, **settings["encoding"]), weights, device
    )
    identity = fingerprint(settings, data, bins.tobytes(), weights.tobytes(), code)
    states = StateFolder(model.parent / "checkpoints", identity)
    images = (
        open_split(inputs["description"], split) for split in ("train", "validation")
    )
    trainer.run(engine, *images, states, history)

    at = engine.at
    made = dict(fingerprint=identity, step=at.best_step, validation_loss=at.best_loss)
    save_model(model, engine.best, bins, settings, made | environment(device))
    states.drop_others()


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    paths = dict(inputs), Path(output.model), Path(output.history)
    main(*paths, params.settings, params.code, snakemake.threads)
