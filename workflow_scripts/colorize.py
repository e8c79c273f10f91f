"""Colorize own photographs, each once."""

import json
import logging
from pathlib import Path

import pandas as pd

from colorization import log, photographs
from colorization.data.listing import list_images
from colorization.device import pick_device, prepare_process
from colorization.files import atomic, file_digest
from colorization.log import StageError
from colorization.model_file import load_model
from colorization.provenance import recorded


def main(photos: str, model: str, table: Path, settings: dict, threads: int) -> None:
    """Colorize what lies at `photos` to beside `table`."""
    device = pick_device(settings["device"])
    prepare_process(device, threads)
    sources = list_images([photos])
    out = table.parent
    how = photographs.Options(settings["temperature"], None, settings["precision"])
    key = json.dumps([file_digest(model), how])
    memory = photographs.Memory(out / ".done.jsonl", out, key)
    rows = photographs.colorize_files(
        load_model(model, device),
        sources,
        out,
        how,
        known=memory.known,
        done=memory.done,
    )
    failed = sum(bool(row["reason"]) for row in rows)
    logging.info(
        "%d photographs: %d new or changed, %d cannot be read: %s has the reasons",
        *(len(rows), memory.added, failed, table),
    )
    if failed == len(rows):
        raise StageError(f"photos: no image that can be read in {photos}")
    with atomic(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, errors="surrogateescape")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    model, table = snakemake.input.model, Path(snakemake.output.table)
    options = snakemake.params.settings, snakemake.threads
    with recorded(snakemake):
        # Not a param: where photographs lie matters to nothing.
        main(snakemake.config["photos"], model, table, *options)
