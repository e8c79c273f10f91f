"""The authors' PyTorch model (`colorization_release_v2-9b330a0b.pth`) in our network."""

import numpy as np
from jaxtyping import Float32
from torch import Tensor

from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError

# Their last layer gives ab divided by this.
AB_NORM = 110


def convert(
    state_dict: dict[str, Tensor], zhang313: Float32[np.ndarray, "313 2"]
) -> tuple[ColorizationNet, Float32[np.ndarray, "Q 2"]]:
    """Our network with their parameters, and the bins of its outputs in Lab units.

    Their `model1`…`model8` are our `conv1`…`conv8` layer by layer, the last convolution
    of `model8` is our `out`, and `model_out` holds the bins. If those are `zhang313`, the
    outputs are put in its ascending order. Raises StageError.
    """
    theirs = dict(state_dict)
    try:
        bins = theirs.pop("model_out.weight")[:, :, 0, 0].T.numpy() * AB_NORM
        rounded = np.rint(bins).astype(np.float32)
        order = np.lexsort((rounded[:, 1], rounded[:, 0]))
        if np.array_equal(rounded[order], zhang313):
            bins = rounded[order]
        else:
            order = np.arange(len(bins))
        ours = {
            "out.weight": theirs.pop("model8.6.weight")[order],
            "out.bias": theirs.pop("model8.6.bias")[order],
        }
        for name, tensor in theirs.items():
            ours[name.replace("model", "conv", 1)] = tensor
        network = ColorizationNet(len(bins), 1.0)
        network.load_state_dict(ours)
    except (KeyError, IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise StageError(
            f"not the published model's layers and shapes: {reason}"
        ) from None
    return network, bins.astype(np.float32)
