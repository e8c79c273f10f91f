"""A model file in half the bytes: python -m colorization.inference.half_precision IN OUT"""

import sys
from pathlib import Path

from colorization.inference.model_file import load_model, save_model


def halve(source: Path | str, target: Path | str) -> None:
    """Write a model with kernels in float16, which `load_model` reads into float32.

    Biases and batch norm stay in float32: they are few, and variances can exceed 65504.
    """
    model = load_model(source)
    parameters = {
        name: value.half() if value.dim() == 4 else value
        for name, value in model.network.state_dict().items()
    }
    made = model.settings, model.provenance, model.weights
    save_model(target, parameters, model.bins, *made)


if __name__ == "__main__":
    halve(*sys.argv[1:])
