"""This machine: its hardware, and the rates from which floors are computed."""

import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import torch

from colorization.runtime.system import cores, processor

PACKAGES = ("torch", "numpy", "numba", "scikit-image")


def describe(device: torch.device) -> dict:
    """The hardware, and the versions of packages."""
    description = dict(cpu=processor(), cores=cores(), threads=torch.get_num_threads())
    if device.type == "cuda":
        description["gpu"] = torch.cuda.get_device_name(device)
    description["python"] = platform.python_version()
    return description | {package: version(package) for package in PACKAGES}


@dataclass(frozen=True)
class Bench:
    """The device, and the share of the full measurement that is done.

    With a `share` below 1 the figures mean nothing: it tests that everything runs.
    """

    device: torch.device
    share: float = 1.0

    def count(self, full: int) -> int:
        """The share of a full count, at least 1."""
        return max(1, round(full * self.share))

    def best_time(
        self, function: Callable[[], object], seconds: float = 3.0, least: int = 3
    ) -> float:
        """The shortest time in seconds of repeated calls, after one to warm up.

        It is the shortest because other work on a machine only adds time.
        """
        function()
        self.synchronise()
        times: list[float] = []
        started = time.perf_counter()
        while (
            len(times) < self.count(least)
            or time.perf_counter() - started < seconds * self.share
        ):
            before = time.perf_counter()
            function()
            self.synchronise()
            times.append(time.perf_counter() - before)
        return min(times)

    def synchronise(self) -> None:
        """Wait for the device."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def matrix_rate(self, dtype: torch.dtype) -> float:
        """Floating-point operations per second of square matrix products."""
        sizes = [1024, 2048, 4096] if self.device.type == "cpu" else [4096, 8192]
        rates = []
        for size in map(self.count, sizes):
            pair = (torch.randn(size, size).to(self.device, dtype) for _ in range(2))
            left, right = pair
            taken = self.best_time(lambda a=left, b=right: a @ b, 1.0)
            rates.append(2 * size**3 / taken)
        return max(rates)

    def read_rate(self, data: np.ndarray, threads: int) -> float:
        """Bytes per second of reading a memory-mapped array."""
        parts = np.array_split(data.reshape(-1), threads)
        words = [part[: len(part) // 8 * 8].view(np.uint64) for part in parts]
        with ThreadPoolExecutor(threads) as pool:
            taken = self.best_time(lambda: list(pool.map(np.bitwise_xor.reduce, words)))
        return data.nbytes / taken
