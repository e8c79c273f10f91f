"""Copy and write the files of the page that colorizes in the browser."""

import shutil
from pathlib import Path

import skimage.data
from PIL import Image

from colorization.inference import onnx_export
from colorization.pages import WEB
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic, write_json
from colorization.runtime.json_file import read_json


def main(files: dict[str, str], runtime: list[str], page: list[str]) -> None:
    """`files` maps model, report, base, onnx, metadata and photograph to their paths.

    `runtime` are the files of onnxruntime, `page` those of the page to write.
    """
    sources = {path: WEB / "demo" / Path(path).name for path in page}
    sources |= {files["base"]: WEB / "base.css", files["onnx"]: files["model"]}
    for path, source in sources.items():
        with atomic(path) as temporary:
            shutil.copyfile(source, temporary)
    # An old photograph in black and white, CC0, that no run trains on.
    with atomic(files["photograph"]) as temporary:
        Image.fromarray(skimage.data.camera()).save(temporary)
    report = read_json(files["report"], onnx_export.Report)
    metadata = onnx_export.read_metadata(files["onnx"])
    metadata["quality"] = report.quality.fp16
    # Sizes of the files that the page loads, for its progress bar.
    metadata["bytes"] = {
        Path(path).name: Path(path).stat().st_size for path in [*runtime, files["onnx"]]
    }
    write_json(files["metadata"], metadata)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    with recorded(snakemake):
        main(files, snakemake.input.runtime, snakemake.output.page)
