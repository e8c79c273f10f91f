"""Colorizing whole photographs: the network sees a small one, the eye the full size."""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorization.data.colorized import Memory, ProtectedFiles, Taken, result_name
from colorization.data.listing import Source
from colorization.images.image_file import (
    UNREADABLE,
    Photograph,
    load,
    save,
    to_8_bits,
)
from colorization.inference.model_file import Model
from colorization.inference.predict import predictor
from colorization.method.constants import TEMPERATURE
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, lightness
from colorization.runtime.files import atomic, drop_leftovers, printable
from colorization.runtime.log import StageError, advice
from colorization.runtime.progress import Progress

log = logging.getLogger(__name__)
MAX_PIXELS = 1_000_000_000
ANOTHER_NAME = "give one of the two another name, or its result another folder"
# The network's longer side, and the pixels that are joined at a time, bound the memory.
LONGEST, STRIPE = 4096, 1 << 20


class Options(NamedTuple):
    """How to colorize."""

    temperature: float = TEMPERATURE
    # The shorter side that the network sees, in pixels; None: as in its training.
    size: int | None = None
    precision: str = "float32"
    # Put the gray photograph beside it.
    side_by_side: bool = False


def network_size(height: int, width: int, size: int) -> tuple[int, int]:
    """What the network sees of a photograph: about its shape, in multiples of 8."""
    scale = size / min(height, width)
    h, w = (
        min(LONGEST, max(8, 8 * int(side * scale / 8 + 0.5)))
        for side in (height, width)
    )
    return h, w


def colorize_array(model: Model, rgb: np.ndarray, options: Options) -> np.ndarray:
    """Colorize uint8 or uint16 sRGB (H, W, 3), colour or gray, at its full size."""
    small = network_size(*rgb.shape[:2], options.size or model.size)
    image = Image.fromarray(to_8_bits(rgb)).resize(small[::-1], Image.Resampling.BOX)
    device = next(model.network.parameters()).device
    seen = lightness(torch.from_numpy(np.asarray(image).copy()).to(device))
    predict = predictor(model, options.temperature, options.precision, device)
    with torch.no_grad():
        ab, _ = predict(seen[None, None])
    return _join(rgb, ab[0], small)


def _join(rgb: np.ndarray, ab: Tensor, small: tuple[int, int]) -> np.ndarray:
    """The L of `rgb` (H, W, 3) with ab (2, h, w) at stride 4 of an image of size `small`."""
    height, width = rgb.shape[:2]
    levels, step = np.iinfo(rgb.dtype).max + 1, max(1, STRIPE // width)
    top, bottom, down = _neighbours(height, small[0], ab.shape[1], ab.device)
    left, right, along = _neighbours(width, small[1], ab.shape[2], ab.device)
    ab = torch.lerp(ab[..., left], ab[..., right], along)  # (2, h, W)
    joined = np.empty_like(rgb)
    for start in range(0, height, step):
        rows = slice(start, start + step)
        part = rgb[rows].astype(np.uint8 if levels == 256 else np.int32)
        light = lightness(torch.from_numpy(part).to(ab.device))
        colour = torch.lerp(ab[:, top[rows]], ab[:, bottom[rows]], down[rows, None])
        lab = torch.cat([light[None], colour]).permute(1, 2, 0)
        joined[rows] = lab_to_srgb(lab, levels).cpu().numpy()
    return joined


def _neighbours(
    full: int, small: int, samples: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Along one axis, each full-size pixel's two samples and the second one's share.

    Sample i belongs at pixel 4·i of the small image (`decoding.enlarge`); beyond the
    last its value holds. Pixels are compared by their middles.
    """
    pixel = torch.arange(full, dtype=torch.float64, device=device)
    place = ((pixel + 0.5) * small / full - 0.5) / OUTPUT_STRIDE
    place = place.clamp(0, samples - 1)
    first = place.floor()
    second = (first + 1).clamp(max=samples - 1)
    return first.long(), second.long(), (place - first).float()


def beside_gray(rgb: np.ndarray, coloured: np.ndarray) -> np.ndarray:
    """What the network saw of it on the left, (H, 2·W, 3)."""
    ab = torch.zeros(2, 1, 1)
    return np.concatenate([_join(rgb, ab, (8, 8)), coloured], axis=1)


def colorize_file(
    model: Model,
    source: Source,
    out: Path,
    options: Options,
    protected: ProtectedFiles,
) -> dict:
    """Colorize one file to below `out`. A row for the table of `colorize_files`."""
    photograph = load(Path(*source), MAX_PIXELS)
    alpha, deep = photograph.alpha, photograph.rgb.dtype == np.uint16
    result = result_name(source.name, only_png=deep or alpha is not None)
    if overwritten := protected.overwritten_by(out / result):
        raise Taken(f"the result would be written over {overwritten}")
    coloured = colorize_array(model, photograph.rgb, options)
    if options.side_by_side:
        coloured = beside_gray(photograph.rgb, coloured)
        alpha = alpha if alpha is None else np.concatenate([alpha, alpha], axis=1)
    _write(out / result, Photograph(coloured, alpha, photograph.exif))
    height, width = photograph.rgb.shape[:2]
    return dict(result=result, width=width, height=height, reason="")


def _write(path: Path, photograph: Photograph) -> None:
    try:
        drop_leftovers(path)
        with atomic(path) as temporary:
            save(temporary, photograph)
    except OSError as error:
        if line := advice(error):  # no fault of the photograph
            raise StageError(line) from None
        raise


def colorize_files(
    model: Model,
    sources: list[Source],
    out: Path,
    options: Options,
    memory: Memory | None = None,
) -> list[dict]:
    """Colorize files to below `out`, under their names; one row each.

    A row has photograph, result, width, height and, if it failed, the reason. What the
    `memory` knows is not done again; failures that may pass are not remembered.
    Raises StageError when the results cannot be written.
    """
    rows, protected = [], ProtectedFiles(sources)
    with Progress(len(sources), "colorize", "photographs") as progress:
        for source in sources:
            row, passing = memory.recall(source) if memory else None, False
            if row and protected.overwritten_by(out / row["result"]):
                row = None
            if row is None:
                try:
                    row = colorize_file(model, source, out, options, protected)
                except UNREADABLE as error:
                    reason = printable(str(error) or type(error).__name__)
                    row = dict(result="", width=0, height=0, reason=reason)
                    # Not of the file: it is away, its result's name is taken, there is
                    # no right or memory.
                    passing = bool(getattr(error, "errno", None))
                    passing |= isinstance(error, Taken | MemoryError)
                if memory and not passing:
                    memory.remember(source, row)
            path = printable(Path(*source))
            if row["reason"]:
                log.error("%s: %s", path, row["reason"])
            else:
                protected.add(out / row["result"], f"that of {path}: {ANOTHER_NAME}")
            rows.append(dict(photograph=source.name) | row)
            progress.advance()
    return rows
