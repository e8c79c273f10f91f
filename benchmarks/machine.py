"""What this machine is, and the rates that the floors are made of."""

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np
import torch

from colorization.provenance.record import processor

PACKAGES = ("torch", "numpy", "numba", "scikit-image")


def describe(device: torch.device) -> dict:
    """Hardware and versions."""
    about = dict(cpu=processor(), cores=cores(), threads=torch.get_num_threads())
    if device.type == "cuda":
        about["gpu"] = torch.cuda.get_device_name(device)
    about["python"] = platform.python_version()
    return about | {package: version(package) for package in PACKAGES}


def cores() -> int:
    return len(os.sched_getaffinity(0))


def synchronise(device: torch.device | None) -> None:
    if device and device.type == "cuda":
        torch.cuda.synchronize(device)


def best_time(
    function: Callable[[], object],
    device: torch.device | None = None,
    seconds: float = 3.0,
    least: int = 3,
) -> float:
    """The shortest of the times in seconds that repeated calls take, after one for warmth.

    The shortest, because all that disturbs a machine makes it slower.
    """
    function()
    synchronise(device)
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < least or time.perf_counter() - started < seconds:
        before = time.perf_counter()
        function()
        synchronise(device)
        times.append(time.perf_counter() - before)
    return min(times)


def matrix_rate(dtype: torch.dtype, device: torch.device) -> float:
    """Floating-point operations a second that square matrix products reach."""
    sizes = [1024, 2048, 4096] if device.type == "cpu" else [4096, 8192]
    rates = []
    for size in sizes:
        left, right = (torch.randn(size, size).to(device, dtype) for _ in range(2))
        taken = best_time(lambda a=left, b=right: a @ b, device, 1.0)
        rates.append(2 * size**3 / taken)
    return max(rates)


def read_rate(data: np.ndarray, threads: int) -> float:
    """Bytes a second at which a memory-mapped array is read."""
    parts = np.array_split(data.reshape(-1), threads)
    words = [part[: len(part) // 8 * 8].view(np.uint64) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        taken = best_time(lambda: list(pool.map(np.bitwise_xor.reduce, words)))
    return data.nbytes / taken
