"""A trained model in one safetensors file: its state dict, and metadata for the rest."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from colorization.method.network import ColorizationNet
from colorization.runtime.device import memory_format
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError

# Side of the images, in pixels, that the authors' code gives to their published model.
PUBLISHED_SIZE = 256


@dataclass
class Model:
    """A network in eval mode and the bins, in Lab units.

    Its outputs are scores of the bins, or ab if it was trained for regression.
    """

    network: ColorizationNet
    bins: Float32[np.ndarray, "Q 2"]
    settings: dict[str, Any]
    provenance: dict[str, Any]
    # Class weights of the prior that it was trained with, if the file has them.
    weights: Float32[np.ndarray, " Q"] | None = None

    @property
    def regression(self) -> bool:
        """Whether the outputs are ab."""
        return self.network.out.out_channels == 2

    @property
    def size(self) -> int:
        """Side of the images that it was trained on, in pixels."""
        return self.settings.get("train", {}).get("crop", PUBLISHED_SIZE)


def save_model(
    path: Path | str,
    state_dict: dict[str, Tensor],
    bins: Float32[np.ndarray, "Q 2"],
    settings: dict[str, Any],
    provenance: dict[str, Any],
    weights: Float32[np.ndarray, " Q"] | None = None,
) -> None:
    """Write a model file, atomically. `weights` are the class weights."""
    entries = dict(bins=bins.tolist(), settings=settings, provenance=provenance)
    entries["weights"] = None if weights is None else weights.tolist()
    metadata = {key: json.dumps(value) for key, value in entries.items()}
    tensors = {key: value.cpu().contiguous() for key, value in state_dict.items()}
    with atomic(path) as temporary:
        temporary.write_bytes(_with_sorted_metadata(save(tensors, metadata)))


def _with_sorted_metadata(data: bytes) -> bytes:
    """The same safetensors file with sorted metadata; the library's order is random.

    The format is the header's length in 8 bytes, the header as JSON padded with spaces
    to a multiple of 8, then the tensors at offsets from there.
    """
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[end:]


def load_model(path: Path | str, device: torch.device | str = "cpu") -> Model:
    """Read a model file without running code in it. Raises StageError."""
    try:
        with safe_open(path, "pt") as file:
            metadata = {
                key: json.loads(value) for key, value in file.metadata().items()
            }
            names = file.keys()  # `file` is no dict and cannot be iterated over
            state_dict = {name: file.get_tensor(name) for name in names}
        bins, settings = np.array(metadata["bins"], np.float32), metadata["settings"]
        outputs = len(state_dict["out.bias"])
        if outputs not in (2, len(bins)):
            raise ValueError(f"{outputs} outputs for {len(bins)} bins")
        network = ColorizationNet(outputs, settings["network"]["width"])
        network.load_state_dict(state_dict)
        for name, tensor in state_dict.items():
            if not tensor.isfinite().all():
                raise ValueError(f"{name} holds values that are not finite")
        if bins.shape[1:] != (2,) or not np.isfinite(bins).all():
            raise ValueError("its bins are not finite pairs")
        weights = metadata.get("weights")
        if weights is not None:
            weights = np.array(weights, np.float32)
            if weights.shape != bins.shape[:1] or not (weights >= 0).all():
                raise ValueError("its class weights are not one of each bin")
        provenance = metadata["provenance"]
    except Exception as error:  # damaged files raise errors of many classes
        raise StageError(f"{path}: not a model of this pipeline: {error}") from None
    layout = memory_format(torch.device(device))
    network = network.to(device).to(memory_format=layout)
    return Model(network.eval(), bins, settings, provenance, weights)


def read_state_dict(path: Path | str) -> dict[str, Tensor]:
    """Read a PyTorch state dict without running code in the file. Raises StageError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged pickles raise errors of many classes
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise StageError(f"{path}: cannot read weights: {reason}") from None
    if not isinstance(state, dict) or not all(map(torch.is_tensor, state.values())):
        raise StageError(f"{path}: holds no state dict of tensors")
    return state
