"""Colorize some test images at all temperatures: a fixed selection, and by rank."""

from typing import Any

import numpy as np

from colorization.data.dataset import open_split, read_description
from colorization.evaluation import baselines, pictures
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.method.decoding import Decoding
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import measuring_device, pick_device, prepare_process
from colorization.runtime.files import atomic
from colorization.runtime.tables import read_table


def main(files: dict[str, str], settings: dict, threads: int) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    images = open_split(files["dataset_json"], "test")
    model = load_model(files["model"], device)
    here = measuring_device(device)

    def at(temperature: float) -> predict.Method:
        decoding = Decoding(temperature, settings["rebalance"])
        return predict.model_method(model, decoding, settings["precision"], here)

    methods: dict[str, predict.Method] = {
        GRAY: baselines.gray,
        TRUTH: baselines.truth_colours,
    }
    methods[MODEL] = at(settings["temperature"])
    # A regression has no temperature.
    temperatures = [] if model.regression else sorted(settings["temperatures"])
    annealed = {temperature: at(temperature) for temperature in temperatures}

    def save(path: str, chosen: list[int] | np.ndarray, **columns) -> None:
        arrays: dict[str, Any] = {**columns, "index": chosen}
        arrays |= pictures.render(images[chosen], methods, here)
        arrays |= pictures.sweep(images[chosen], annealed, here)
        with atomic(path) as temporary:
            np.savez(temporary, **arrays)

    count = min(settings["grid_images"], len(images))
    fixed = np.linspace(0, len(images) - 1, count, dtype=int)
    save(files["selection"], fixed)
    per_image = read_table(files["per_image"], ["image", "auc"]).query(
        "method == 'model'"
    )
    origins = pictures.origins(read_description(files["dataset_json"]), len(images))
    ranks, ranked = pictures.ranked(per_image.set_index("image")["auc"], origins)
    save(files["ranks"], ranked, rank=ranks)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    with recorded(snakemake):
        main(files, snakemake.params.settings, snakemake.threads)
