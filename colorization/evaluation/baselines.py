"""The methods that a trained network is measured against."""

import numpy as np
import torch

from colorization.data.memory_map import take
from colorization.inference.predict import Batch, Method, Prediction, sampled
from colorization.method.encoding import SoftEncoder
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import srgb_to_lab


def without_scores(method: Method) -> Method:
    """The method's colours, without its distributions over the bins."""
    return lambda batch: Prediction(method(batch).ab, None)


def gray(batch: Batch) -> Prediction:
    """a = b = 0 everywhere."""
    return Prediction(torch.zeros_like(batch.ab), None)


def truth_colours(batch: Batch) -> Prediction:
    """The true ab."""
    return Prediction(batch.ab, None)


def truth(encoder: SoftEncoder) -> Method:
    """The true ab and its soft encoding: the best possible result."""

    def predict(batch: Batch) -> Prediction:
        indices, soft = encoder(sampled(batch))
        dense = torch.zeros(*soft.shape[:-1], len(encoder.bins) - 1, device=soft.device)
        scores = dense.scatter_(-1, indices, soft).log().permute(0, 3, 1, 2)
        return Prediction(batch.ab, scores)

    return predict


def random(images: np.ndarray, seed: int, device: torch.device) -> Method:
    """The ab of a random training image, always the same one for a test image."""

    def predict(batch: Batch) -> Prediction:
        chosen = [
            int(np.random.default_rng([seed, i]).integers(len(images)))
            for i in batch.position
        ]
        rgb = torch.from_numpy(take(images, chosen)).to(device)
        return Prediction(srgb_to_lab(rgb)[..., 1:].permute(0, 3, 1, 2), None)

    return predict


def prior_mean(
    bins: np.ndarray, probability: np.ndarray, device: torch.device
) -> Method:
    """Everywhere the mean colour of the training pixels and their distribution (Q,)."""
    mean = torch.from_numpy((probability @ bins).astype(np.float32)).to(device)
    logits = torch.from_numpy(np.log(np.maximum(probability, 1e-12)))
    logits = logits.float().to(device)[None, :, None, None]  # (1, Q, 1, 1)

    def predict(batch: Batch) -> Prediction:
        ab = mean[None, :, None, None].expand_as(batch.ab)
        size = [n // OUTPUT_STRIDE for n in batch.ab.shape[-2:]]
        return Prediction(ab, logits.expand(len(ab), -1, *size))

    return predict
