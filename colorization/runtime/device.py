"""Which device and number format to use."""

import ctypes
import os

import torch
from torch.utils import deterministic

from colorization.runtime.log import StageError


def pick_device(wish: str) -> torch.device:
    """The device for `auto`, `cuda` or `cpu`. Raises StageError for `cuda` without one."""
    available = torch.cuda.is_available()
    if wish == "cuda" and not available:
        raise StageError(
            "device is cuda, but torch sees no CUDA device: set it to auto or cpu"
        )
    if not available or wish == "cpu":
        return torch.device("cpu")
    # Each of several processes on a machine has its own device.
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def autocast_dtype(wish: str, device: torch.device) -> torch.dtype | None:
    """The dtype of autocast for `float32`, `bf16` or `auto`; None is float32.

    `auto` takes bf16 where the hardware computes in it.
    """
    if wish == "float32":
        return None
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        features = torch.cpu.get_capabilities()
        native = features.get("avx512_bf16", False) or features.get("amx_bf16", False)
    return torch.bfloat16 if native or wish == "bf16" else None


def _keep_freed_memory() -> None:
    """Tell glibc to reuse large blocks of memory.

    Fresh pages for each tensor cost a third of a narrow network's step on the CPU.
    """
    m_trim_threshold, m_mmap_max, never = -1, -4, (1 << 31) - 1
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return  # another C library
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, never)


def prepare_process(device: torch.device, threads: int) -> None:
    """Make results repeatable bit for bit on one machine with one number of threads."""
    # More threads than cores would wait for each other.
    torch.set_num_threads(min(threads, len(os.sched_getaffinity(0))))
    _keep_freed_memory()
    # The same as use_deterministic_algorithms, which would import the compiler, in two
    # seconds; if a network is compiled, the compiler reads the variable.
    torch.set_deterministic_debug_mode("error")
    os.environ["TORCHINDUCTOR_DETERMINISTIC"] = "1"
    # A debugging aid, slow; the module makes it up when it is imported.
    deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
