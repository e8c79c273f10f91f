"""Rows for gamut, count, soft encoding, decoding and evaluation."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import Bench
from benchmarks.table import Row
from colorization.data.colour_counts import count_colours
from colorization.evaluation import measuring
from colorization.inference import predict
from colorization.inference.model_file import Model
from colorization.method import gamut_bins
from colorization.method.constants import TEMPERATURE
from colorization.method.decoding import Decoding, annealed_mean, enlarge
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet
from colorization.runtime.system import cores


def gamut_rows(bench: Bench) -> list[Row]:
    """The floor is the time to convert all 16.7 million colours to ab."""
    threads = min(2, cores())

    def convert() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(gamut_bins.plane_ab, range(256)))

    floor = bench.best_time(convert, seconds=2)
    taken = bench.best_time(
        lambda: gamut_bins.bins("seed326", threads=threads), seconds=3
    )
    return [
        Row(
            "gamut",
            f"{taken:.2f} s",
            f"{floor:.2f} s, converting alone",
            floor / taken,
            "< 1.5 s",
            taken < 1.5,
        )
    ]


def count_rows(bench: Bench, images: np.ndarray, wide: np.ndarray) -> list[Row]:
    """The floor is the time to read the images once. `wide` is column-major, as STL-10 is.

    Counting waits for memory: each pixel is an access to a table of 128 MB.
    """
    threads = min(2, cores())
    rows = []
    for name, part in (("count", images), ("count, STL-10's order", wide)):
        rate = bench.read_rate(images, threads)
        taken = bench.best_time(lambda part=part: count_colours(part, threads))
        pixels = part.size / 3 / taken / 1e6
        rows.append(
            Row(
                name,
                f"{pixels:.0f} Mpixel/s",
                f"{rate / 3e6:.0f} Mpixel/s, reading",
                pixels * 3e6 / rate,
                ">= 100 Mpixel/s",
                pixels >= 100,
            )
        )
    return rows


def brute_force(ab: torch.Tensor, bins: torch.Tensor, neighbours: int, sigma: float):
    """Soft encoding by the distance to every bin, which the lookup replaces."""
    distance, indices = torch.cdist(ab, bins).topk(neighbours, largest=False)
    weights = torch.exp(-(distance**2) / (2 * sigma**2))
    return indices, weights / weights.sum(-1, keepdim=True)


def encoding_rows(bench: Bench, bins: np.ndarray) -> list[Row]:
    """The targets of one batch: 32 images of 96 pixels, a 24×24 grid each."""
    device = bench.device
    ab = torch.rand(32 * 24 * 24, 2, device=device) * 160 - 80
    centres, encoder = torch.tensor(bins, device=device), SoftEncoder(bins, 5, 5)
    encoder.to(device)
    brute = bench.best_time(lambda: brute_force(ab, centres, 5, 5))
    taken = bench.best_time(lambda: encoder(ab))
    figure, floor = (f"{1e9 * t / len(ab):.0f} ns/pixel" for t in (taken, brute))
    ratio = brute / taken
    return [
        Row(
            "soft encoding",
            figure,
            f"{floor}, every bin",
            ratio,
            "faster",
            ratio > 1,
        )
    ]


def decoding_rows(bench: Bench, bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """The floors are the network's products alone, and reading the scores once."""
    device = bench.device
    count = min(64, len(images))
    network = ColorizationNet(len(bins), 0.25).to(device)
    network = network.to(memory_format=torch.channels_last)
    model = Model(network.eval(), bins, {}, {})
    (batch,) = predict.batches(images[:count], count, device)
    with torch.no_grad():
        scores = network(batch.lightness.contiguous(memory_format=torch.channels_last))
        centres = torch.from_numpy(bins).to(device)
        decode = bench.best_time(
            lambda: enlarge(annealed_mean(scores, centres, TEMPERATURE), 96, 96)
        )
        read = bench.best_time(lambda: scores.sum())
        forward = bench.best_time(
            lambda: network(
                batch.lightness.contiguous(memory_format=torch.channels_last)
            )
        )
    way = {
        "model": predict.model_method(model, Decoding(TEMPERATURE), "float32", device)
    }
    weights = np.ones(len(bins), np.float32)
    scoring = measuring.Scoring(SoftEncoder(bins, 5, 5), weights)
    taken = bench.best_time(
        lambda: measuring.evaluate(images[:count], way, scoring, count, device)
    )
    rate = bench.matrix_rate(torch.float32)
    macs = multiply_adds(network, batch.lightness[:1]) * count
    return [
        Row(
            "decode",
            f"{count / decode:.0f} images/s",
            f"{count / read:.0f} images/s, reading scores",
            read / decode,
            "< half of the forward pass",
            decode < forward / 2,
        ),
        Row(
            "evaluate, all metrics",
            f"{count / taken:.0f} images/s",
            f"{count * rate / 2 / macs:.0f} images/s, products",
            2 * macs / rate / taken,
            "-",
            True,
        ),
    ]


def multiply_adds(network: torch.nn.Module, example: torch.Tensor) -> float:
    """Multiply-adds of one forward pass of `example`."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(example)
    return counter.get_total_flops() / 2
