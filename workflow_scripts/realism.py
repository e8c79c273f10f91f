"""Write the page on which people tell photographs from colorized ones."""

from pathlib import Path

from colorization.evaluation.answer_key import Key
from colorization.pages import realism
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.json_file import read_json
from colorization.runtime.tables import read_arrays

if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files, output = snakemake.input, snakemake.output
    with recorded(snakemake):
        pairs = read_arrays(files.pairs, ["pairs"])["pairs"]
        key = read_json(files.key, Key)
        realism.write(key, pairs, Path(output.page), Path(output.pairs))
