"""A trained model in one safetensors file: weights, and in its metadata all else."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save

from colorization.method.network import ColorizationNet
from colorization.runtime.files import atomic
from colorization.runtime.log import StageError

# What the authors' code shows to their published model.
PUBLISHED_SIZE = 256


@dataclass
class Model:
    """A network in eval mode and the bins (Q, 2).

    Its outputs are scores of the bins, or ab itself if it was trained for regression.
    """

    network: ColorizationNet
    bins: np.ndarray
    settings: dict
    provenance: dict

    @property
    def regression(self) -> bool:
        """Whether the outputs are ab."""
        return self.network.out.out_channels == 2

    @property
    def size(self) -> int:
        """Side of the images that it was trained on, in pixels."""
        return self.settings.get("train", {}).get("crop", PUBLISHED_SIZE)


def save_model(
    path: Path | str, weights: dict, bins: np.ndarray, settings: dict, provenance: dict
) -> None:
    """Write weights (a state dict) and their description, atomically."""
    description = dict(bins=bins.tolist(), settings=settings, provenance=provenance)
    metadata = {key: json.dumps(value) for key, value in description.items()}
    tensors = {key: value.cpu().contiguous() for key, value in weights.items()}
    with atomic(path) as temporary:
        temporary.write_bytes(_with_sorted_metadata(save(tensors, metadata)))


def _with_sorted_metadata(data: bytes) -> bytes:
    """The same safetensors file with its metadata in order: the library's is random.

    The format is the header's length in 8 bytes, the header as JSON padded with spaces
    to a multiple of 8, then the tensors at offsets that count from there.
    """
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[end:]


def load_model(path: Path | str, device: torch.device | str = "cpu") -> Model:
    """Read what `save_model` wrote; no code in the file is run. Raises StageError."""
    try:
        with safe_open(path, "pt", device=str(device)) as file:
            metadata = {
                key: json.loads(value) for key, value in file.metadata().items()
            }
            names = file.keys()  # no dict: it cannot be iterated over
            weights = {name: file.get_tensor(name) for name in names}
        bins, settings = np.array(metadata["bins"], np.float32), metadata["settings"]
        outputs = len(weights["out.bias"])
        if outputs not in (2, len(bins)):
            raise ValueError(f"{outputs} outputs for {len(bins)} bins")
        network = ColorizationNet(outputs, settings["network"]["width"])
        network.load_state_dict(weights)
        for name, tensor in weights.items():
            if not tensor.isfinite().all():
                raise ValueError(f"{name} holds values that are not finite")
        if bins.shape[1:] != (2,) or not np.isfinite(bins).all():
            raise ValueError("its bins are no finite pairs")
        provenance = metadata["provenance"]
    except Exception as error:  # what a damaged file leads to is a great variety
        raise StageError(f"{path}: not a model of this pipeline: {error}") from None
    network = network.to(device, memory_format=torch.channels_last).eval()
    return Model(network, bins, settings, provenance)


def read_state_dict(path: Path | str) -> dict[str, torch.Tensor]:
    """The state dict in a PyTorch file, without running code in it. Raises StageError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what damaged pickles lead to is a great variety
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise StageError(f"{path}: cannot read weights: {reason}") from None
    if not isinstance(state, dict) or not all(map(torch.is_tensor, state.values())):
        raise StageError(f"{path}: holds no state dict of tensors")
    return state
