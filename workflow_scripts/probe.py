"""Probe the layers of a trained model with linear classifiers."""

import pandas as pd

from colorization.data.dataset import open_split, read_description, read_labels
from colorization.evaluation import probe
from colorization.inference.model_file import load_model
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import atomic


def main(files: dict[str, str], settings: dict, threads: int) -> None:
    """`files` maps model, dataset_json and table to their paths."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    dataset_json = files["dataset_json"]
    # STL-10 has labelled images of its own to fit to.
    splits = read_description(dataset_json).splits
    fit, score = (
        (open_split(dataset_json, split), read_labels(dataset_json, split)[0])
        for split in ("labelled" if "labelled" in splits else "train", "test")
    )
    classes = read_labels(dataset_json, "test")[1]
    model = load_model(files["model"], device)
    rows = probe.run(model, fit, score, len(classes), settings, device)
    table = pd.DataFrame(rows).assign(chance=1 / len(classes))
    with atomic(files["table"]) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    with recorded(snakemake):
        main(files, snakemake.params.settings, snakemake.threads)
