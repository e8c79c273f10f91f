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
    own = settings["folder"]
    folder.prepare(
        description.parent,
        settings["size"],
        own["paths"],
        dict(validation=own["validation"], test=own["test"]),
        own["windows"],
        max_skipped,
        threads,
        identity,
        description.parents[2],
    )


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
