"""Colorize and measure the test split."""

import logging

import numpy as np

from colorization.data.dataset import open_split, read_labels
from colorization.evaluation import baselines, bootstrap, measuring
from colorization.evaluation.metrics_file import Metrics, write_metrics
from colorization.evaluation.perceptual import Perceptual
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method import prior
from colorization.method.constants import GRAY, MODEL, PRIOR_MEAN, RANDOM, TRUTH
from colorization.method.encoding import SoftEncoder
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError


def main(
    files: dict[str, str], settings: dict, others: dict, encoding: dict, threads: int
) -> None:
    """`files` maps the rule's inputs and outputs to their paths.

    `others` are the settings of the metrics by networks trained elsewhere.
    """
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    model = load_model(files["model"], device)
    table = prior.read(files["prior"])
    same_bins = np.array_equal(table.bins, model.bins)
    if not same_bins and model.settings.get("kind") != "published":
        raise StageError(f"{files['model']}, {files['prior']}: the bins differ")
    train, images = (open_split(files["dataset_json"], s) for s in ("train", "test"))
    encoder = SoftEncoder(table.bins, **encoding).to(device)
    temperature, precision = settings["temperature"], settings["precision"]
    way = predict.model(model, temperature, precision, device)
    ways = {
        # A published model may have bins of its own: its colours count, not its scores.
        MODEL: way if same_bins else baselines.without_scores(way),
        GRAY: baselines.gray,
        RANDOM: baselines.random(train, 0, device),
        PRIOR_MEAN: baselines.prior_mean(table.bins, table.probability, device),
        TRUTH: baselines.truth(encoder),
    }
    weights = prior.metric_weights(table)
    labels = (
        read_labels(files["dataset_json"], "test") if settings["labelled"] else None
    )
    perceptual = Perceptual(others, len(images), labels, device)
    for metric, reason in perceptual.unavailable.items():
        logging.info("%s is left out: %s", metric, reason)
    options = settings["batch"], device, perceptual
    result = measuring.evaluate(images, ways, encoder, weights, *options)

    summary = bootstrap.summarise(result.per_image)
    for way in ways:
        found = perceptual.distances(way)
        summary[way] |= {metric: dict(value=value) for metric, value in found.items()}
    unavailable = perceptual.unavailable
    measured = Metrics(images=len(images), unavailable=unavailable, methods=summary)
    write_metrics(files["metrics"], measured)
    for frame, path in [(result.per_image, "per_image"), (result.curves, "curves")]:
        with atomic(files[path]) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    settings = params.settings, params.perceptual, params.encoding
    with recorded(snakemake):
        main(files, *settings, snakemake.threads)
