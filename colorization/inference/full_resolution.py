"""Colours at a photograph's full resolution, from a network that sees a small copy.

The predicted ab is enlarged and joined with the photograph's own L.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float32, Float64, UInt
from torch import Tensor

from colorization.inference.hinted import join_painted, painting
from colorization.inference.join import join
from colorization.inference.model_file import Model
from colorization.inference.predict import predictor
from colorization.inference.small_copy import network_size, reduced
from colorization.method.constants import REBALANCE, TEMPERATURE
from colorization.method.decoding import Decoding
from colorization.method.hints import Hint, Sight
from colorization.runtime.log import StageError


class Options(NamedTuple):
    """How to colorize."""

    temperature: float = TEMPERATURE
    # Share of the class weights that is put in; None: as is usual for the model.
    rebalance: float | None = None
    # The shorter side that the network sees, in pixels; None: as in its training.
    size: int | None = None
    precision: str = "float32"
    # Put the gray photograph beside it.
    side_by_side: bool = False
    # Colours that were given to places.
    hints: tuple[Hint, ...] = ()


def usual_rebalance(model: Model) -> float:
    """The usual τ for photographs: 0 for a model that was trained with class weights."""
    trained_with = model.settings.get("train", {}).get("rebalance", True)
    return 0.0 if trained_with or model.weights is None else REBALANCE


class Colours(NamedTuple):
    """What is joined with the lightness of a photograph."""

    ab: Float32[np.ndarray, "2 h w"]  # at stride 4 of the small copy
    small: tuple[int, int]  # height and width of the copy
    painted: Float64[Tensor, "6 k l"] | None = None  # by hints (`method.hints`)


def colorize_array(
    model: Model, rgb: UInt[np.ndarray, "H W 3"], options: Options
) -> UInt[np.ndarray, "H W 3"]:
    """Colorize sRGB of 8 or 16 bits, colour or gray, at its full size.

    Raises StageError for hints to a model that was trained for regression.
    """
    colours = predict_colours(model, rgb, options)
    return join_colours(rgb, colours, torch.get_num_threads())


def predict_colours(
    model: Model, rgb: UInt[np.ndarray, "H W 3"], options: Options
) -> Colours:
    """The colours of a photograph. Raises StageError as `colorize_array` does."""
    height, width, _ = rgb.shape
    small = network_size(height, width, options.size or model.size)
    device = next(model.network.parameters()).device
    light = reduced(rgb, small).to(device)
    share = options.rebalance
    share = usual_rebalance(model) if share is None else share
    decoding = Decoding(options.temperature, share)
    predict = predictor(model, decoding, options.precision, device)
    with torch.no_grad():
        ab, logits = predict(light[None, None])
    colours = Colours(ab[0].float().cpu().numpy(), small)
    if not options.hints:
        return colours
    if logits is None:
        raise StageError(
            "hints need a model that predicts a distribution over colours, and this one "
            "was trained for regression: name another with --model, or leave out the hints"
        )
    sight = Sight(logits[0].cpu(), small)
    return colours._replace(painted=painting(rgb, sight, options.hints))


def join_colours(
    rgb: UInt[np.ndarray, "H W 3"],
    colours: Colours,
    threads: int,
    overwrite: bool = False,
) -> UInt[np.ndarray, "H W 3"]:
    """The L of a photograph with its colours, in so many threads.

    With `overwrite` it may take the place of `rgb`.
    """
    ab, small, painted = colours
    if painted is None:
        return join(rgb, ab, small, threads, overwrite)
    return join_painted(rgb, torch.from_numpy(ab), small, painted)


def beside_gray(
    rgb: UInt[np.ndarray, "H W 3"], coloured: UInt[np.ndarray, "H W 3"]
) -> UInt[np.ndarray, "H 2*W 3"]:
    """The gray photograph on the left, the coloured one on the right."""
    gray = join(rgb, np.zeros((2, 1, 1), np.float32), (8, 8), torch.get_num_threads())
    return np.concatenate([gray, coloured], axis=1)
