"""Label photographs by the first folder of their paths."""

from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_table


def main(images: str, labels: str) -> None:
    """Turn images.csv into labels.csv. Raises StageError for an image without a folder."""
    table = read_table(images, ["index"], ["split", "file"])
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
