"""Which device and number format to use, and what a device cannot do."""

import os

import torch
from torch.utils import deterministic

from colorization.runtime.log import StageError
from colorization.runtime.system import cores, keep_freed_memory

# In torch's names for what processors can do; the last is Arm's.
BF16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16")


def available() -> list[str]:
    """The kinds of device that torch sees here, the best first."""
    seen = dict(cuda=torch.cuda.is_available(), mps=torch.backends.mps.is_available())
    return [kind for kind, there in seen.items() if there] + ["cpu"]


def pick_device(wish: str) -> torch.device:
    """The device for `auto`, `cuda`, `mps` or `cpu`; `auto` takes the first of these.

    Raises StageError for one that is not there.
    """
    kinds = available()
    kind = kinds[0] if wish == "auto" else wish
    if kind not in kinds:
        raise StageError(
            f"device is {kind}, but torch sees no {kind.upper()} device: set it to auto "
            "or cpu"
        )
    if kind == "cuda":
        # Each of several processes on a machine has its own device.
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
    return torch.device(kind)


def count(wish: str) -> int | None:
    """How many GPUs there are for a `device` setting; None for the CPU, without limit."""
    kind = pick_device(wish).type
    return dict(cuda=torch.cuda.device_count(), mps=1).get(kind)


def autocast_dtype(wish: str, device: torch.device) -> torch.dtype | None:
    """The dtype of autocast for `float32`, `bf16` or `auto`; None is float32.

    `auto` takes bf16 where the hardware computes in it. Of Apple's GPUs it is not known.
    """
    if wish == "float32":
        return None
    native = False
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        features = torch.cpu.get_capabilities()
        native = any(features.get(name) for name in BF16_INSTRUCTIONS)
        native &= torch.backends.mkldnn.is_available()  # which uses them
    return torch.bfloat16 if native or wish == "bf16" else None


def memory_format(device: torch.device) -> torch.memory_format:
    """How networks and their inputs lie in memory: channels last, where that is fast.

    On MPS it was slower, and convolutions had wrong results more than once.
    """
    return torch.contiguous_format if device.type == "mps" else torch.channels_last


def widest(device: torch.device) -> torch.dtype:
    """The floating-point format for sums: MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def measuring_device(device: torch.device) -> torch.device:
    """Where results are measured: metrics need float64 and ordered sums, which MPS lacks."""
    return torch.device("cpu") if device.type == "mps" else device


def prepare_process(device: torch.device, threads: int) -> None:
    """Make results repeatable bit for bit on one machine with one number of threads."""
    # More threads than cores would wait for each other.
    torch.set_num_threads(min(threads, cores()))
    keep_freed_memory()
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
