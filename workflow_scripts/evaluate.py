"""Colorize and measure the test split."""

import numpy as np
import pandas as pd

from colorization import evaluation, log
from colorization.data.dataset import open_split
from colorization.device import pick_device, prepare_process
from colorization.encoding import SoftEncoder
from colorization.figures import curves, grid
from colorization.files import atomic, write_json
from colorization.model_file import load_model


def main(files: dict[str, str], settings: dict, encoding: dict, threads: int) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    model = load_model(files["model"], device)
    images = open_split(files["description"], "test")
    temperature, precision = settings["temperature"], settings["precision"]
    methods = {
        "model": evaluation.model_method(model, temperature, precision, device),
        "gray": evaluation.gray_method,
    }
    weights = evaluation.balancing_weights(pd.read_csv(files["table"]))
    encoder = SoftEncoder(model.bins, **encoding)
    result = evaluation.evaluate(
        images, methods, encoder, weights, settings["batch"], device
    )

    write_json(files["metrics"], dict(images=len(images), methods=result.summary))
    for table, path in [(result.per_image, "per_image"), (result.curves, "curves")]:
        with atomic(files[path]) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    curves.draw(result.curves, files["curves_picture"])
    chosen = np.linspace(
        0, len(images) - 1, min(settings["grid_images"], len(images)), dtype=int
    )
    grid.draw(
        evaluation.pictures(images[chosen], methods["model"], device), files["grid"]
    )


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    main(files, params.settings, params.encoding, snakemake.threads)
