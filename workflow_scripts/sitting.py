"""Colorize photographs for people to judge."""

from pathlib import Path

import numpy as np

from colorization.data.dataset import open_split
from colorization.evaluation import sitting
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method.decoding import Decoding
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import as_list, atomic, write_json


def main(
    files: dict[str, str],
    models: dict[str, str],
    settings: dict[str, dict],
    chosen: dict,
    threads: int,
) -> None:
    """`files` maps dataset_json and outputs to paths; `settings` are those of each run."""
    device = pick_device(next(iter(settings.values()))["device"])
    prepare_process(device, threads)
    train, images = (open_split(files["dataset_json"], s) for s in ("train", "test"))
    batch = min(run["batch"] for run in settings.values())

    def colour(numbers: list[int], method: predict.Method) -> np.ndarray:
        return sitting.colourings(images[numbers], method, batch, device)

    def method_of(run: str) -> predict.Method:
        decoding = Decoding(settings[run]["temperature"], settings[run]["rebalance"])
        model = load_model(models[run], device)
        return predict.model_method(model, decoding, settings[run]["precision"], device)

    key, pairs = sitting.make(
        sitting.choose(len(images), chosen),
        colour,
        {run: method_of(run) for run in models},
        sitting.wrong_colours(train, device),
        chosen["seed"],
    )
    write_json(files["key"], key.model_dump())
    with atomic(files["pairs"]) as temporary:
        np.savez(temporary, pairs=pairs)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    models = {Path(p).parent.name: p for p in as_list(snakemake.input.models)}
    files, params = {**snakemake.input, **snakemake.output}, snakemake.params
    with recorded(snakemake):
        main(files, models, dict(params.runs), dict(params.chosen), snakemake.threads)
