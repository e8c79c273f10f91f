"""Export a trained model to ONNX, and measure what that changes."""

import logging
from importlib.metadata import version
from itertools import product, starmap
from pathlib import Path

import numpy as np

from colorization.data.dataset import open_split
from colorization.evaluation import onnx_check
from colorization.inference import onnx_export
from colorization.inference.model_file import load_model
from colorization.method.decoding import Decoding
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.base_model import BASE
from colorization.runtime.device import prepare_process
from colorization.runtime.files import write_json

# Test images that quality is measured on, and that both ways are compared on.
MEASURED, COMPARED = 256, 8
PACKAGES = ("torch", "onnx", "onnxruntime", "onnxscript")


def main(files: dict[str, str], settings: dict, threads: int) -> None:
    """`files` maps model, dataset_json, onnx, half and report to their paths."""
    prepare_process(onnx_export.CPU, threads)
    model = load_model(files["model"])
    shown = "name", "temperature", "rebalance", "licence"
    metadata = {key: settings[key] for key in shown}
    metadata |= dict(size=model.size, bins=model.bins.tolist(), settings=model.settings)
    metadata["weights"] = None if model.weights is None else model.weights.tolist()
    logging.getLogger("onnxscript").setLevel(logging.WARNING)  # logs each pass
    logging.getLogger("onnx_ir").setLevel(logging.WARNING)
    whole = onnx_export.to_onnx(model, metadata)
    onnx_export.save(whole, files["onnx"])
    onnx_export.save(onnx_export.with_half_weights(whole), files["half"])

    images = open_split(files["dataset_json"], "test")
    measured, few = (
        images[np.linspace(0, len(images) - 1, min(n, len(images)), dtype=int)]
        for n in (MEASURED, COMPARED)
    )
    models = dict(
        pytorch=onnx_export.in_pytorch(model),
        onnx=onnx_export.in_onnxruntime(files["onnx"]),
        fp16=onnx_export.in_onnxruntime(files["half"]),
    )
    usual = Decoding(settings["temperature"], settings["rebalance"])
    temperatures = {1.0} if model.regression else {0.2, usual.temperature, 1.0}
    without = model.regression or model.weights is None
    shares = {0.0} if without else {0.0, 0.5, usual.rebalance, 1.0}
    decodings = list(starmap(Decoding, product(sorted(temperatures), sorted(shares))))
    rows = onnx_check.agreement(models["pytorch"], models["onnx"], few, decodings)
    half = onnx_check.agreement(models["pytorch"], models["fp16"], few, decodings)
    onnx_check.check(rows, files["onnx"])
    report = dict(
        run=settings["name"],
        opset=onnx_export.OPSET,
        versions={name: version(name) for name in PACKAGES},
        bytes={key: Path(files[key]).stat().st_size for key in ("onnx", "half")},
        agreement=rows,
        worst=dict(onnx=onnx_check.worst(rows), fp16=onnx_check.worst(half)),
        images=len(measured),
        quality={
            name: onnx_check.quality(run, measured, usual, settings["batch"])
            for name, run in models.items()
        },
    )
    write_json(files["report"], report)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    files["model"] = files["model"] or BASE  # which no rule makes
    with recorded(snakemake):
        main(files, snakemake.params.settings, snakemake.threads)
