"""Colorize some test images at all temperatures: a fixed selection, best and worst."""

import numpy as np

from colorization.data.dataset import open_split
from colorization.evaluation import baselines, pictures
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import atomic
from colorization.runtime.tables import read_table


def main(files: dict[str, str], settings: dict, threads: int) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    images = open_split(files["description"], "test")
    model = load_model(files["model"], device)
    renderings = {"model": settings["temperature"]}
    if not model.regression:  # which has no temperature
        renderings |= {f"T = {t:g}": t for t in sorted(settings["temperatures"])}
    ways = {"gray": baselines.gray, "ground truth": baselines.truth_colours} | {
        name: predict.model(model, temperature, settings["precision"], device)
        for name, temperature in renderings.items()
    }
    count = min(settings["grid_images"], len(images))
    fixed = np.linspace(0, len(images) - 1, count, dtype=int)
    made = pictures.render(images[fixed], ways, device)
    with atomic(files["selection"]) as temporary:
        np.savez(temporary, index=fixed, **made)
    per_image = read_table(files["per_image"], ["image", "auc"]).query(
        "method == 'model'"
    )
    names, ranked = pictures.ranked(per_image.set_index("image")["auc"])
    made = pictures.render(images[ranked], ways, device)
    with atomic(files["ranks"]) as temporary:
        np.savez(temporary, rank=names, index=ranked, **made)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    with recorded(snakemake):
        main(files, snakemake.params.settings, snakemake.threads)
