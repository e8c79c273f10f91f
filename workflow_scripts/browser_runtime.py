"""Download the packages that run in the browser: onnxruntime's part, and client-zip."""

import shutil
import tempfile
from pathlib import Path

import onnxruntime

from colorization.pages import WEB, npm
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(files: list[str], licences: list[str]) -> None:
    """Copy the packages' `files` and the `licences` to their paths."""
    with tempfile.TemporaryDirectory() as folder:
        packages = npm.install(WEB / "package-lock.json", Path(folder))
        # The package for browsers has no text of its licence; Python's is of one source.
        python = Path(onnxruntime.__path__[0])
        code = {"onnxruntime": packages / "onnxruntime-web" / "dist"}
        code["client-zip"] = packages / "client-zip"
        for path in map(Path, files + licences):
            licence = path.parent.name == "onnxruntime" and str(path) in licences
            source = python if licence else code[path.parent.name]
            with atomic(path) as temporary:
                shutil.copyfile(source / path.name, temporary)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.output.files, snakemake.output.licences)
