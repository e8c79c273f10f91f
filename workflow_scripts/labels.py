"""Label photographs by the first folder of their paths."""

import pandas as pd

from colorization import log
from colorization.files import atomic
from colorization.log import StageError
from colorization.provenance import recorded


def main(images: str, labels: str) -> None:
    """Turn images.csv into labels.csv. Raises StageError for one without a folder."""
    table = pd.read_csv(images, dtype=str, keep_default_na=False)
    for name in table["file"]:
        if "/" not in name:
            raise StageError(
                f"data.folder.labels: {name!r} lies in no folder that could be its label"
            )
    table["label"] = table["file"].str.split("/").str[0]
    with atomic(labels) as temporary:
        table[["split", "index", "label"]].to_csv(temporary, index=False)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.input.images, snakemake.output.labels)
