"""Import folders of photographs."""

from pathlib import Path

from colorization.data import folder
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(
    description: Path, settings: dict, max_skipped: float, threads: int, identity: str
) -> None:
    """Write the splits beside `description`, results/data/…/dataset.json.

    `settings` are those of the config's data.
    """
    chosen = folder.Import(
        **settings["folder"], size=settings["size"], max_skipped=max_skipped
    )
    results = description.parents[2]
    folder.prepare(description.parent, chosen, threads, identity, results)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    description, params = Path(snakemake.output.description), snakemake.params
    identity = params.listing + params.code
    with recorded(snakemake):
        main(
            description,
            params.settings,
            params.running["max_skipped"],
            snakemake.threads,
            identity,
        )
