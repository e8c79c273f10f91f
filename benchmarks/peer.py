"""Against what a user would otherwise run: the usual STL-10 reimplementation's algorithms.

Written anew, as its README describes them: distances to all bins, dense targets, one
image after the other. Alike are the bins, the five nearest with a Gaussian of 5, images of
96 pixels, targets at a quarter of that, the paper's network at full width, Adam, and the
machine. Not alike: the peer computes in float32 and trains on 16 images at a time; its
conversion of colours is ours, and so is the network's code.
"""

import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.machine import Bench
from benchmarks.table import Row
from benchmarks.training import make_trainer, settings
from colorization.data.colour_counts import count_colours
from colorization.method import gamut_bins, prior
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.method.torch_cielab import srgb_to_lab
from colorization.training.batches import Batches

NEIGHBOURS, SIGMA, STEP_BATCH = 5, 5.0, 16
# Images of the prior and of the encoding. Of the gamut, which takes a minute, the colours
# with some red codes are looked at, and the time is that of all.
IMAGES, CODES = 64, 16


def reached(r: int, nearest: range) -> np.ndarray:
    """Which grid centres are among the `nearest` of a colour with red code `r`: (23, 23)."""
    axis = gamut_bins.centres(10)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    ab = torch.from_numpy(np.stack(gamut_bins.plane_ab(r), -1)).float()
    order = torch.cdist(ab, torch.from_numpy(grid).float()).topk(
        nearest.stop, largest=False
    )
    mask = np.zeros(len(grid), bool)
    mask[order.indices[:, nearest.start :].unique().numpy()] = True
    return mask.reshape(len(axis), -1)


def dense(ab: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """The soft encoding of ab (..., 2) over all bins: (..., Q)."""
    points = ab.reshape(-1, 2)
    distance, indices = torch.cdist(points, bins).topk(NEIGHBOURS, largest=False)
    soft = torch.exp(-(distance**2) / (2 * SIGMA**2))
    target = torch.zeros(len(points), len(bins), device=ab.device)
    target.scatter_(1, indices, soft / soft.sum(1, keepdim=True))
    return target.reshape(*ab.shape[:-1], -1)


def targets(rgb: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """The targets of sRGB images (B, H, W, 3), image by image: (B, h, w, Q)."""
    sampled = [srgb_to_lab(image[::4, ::4])[..., 1:] for image in rgb]
    return torch.stack([dense(ab, bins) for ab in sampled])


def prior_counts(images: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """Sum of the soft encodings of all pixels (Q,), image by image."""
    total = torch.zeros(len(bins), dtype=torch.float64)
    for image in images:
        total += dense(srgb_to_lab(image)[..., 1:], bins).sum((0, 1))
    return total


def make_step(
    bins: torch.Tensor, rgb: torch.Tensor, device: torch.device
) -> Callable[[], None]:
    """A step of training on a batch, as a function."""
    network = ColorizationNet(len(bins), 1.0).to(device)
    initialise(network, None)
    optimizer = torch.optim.Adam(network.parameters(), 3e-5)
    bins, weights = bins.to(device), torch.ones(len(bins), device=device)

    def step() -> None:
        images = rgb.to(device)
        target = targets(images, bins)
        lightness = srgb_to_lab(images)[..., 0][:, None]
        scores = F.log_softmax(network(lightness), 1).permute(0, 2, 3, 1)
        loss = (weights[target.argmax(-1)] * -(target * scores).sum(-1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def seconds_of_peer(bench: Bench, images: np.ndarray) -> dict[str, float]:
    """Seconds of the gamut, and of an image in the prior, in a batch, and in a step."""
    rgb = torch.from_numpy(images)
    bins = torch.from_numpy(gamut_bins.bins("seed326"))
    few, codes = rgb[: bench.count(STEP_BATCH)], bench.count(CODES)
    reds = np.linspace(0, 255, codes, dtype=int)
    step = make_step(bins, few, bench.device)

    def once(function: Callable[[], object]) -> float:
        return bench.best_time(function, seconds=0, least=1)

    gamut = once(lambda: [reached(r, range(1, 6)) for r in reds])
    return dict(
        gamut=gamut * 256 / codes,
        prior=once(lambda: prior_counts(rgb, bins)) / len(rgb),
        encoding=once(lambda: targets(rgb, bins)) / len(rgb),
        step=bench.best_time(step, 8) / len(few),
    )


def seconds_of_ours(
    bench: Bench, bins: np.ndarray, images: np.ndarray
) -> dict[str, float]:
    """The same of this pipeline; the prior of all images, as it is counted by colours."""
    encoder = SoftEncoder(bins, NEIGHBOURS, SIGMA)
    sampled = torch.from_numpy(images[:IMAGES, ::4, ::4].copy())
    chosen = settings(batch=bench.count(32), crop=96, precision="auto")
    trainer = make_trainer(bins, 1.0, chosen, bench.device)
    batch = Batches(images, chosen)[0]
    return dict(
        gamut=bench.best_time(lambda: gamut_bins.bins("seed326")),
        prior=bench.best_time(lambda: prior.soft_counts(count_colours(images), encoder))
        / len(images),
        encoding=bench.best_time(lambda: encoder(srgb_to_lab(sampled)[..., 1:]))
        / len(sampled),
        step=bench.best_time(lambda: trainer.step(batch), 8) / chosen.batch,
    )


def peer_rows(bench: Bench, bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """How many times faster this pipeline is. The peer runs in a process of its own,
    without the settings of `prepare_process`."""
    few = images[: bench.count(IMAGES)]
    command = [sys.executable, "-m", "benchmarks.peer", str(bench.share)]
    command.append(str(few.shape[1]))
    done = subprocess.run(
        command, input=few.tobytes(), stdout=subprocess.PIPE, check=True
    )
    theirs, ours = json.loads(done.stdout), seconds_of_ours(bench, bins, images)
    rows = []
    for name, taken in ours.items():
        ratio = theirs[name] / taken
        unit = "s" if name == "gamut" else "ms an image"
        figure, reference = (
            f"{t if unit == 's' else 1e3 * t:.3g} {unit}" for t in (taken, theirs[name])
        )
        row = Row(
            f"beside the peer: {name}", figure, reference, ratio, "> 1", ratio > 1
        )
        rows.append(row)
    return rows


if __name__ == "__main__":
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    share, side = float(sys.argv[1]), int(sys.argv[2])
    images = np.frombuffer(bytearray(sys.stdin.buffer.read()), np.uint8)
    images = images.reshape(-1, side, side, 3)
    print(json.dumps(seconds_of_peer(Bench(device, share), images)))
