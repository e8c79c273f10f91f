"""Read what people answered, and how often each run fooled them."""

import logging

from colorization.evaluation import fooling
from colorization.evaluation.answer_key import Key
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list, write_json
from colorization.runtime.json_file import read_json


def main(key_file: str, answers: list[str], output: str) -> None:
    """`answers` are files that the page saved."""
    key = read_json(key_file, Key)
    found = fooling.summarise(fooling.tabulate(fooling.read(answers, key), key))
    logging.info(
        "answers of %d people; %d more did not recognize the controls",
        found.people,
        found.inattentive,
    )
    write_json(output, found.model_dump())


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = snakemake.input
    with recorded(snakemake):
        main(files.key, as_list(files.answers), snakemake.output.fooling)
