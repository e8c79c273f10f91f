"""The authors' PyTorch model (`colorization_release_v2-9b330a0b.pth`) on our network."""

import numpy as np
import torch
from torch import Tensor

from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError

# Their last layer gives ab divided by this.
AB_NORM = 110


def convert(
    state: dict[str, Tensor], known: np.ndarray
) -> tuple[ColorizationNet, np.ndarray]:
    """Their weights in our network, and the bins (313, 2) of its outputs.

    Their `model1`…`model8` are our `conv1`…`conv8` layer by layer, the last convolution
    of `model8` is our `out`, and `model_out` holds the bins. Where those are the `known`
    ones, the outputs are put in our ascending order. Raises StageError.
    """
    state = dict(state)
    try:
        bins = state.pop("model_out.weight")[:, :, 0, 0].T.numpy() * AB_NORM  # (313, 2)
        ours = {
            "out.weight": state.pop("model8.6.weight"),
            "out.bias": state.pop("model8.6.bias"),
        }
        ours |= {key.replace("model", "conv", 1): value for key, value in state.items()}
        network = ColorizationNet(len(bins), 1.0)
        network.load_state_dict(ours)
    except (KeyError, IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise StageError(
            f"not the published model's layers and shapes: {reason}"
        ) from None
    rounded = np.rint(bins).astype(np.float32)
    order = np.lexsort((rounded[:, 1], rounded[:, 0]))
    if np.array_equal(rounded[order], known):
        bins = rounded[order]
        with torch.no_grad():
            network.out.weight.copy_(network.out.weight[order].clone())
            network.out.bias.copy_(network.out.bias[order].clone())
    return network, bins.astype(np.float32)
