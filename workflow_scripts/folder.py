"""Import folders of photographs."""

from pathlib import Path

from colorization.data import folder
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(
    dataset_json: Path, settings: dict, max_skipped: float, threads: int, identity: str
) -> None:
    """Write the splits beside `dataset_json`, results/data/…/dataset.json.

    `settings` are those of the config's data.
    """
    own = settings["folder"]
    folder.prepare(
        dataset_json.parent,
        settings["size"],
        own["paths"],
        dict(validation=own["validation"], test=own["test"]),
        own["windows"],
        max_skipped,
        threads,
        identity,
        dataset_json.parents[2],
    )


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    dataset_json, params = Path(snakemake.output.dataset_json), snakemake.params
    identity = params.listing + params.code
    with recorded(snakemake):
        main(
            dataset_json,
            params.settings,
            params.running["max_skipped"],
            snakemake.threads,
            identity,
        )
