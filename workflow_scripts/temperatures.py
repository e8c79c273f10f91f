"""Measure one model at several temperatures and shares of rebalancing."""

from itertools import product, starmap

import numpy as np
import pandas as pd

from colorization.data.dataset import open_split
from colorization.evaluation import baselines, bootstrap, measuring
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method.decoding import Decoding
from colorization.method.encoding import SoftEncoder
from colorization.method.prior import read as read_prior
from colorization.method.rebalancing_weights import metric_weights
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import measuring_device, pick_device, prepare_process
from colorization.runtime.files import atomic


def main(files: dict[str, str], settings: dict, encoding: dict, threads: int) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    model = load_model(files["model"], device)
    here = measuring_device(device)
    images = open_split(files["dataset_json"], "test")
    count = min(settings["sweep_images"], len(images))
    images = images[np.linspace(0, len(images) - 1, count, dtype=int)]
    # A model without class weights is decoded without them.
    shares = [0.0] if model.weights is None else sorted(settings["rebalances"])
    decodings = list(
        starmap(Decoding, product(sorted(settings["temperatures"]), shares))
    )
    decoded = predict.model_methods(model, decodings, settings["precision"], here)
    methods = dict(enumerate(map(baselines.without_scores, decoded)))
    prior = read_prior(files["prior"])
    encoder = SoftEncoder(prior.bins, **encoding)
    weights = metric_weights(prior.smoothed, prior.count.sum())
    scoring = measuring.Scoring(encoder, weights, thorough=False)
    result = measuring.evaluate(images, methods, scoring, settings["batch"], here)
    summaries = bootstrap.summarise(result.per_image).values()
    rows = [
        decoding._asdict()
        | {metric: interval["value"] for metric, interval in summary.items()}
        for decoding, summary in zip(decodings, summaries, strict=True)
    ]
    truth = result.per_image["colourfulness_truth"].mean()
    sweep = pd.DataFrame(rows).assign(colourfulness_truth=truth)
    with atomic(files["table"]) as temporary:
        sweep.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    params = snakemake.params
    with recorded(snakemake):
        main(files, params.settings, params.encoding, snakemake.threads)
