"""Colorizing arrays from Python, in a notebook say."""

from pathlib import Path

import numpy as np

from colorization.inference.model_file import Model, load_model
from colorization.inference.photographs import Options, colorize_array
from colorization.method.constants import TEMPERATURE
from colorization.runtime.device import pick_device


class Colorizer:
    """A trained model that colorizes photographs.

    >>> colorizer = Colorizer.load("results/train/full/model.safetensors")
    >>> coloured = colorizer(rgb, temperature=0.38)
    """

    def __init__(self, model: Model):
        self.model = model

    @classmethod
    def load(cls, path: Path | str, device: str = "auto") -> "Colorizer":
        """Read a model.safetensors; `device` is auto, cpu or cuda. Raises StageError."""
        return cls(load_model(path, pick_device(device)))

    def __call__(
        self, rgb: np.ndarray, temperature: float = TEMPERATURE, size: int | None = None
    ) -> np.ndarray:
        """sRGB (H, W, 3), uint8 or uint16, colour or gray, to the same in colour.

        Only its lightness is used. `temperature` in (0, 1]: lower is more vivid. `size`
        is the shorter side that the network sees, in pixels; as in its training if None.
        """
        return colorize_array(self.model, rgb, Options(temperature, size))
