"""Beginning from the parameters of another model."""

import logging
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from colorization.inference.model_file import load_model
from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)


def take_parameters(
    network: ColorizationNet, bins: Float32[np.ndarray, "Q 2"], path: Path, steps: int
) -> None:
    """Copy a model's parameters into a network of the same width.

    The last layer stays as it is if the two have other outputs: other bins, or bins and
    ab. Raises StageError if the file is damaged or does not fit.
    """
    start = load_model(path)
    if start.network.width != network.width:
        raise StageError(
            f"train.start: {path} has network.width {start.network.width}, this run "
            f"{network.width}"
        )
    parameters = start.network.state_dict()
    outputs = network.out.out_channels, start.network.out.out_channels
    same_bins = start.regression or np.array_equal(bins, start.bins)
    if outputs[0] != outputs[1] or not same_bins:
        if not steps:
            raise StageError(
                f"train.steps: 0 leaves the last layer untrained, because {path} has other "
                "outputs: set gamut.bins and train.loss as in that model, or train some "
                "steps"
            )
        log.warning("the last layer begins anew: %s has other outputs", path)
        parameters |= {k: v for k, v in network.state_dict().items() if k[:4] == "out."}
    network.load_state_dict(parameters)
    log.info("starting from %s", path)
