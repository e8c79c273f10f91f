"""Colorize the test split by all methods, and measure them."""

import logging

import numpy as np

from colorization.data.dataset import open_split, read_labels
from colorization.evaluation import baselines, bootstrap, measuring
from colorization.evaluation.metrics_file import Metrics, write_metrics
from colorization.evaluation.perceptual import Perceptual
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method.constants import GRAY, MODEL, PRIOR_MEAN, RANDOM, TRUTH
from colorization.method.decoding import Decoding
from colorization.method.encoding import SoftEncoder
from colorization.method.prior import read as read_prior
from colorization.method.rebalancing_weights import metric_weights
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import measuring_device, pick_device, prepare_process
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError


def main(
    files: dict[str, str],
    settings: dict,
    perceptual_settings: dict,
    encoding: dict,
    threads: int,
) -> None:
    """`files` maps the rule's inputs and outputs to their paths.

    `perceptual_settings` are those of the metrics by networks trained elsewhere.
    """
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    model = load_model(files["model"], device)
    here = measuring_device(device)
    prior = read_prior(files["prior"])
    has_same_bins = np.array_equal(prior.bins, model.bins)
    if not has_same_bins and model.settings.get("kind") != "published":
        raise StageError(f"{files['model']}, {files['prior']}: the bins differ")
    train, images = (open_split(files["dataset_json"], s) for s in ("train", "test"))
    encoder = SoftEncoder(prior.bins, **encoding).to(here)
    decoding = Decoding(settings["temperature"], settings["rebalance"])
    trained = predict.model_method(model, decoding, settings["precision"], here)
    methods = {
        # A published model may have other bins: its scores cannot be measured then.
        MODEL: trained if has_same_bins else baselines.without_scores(trained),
        GRAY: baselines.gray,
        RANDOM: baselines.random(train, 0, here),
        PRIOR_MEAN: baselines.prior_mean(prior.bins, prior.probability, here),
        TRUTH: baselines.truth(encoder),
    }
    is_labelled, dataset_json = settings["labelled"], files["dataset_json"]
    labels = read_labels(dataset_json, "test") if is_labelled else None
    perceptual = Perceptual(perceptual_settings, len(images), labels, here)
    for metric, reason in perceptual.unavailable.items():
        logging.info("%s is left out: %s", metric, reason)
    weights = metric_weights(prior.smoothed, prior.count.sum())
    scoring = measuring.Scoring(encoder, weights, perceptual)
    result = measuring.evaluate(images, methods, scoring, settings["batch"], here)

    summary = bootstrap.summarise(result.per_image)
    for name in methods:
        distances = perceptual.distances(name)
        summary[name] |= {key: dict(value=value) for key, value in distances.items()}
    unavailable = perceptual.unavailable
    metrics = Metrics.model_validate(
        dict(images=len(images), unavailable=unavailable, methods=summary)
    )
    write_metrics(files["metrics"], metrics)
    for frame, path in [(result.per_image, "per_image"), (result.curves, "curves")]:
        with atomic(files[path]) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    settings = params.settings, params.perceptual, params.encoding
    with recorded(snakemake):
        main(files, *settings, snakemake.threads)
