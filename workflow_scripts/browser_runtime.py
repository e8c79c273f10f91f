"""Download the part of onnxruntime that runs in a browser."""

import shutil
import tempfile
from pathlib import Path

import onnxruntime

from colorization.pages import WEB, npm
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(files: list[str], licences: list[str]) -> None:
    """Copy the package's `files` and the `licences` to their paths."""
    with tempfile.TemporaryDirectory() as folder:
        packages = npm.install(WEB / "package-lock.json", Path(folder))
        # The package for browsers has no text of its licence; Python's is of one source.
        python = Path(onnxruntime.__path__[0])
        browser = packages / "onnxruntime-web" / "dist"
        sources = {path: browser / Path(path).name for path in files}
        sources |= {path: python / Path(path).name for path in licences}
        for path, source in sources.items():
            with atomic(path) as temporary:
                shutil.copyfile(source, temporary)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.output.files, snakemake.output.licences)
