"""Linear probes: how well one layer's features tell classes apart (section 3.2)."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from colorization.evaluation.bootstrap import interval, resampling
from colorization.inference.model_file import Model
from colorization.inference.predict import Batch, batches
from colorization.method.network import ColorizationNet, initialise
from colorization.runtime.device import autocast_dtype
from colorization.runtime.progress import Progress

# Features are averaged over a grid of so many cells a side, raw L over a finer one.
CELLS, RAW_CELLS = 4, 16
# Weight decays that are tried; every HELD_OUT-th image chooses between them.
DECAYS = (1e-4, 1e-3, 1e-2, 1e-1)
HELD_OUT = 10
# Images that are looked at: their features take 0.3 MB each at full width.
MOST = 10_000


def untrained(model: Model) -> ColorizationNet:
    """A network like the model's with its first weights, in training's normalisation."""
    torch.manual_seed(0)
    network = ColorizationNet(model.network.out.out_channels, model.network.width)
    initialise(network, None)
    device = next(model.network.parameters()).device
    return network.to(device).to(memory_format=torch.channels_last)


@torch.no_grad()
def settle_statistics(network: ColorizationNet, parts: Iterable[Batch]) -> None:
    """Set the batch norms of an untrained network to the means over some batches."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    network.train()
    for batch in parts:
        network(batch.lightness)
    network.eval()


@torch.no_grad()
def pooled_features(
    network: ColorizationNet,
    images: np.ndarray,
    batch_size: int,
    precision: str,
    device: torch.device,
    advance: Callable[[int], None] = lambda n: None,
) -> dict[str, Tensor]:
    """Layer to features (N, D) float32 on the CPU; `L` is the network's own input."""
    dtype = autocast_dtype(precision, device)
    found: dict[str, list[Tensor]] = {}
    for batch in batches(images, batch_size, device):
        layers = {"L": F.adaptive_avg_pool2d(batch.lightness, RAW_CELLS)}
        lightness = batch.lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            for name, output in network.trunk(lightness):
                layers[name] = F.adaptive_avg_pool2d(output.float(), CELLS)
        for name, values in layers.items():
            found.setdefault(name, []).append(values.flatten(1).cpu())
        advance(len(batch.rgb))
    return {name: torch.cat(parts) for name, parts in found.items()}


def fit_linear(features: Tensor, labels: Tensor, classes: int, decay: float) -> Tensor:
    """Multinomial logistic regression with an L2 penalty: weights (D + 1, classes).

    features (N, D), the bias last; L-BFGS from zero, so the same data give the same fit.
    """
    features = F.pad(features, (0, 1), value=1.0)
    weights = torch.zeros(features.shape[1], classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(features @ weights, labels)
        loss = loss + decay * weights[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return weights.detach()


def predict(weights: Tensor, features: Tensor) -> Tensor:
    """Classes (N,) of features (N, D)."""
    return (F.pad(features, (0, 1), value=1.0) @ weights).argmax(1)


def accuracy(
    fit: tuple[Tensor, Tensor], score: tuple[Tensor, Tensor], classes: int
) -> dict[str, float]:
    """Accuracy on `score` of a probe fitted to `fit`, each (features, labels).

    Features are standardised; the weight decay is chosen on held-out images of `fit`.
    Returns value, low, high (bootstrap 95 % over images), and decay.
    """
    mean, std = fit[0].mean(0), fit[0].std(0).clamp_min(1e-6)
    features, others = ((part[0] - mean) / std for part in (fit, score))
    held = torch.arange(len(features)) % HELD_OUT == 0
    right = {}
    for decay in DECAYS:
        weights = fit_linear(features[~held], fit[1][~held], classes, decay)
        right[decay] = (predict(weights, features[held]) == fit[1][held]).sum().item()
    decay = max(right, key=lambda decay: right[decay])
    weights = fit_linear(features, fit[1], classes, decay)
    correct = (predict(weights, others) == score[1]).double().numpy()
    counts = resampling(len(correct))
    return interval(counts @ correct / counts.sum(1)) | dict(decay=decay)


def run(
    model: Model,
    fit: tuple[np.ndarray, np.ndarray],
    score: tuple[np.ndarray, np.ndarray],
    classes: int,
    settings: dict,
    device: torch.device,
) -> list[dict]:
    """Rows (trunk, layer, accuracy) for the trained and an untrained trunk, and raw L.

    `fit` and `score` are (images uint8 (N, H, W, 3), labels int64 (N,)); of more than
    MOST images, so many evenly spaced ones are taken.
    """
    fit, score = _some(*fit), _some(*score)
    fresh = untrained(model)
    settle_statistics(fresh, batches(fit[0][:256], settings["batch"], device))
    options = settings["batch"], settings["precision"], device
    labels = [torch.from_numpy(numbers) for _, numbers in (fit, score)]
    rows = []
    # One trunk after the other: the features are what takes memory.
    for trunk, network in [("trained", model.network), ("untrained", fresh)]:
        total = len(fit[0]) + len(score[0])
        with Progress(total, f"features, {trunk}", "images") as progress:
            features = [
                pooled_features(network, images, *options, progress.advance)
                for images, _ in (fit, score)
            ]
        raw = {"L": [part.pop("L") for part in features]}
        layers = {layer: [part[layer] for part in features] for layer in features[0]}
        rows += _rows(trunk, layers, labels, classes)
    return rows + _rows("raw", raw, labels, classes)


def _some(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(images) <= MOST:
        return images, labels
    rows = np.linspace(0, len(images) - 1, MOST, dtype=int)
    return images[rows], labels[rows]


def _rows(
    trunk: str, layers: dict[str, list[Tensor]], labels: list[Tensor], classes: int
) -> list[dict]:
    """A row a layer, from its features of the images to fit and to score."""
    rows = []
    with Progress(len(layers), f"probes, {trunk}", "layers") as progress:
        for layer, sides in layers.items():
            fit, score = zip(sides, labels, strict=True)
            found = accuracy(fit, score, classes)
            found["accuracy"] = found.pop("value")
            about = dict(trunk=trunk, layer=layer, features=sides[0].shape[1])
            rows.append(about | found)
            progress.advance()
    return rows
