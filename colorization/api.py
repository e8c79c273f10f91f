"""Colorizing arrays from Python, for example in a notebook."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt

from colorization.inference.full_resolution import Options, colorize_array
from colorization.inference.model_file import Model, load_model
from colorization.method.constants import TEMPERATURE
from colorization.runtime.base_model import BASE
from colorization.runtime.device import pick_device


class Colorizer:
    """A trained model that colorizes photographs.

    >>> colorizer = Colorizer.load()
    >>> coloured = colorizer(rgb, vividness=0.5)
    """

    def __init__(self, model: Model):
        self.model = model

    @classmethod
    def load(cls, path: Path | str = BASE, device: str = "auto") -> "Colorizer":
        """Read a model.safetensors, by default the base model.

        `device` is auto, cpu, cuda or mps. Raises StageError.
        """
        return cls(load_model(path, pick_device(device)))

    def __call__(
        self,
        rgb: UInt[np.ndarray, "H W 3"],
        temperature: float = TEMPERATURE,
        vividness: float | None = None,
        size: int | None = None,
    ) -> UInt[np.ndarray, "H W 3"]:
        """Colorize sRGB of 8 or 16 bits, colour or gray; only its lightness is used.

        `temperature` T is in (0, 1]: lower is nearer to the likeliest colour. `vividness`
        is τ, how much rare colours are preferred: 0 not at all, 1 as in the paper, None
        as is usual for the model. `size` is the shorter side that the network sees, in
        pixels; None is the size that it was trained on.
        """
        return colorize_array(self.model, rgb, Options(temperature, vividness, size))
