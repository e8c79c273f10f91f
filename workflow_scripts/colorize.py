"""Colorize own photographs, each once."""

import json
import logging
from pathlib import Path

import pandas as pd

from colorization.data.colorized import LISTED, Memory, write_listed
from colorization.data.listing import list_images
from colorization.inference import full_resolution, photographs
from colorization.inference.model_file import load_model
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.base_model import BASE
from colorization.runtime.device import pick_device, prepare_process
from colorization.runtime.files import atomic, file_digest
from colorization.runtime.log import StageError


def main(model: str, table: Path, params: dict, threads: int) -> None:
    """Colorize photographs to beside `table`; `params` are the rule's."""
    settings, out, photos = (
        params["settings"],
        table.parent,
        params["running"]["photos"],
    )
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    sources = list_images([photos], logging.info, results=out.parents[1])
    how = full_resolution.Options(
        settings["temperature"],
        settings["rebalance"],
        precision=settings["precision"],
    )
    memory = Memory(out, json.dumps([file_digest(model), how, params["code"]]))
    # Results that a job which is stopped has changed were not lost.
    (out / LISTED).unlink(missing_ok=True)
    network = load_model(model, device)
    rows = photographs.colorize_files(network, sources, out, how, memory)
    reasons = [row["reason"] for row in rows if row["reason"]]
    logging.info(
        "%d photographs: %d new, changed or lost; %d not colorized: %s has the reasons",
        *(len(rows), memory.added, len(reasons), table),
    )
    if len(reasons) == len(rows):
        why = f"; the first: {reasons[0]}" if rows else ""
        raise StageError(f"colorize.photos: no image that can be read in {photos}{why}")
    with atomic(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, errors="surrogateescape")
    write_listed(out, rows, params["lost"]["lost_results"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    # No rule makes the base model.
    model = snakemake.input.model or str(BASE)
    table = Path(snakemake.output.table)
    options = dict(snakemake.params.items()), snakemake.threads
    with recorded(snakemake):
        main(model, table, *options)
