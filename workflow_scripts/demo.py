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

# Photographs that may be passed on (docs/licences.md), by the names of their files.
SAMPLES = {
    "cameraman": skimage.data.camera,
    "astronaut": skimage.data.astronaut,
    "cat": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "coins": skimage.data.coins,
}


def main(
    files: dict[str, str], runtime: list[str], page: list[str], samples: list[str]
) -> None:
    """`files` maps model, report, base, onnx and metadata to their paths.

    `runtime` are the packages' files, `page` and `samples` files of the page to write.
    """
    sources = {path: WEB / "demo" / Path(path).name for path in page}
    sources |= {files["base"]: WEB / "base.css", files["onnx"]: files["model"]}
    for path, source in sources.items():
        with atomic(path) as temporary:
            shutil.copyfile(source, temporary)
    for path in samples:
        with atomic(path) as temporary:
            picture = Image.fromarray(SAMPLES[Path(path).stem]())
            picture.save(temporary, "JPEG", quality=90)
    report = read_json(files["report"], onnx_export.Report)
    metadata = onnx_export.read_metadata(files["onnx"])
    metadata["quality"] = report.quality.fp16
    # Sizes of the files that the page loads, for its progress bar.
    metadata["bytes"] = {
        Path(path).name: Path(path).stat().st_size for path in [*runtime, files["onnx"]]
    }
    # What the page keeps for use without a network.
    kept = [*page, files["base"], files["onnx"], *runtime, *samples]
    folder = Path(files["metadata"]).parent
    metadata["files"] = [Path(path).relative_to(folder).as_posix() for path in kept]
    write_json(files["metadata"], metadata)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    with recorded(snakemake):
        main(
            files,
            snakemake.input.runtime,
            snakemake.output.page,
            snakemake.output.samples,
        )
