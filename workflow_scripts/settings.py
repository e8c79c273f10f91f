"""Write the merged and checked settings of all runs."""

import yaml

from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(runs: dict[str, dict], path: str) -> None:
    """Write one YAML document with all runs, in the config's order."""
    with atomic(path) as temporary:
        text = yaml.safe_dump(runs, sort_keys=False, allow_unicode=True)
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(dict(snakemake.params.runs), snakemake.output.text)
