"""Batches: the images and crops of each step, and their conversion to L and targets."""

import math
import signal
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, Dataset

from colorization.data.memory_map import take
from colorization.method.encoding import SoftEncoder
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lightness, srgb_to_lab
from colorization.planning.train_schema import TrainSettings
from colorization.runtime.system import FORK


class RawBatch(NamedTuple):
    """Images, and how each is cropped and mirrored."""

    images: UInt8[Tensor, "B H W 3"]
    top: Int64[Tensor, " B"]
    left: Int64[Tensor, " B"]
    mirror: Int64[Tensor, " B"]


class Sides(NamedTuple):
    """Sides of one step's windows in the images, and of the crops that they become."""

    window: int
    crop: int


def sides(settings: TrainSettings, step: int, size: int) -> Sides:
    """A function of (seed, step) alone. `size` is the images' shorter side."""
    crop = window = settings.crop
    rng = np.random.default_rng([settings.seed, 2, step])
    if settings.window is not None:
        least = math.ceil(settings.window * size)
        window = int(rng.integers(least, size, endpoint=True))
    if settings.smallest_crop is not None:
        least = settings.smallest_crop // 8
        crop = 8 * int(rng.integers(least, crop // 8, endpoint=True))
    return Sides(crop if settings.window is None else window, crop)


class Batches(Dataset[RawBatch]):
    """Batch number s of a run: a function of (seed, s) alone.

    So training can go on from any step without the state of a sampler or generator. Each
    epoch shows each image once, in a new order. Of several processes, number `rank` of
    `world` gets its share of the batch.
    """

    def __init__(
        self,
        images: UInt8[np.ndarray, "N H W 3"],
        settings: TrainSettings,
        rank: int = 0,
        world: int = 1,
    ):
        """`images` have any strides; usually they are a memory map."""
        self._images, self._settings = images, settings
        self._epoch, self._order = -1, np.empty(0, np.int64)
        share = settings.batch // world
        self._mine = slice(rank * share, (rank + 1) * share)
        self.steps = settings.steps

    def _image_at(self, position: int) -> int:
        epoch, index = divmod(position, len(self._images))
        if epoch != self._epoch:
            rng = np.random.default_rng([self._settings.seed, 0, epoch])
            self._epoch, self._order = epoch, rng.permutation(len(self._images))
        return int(self._order[index])

    def __getitem__(self, step: int) -> RawBatch:
        batch = self._settings.batch
        chosen = [self._image_at(step * batch + i) for i in range(batch)]
        images = take(self._images, chosen[self._mine])
        rng = np.random.default_rng([self._settings.seed, 1, step])
        height, width = images.shape[1:3]
        window = sides(self._settings, step, min(height, width)).window
        top = rng.integers(height - window + 1, size=batch)
        left = rng.integers(width - window + 1, size=batch)
        mirror = rng.integers(2, size=batch) * self._settings.mirror
        drawn = (values[self._mine] for values in (top, left, mirror))
        return RawBatch(*map(torch.from_numpy, (images, *drawn)))


def _ignore_signals(worker: int) -> None:
    """Workers ignore signals that stop the run, because they must load its last batch."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def load_batches(
    batches: Batches, first: int, device: torch.device
) -> DataLoader[RawBatch]:
    """Iterate over batches `first`…steps−1; on CUDA, read ahead into pinned memory."""
    steps = range(first, batches.steps)
    if device.type != "cuda" or not FORK:
        return DataLoader(batches, batch_size=None, sampler=steps)
    return DataLoader(
        batches,
        batch_size=None,
        sampler=steps,
        num_workers=2,
        pin_memory=True,
        prefetch_factor=4,
        worker_init_fn=_ignore_signals,
        multiprocessing_context=FORK,  # so that workers share the memory map
    )


def crop_and_mirror(
    batch: RawBatch, window: int
) -> UInt8[Tensor, "B {window} {window} 3"]:
    """Cut each image's window on the device."""
    along = torch.arange(window, device=batch.images.device)
    rows = batch.top[:, None] + along  # (B, window)
    columns = batch.left[:, None] + torch.where(
        batch.mirror[:, None] == 1, window - 1 - along, along
    )
    picture = torch.arange(len(rows), device=rows.device)[:, None, None]
    return batch.images[picture, rows[:, :, None], columns[:, None, :]]


def resize(
    rgb: UInt8[Tensor, "B H W 3"], side: int
) -> UInt8[Tensor, "B {side} {side} 3"]:
    """Squares at another size, without aliasing."""
    if rgb.shape[1] == side:
        return rgb
    values = rgb.permute(0, 3, 1, 2).float()
    values = interpolate(values, (side, side), mode="bilinear", antialias=True)
    return values.round_().to(torch.uint8).permute(0, 2, 3, 1)


class Example(NamedTuple):
    """The network's input and its targets, on the device."""

    lightness: Float[Tensor, "B 1 H W"]  # 0…100
    ab: Float[Tensor, "B h w 2"]  # sampled at every 4th pixel, Lab units
    indices: Int64[Tensor, "B h w k"]  # nearest bin first
    soft: Float[Tensor, "B h w k"]  # sums to 1


def make_example(rgb: UInt8[Tensor, "B H W 3"], encoder: SoftEncoder) -> Example:
    """sRGB on any device to L and soft-encoded targets."""
    ab = srgb_to_lab(rgb[:, ::OUTPUT_STRIDE, ::OUTPUT_STRIDE])[..., 1:]
    return Example(lightness(rgb)[:, None], ab, *encoder(ab))
