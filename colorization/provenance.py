"""Where an artifact was made."""

import platform
from importlib.metadata import version

import torch

PACKAGES = ("torch", "numpy", "numba", "snakemake")


def environment(device: torch.device) -> dict[str, str]:
    """Versions and hardware, without anything that changes from run to run."""
    hardware = platform.processor() or platform.machine()
    if device.type == "cuda":
        hardware = torch.cuda.get_device_name(device)
    versions = {package: version(package) for package in PACKAGES}
    return (
        dict(device=str(device), hardware=hardware, python=platform.python_version())
        | versions
    )
