"""The methods that a trained network is measured against."""

import numpy as np
import torch

from colorization.inference.predict import Batch, Method, Prediction, sampled
from colorization.method.encoding import SoftEncoder
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import srgb_to_lab


def without_scores(method: Method) -> Method:
    """The same colours, without the distributions behind them."""
    return lambda batch: Prediction(method(batch).ab, None)


def gray(batch: Batch) -> Prediction:
    """a = b = 0 everywhere."""
    return Prediction(torch.zeros_like(batch.ab), None)


def truth_colours(batch: Batch) -> Prediction:
    """The true ab."""
    return Prediction(batch.ab, None)


def truth(encoder: SoftEncoder) -> Method:
    """The truth itself, and its own soft encoding: the best that is possible."""

    def predict(batch: Batch) -> Prediction:
        indices, soft = encoder(sampled(batch))
        dense = torch.zeros(*soft.shape[:-1], len(encoder.bins) - 1, device=soft.device)
        scores = dense.scatter_(-1, indices, soft).log().permute(0, 3, 1, 2)
        return Prediction(batch.ab, scores)

    return predict


def random(images: np.ndarray, seed: int, device: torch.device) -> Method:
    """The ab of a random training image; the same one for the same test image."""

    def predict(batch: Batch) -> Prediction:
        chosen = [
            np.random.default_rng([seed, i]).integers(len(images))
            for i in batch.position
        ]
        rgb = torch.from_numpy(np.stack([images[i] for i in chosen])).to(device)
        return Prediction(srgb_to_lab(rgb)[..., 1:].permute(0, 3, 1, 2), None)

    return predict


def prior_mean(
    bins: np.ndarray, probability: np.ndarray, device: torch.device
) -> Method:
    """The training pixels' mean colour, and their distribution (Q,), everywhere."""
    mean = torch.from_numpy((probability @ bins).astype(np.float32)).to(device)
    log = torch.from_numpy(np.log(np.maximum(probability, 1e-12))).float().to(device)

    def predict(batch: Batch) -> Prediction:
        ab = mean[None, :, None, None].expand_as(batch.ab)
        size = [n // OUTPUT_STRIDE for n in batch.ab.shape[-2:]]
        return Prediction(ab, log[None, :, None, None].expand(len(ab), -1, *size))

    return predict
