"""Linear probes: how well one layer's features tell classes apart (section 3.2)."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from colorization.data.memory_map import take
from colorization.evaluation.bootstrap import interval, resampling
from colorization.inference.model_file import Model
from colorization.inference.predict import Batch, batches
from colorization.method.network import ColorizationNet, initialise
from colorization.runtime.device import autocast_dtype, memory_format
from colorization.runtime.progress import Progress

# Cells a side of the grid that features are averaged over; raw L has a finer one.
CELLS, RAW_CELLS = 4, 16
# Weight decays that are tried. Each HELD_OUT-th image is held out to choose one.
DECAYS = (1e-4, 1e-3, 1e-2, 1e-1)
HELD_OUT = 10
# Iterations of a fit at most.
ITERATIONS = 60
# Images that a probe uses at most: at full width the features of one take 0.3 MB.
MAX_IMAGES = 10_000


def untrained(model: Model) -> ColorizationNet:
    """A network of the model's shape, with initial parameters."""
    torch.manual_seed(0)
    network = ColorizationNet(model.network.out.out_channels, model.network.width)
    initialise(network, None)
    device = next(model.network.parameters()).device
    return network.to(device).to(memory_format=memory_format(device))


@torch.no_grad()
def settle_statistics(network: ColorizationNet, calibration: Iterable[Batch]) -> None:
    """Set an untrained network's batch norms to the statistics of some batches."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    network.train()
    for batch in calibration:
        network(batch.lightness)
    network.eval()


@torch.no_grad()
def pooled_features(
    network: ColorizationNet,
    images: np.ndarray,
    batch_size: int,
    precision: str,
    advance: Callable[[int], None] = lambda n: None,
) -> dict[str, Tensor]:
    """Features (N, D) by layer, float32 on the CPU; `L` is the network's input."""
    device = next(network.parameters()).device
    dtype, layout = autocast_dtype(precision, device), memory_format(device)
    features: dict[str, list[Tensor]] = {}
    for batch in batches(images, batch_size, device):
        layers = {"L": F.adaptive_avg_pool2d(batch.lightness, RAW_CELLS)}
        lightness = batch.lightness.contiguous(memory_format=layout)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            for name, output in network.trunk(lightness):
                layers[name] = F.adaptive_avg_pool2d(output.float(), CELLS)
        for name, values in layers.items():
            features.setdefault(name, []).append(values.flatten(1).cpu())
        advance(len(batch.rgb))
    return {name: torch.cat(pooled) for name, pooled in features.items()}


def fit_linear(features: Tensor, labels: Tensor, classes: int, decay: float) -> Tensor:
    """Multinomial logistic regression with an L2 penalty: coefficients (D + 1, classes).

    `features` is (N, D); the bias is the last row. L-BFGS starts from zero, so the same
    data give the same fit.
    """
    features = F.pad(features, (0, 1), value=1.0)
    coefficients = torch.zeros(features.shape[1], classes, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [coefficients], max_iter=ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(features @ coefficients, labels)
        loss = loss + decay * coefficients[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return coefficients.detach()


def predict(coefficients: Tensor, features: Tensor) -> Tensor:
    """Class numbers (N,) of features (N, D)."""
    return (F.pad(features, (0, 1), value=1.0) @ coefficients).argmax(1)


def accuracy(
    fit: tuple[Tensor, Tensor], score: tuple[Tensor, Tensor], classes: int
) -> dict[str, float]:
    """Accuracy on `score` of a probe fitted to `fit`, each (features, labels).

    Features are standardised. The weight decay is chosen on held-out images of `fit`.
    Returns value, low, high (bootstrap 95 % over images) and decay.
    """
    mean, std = fit[0].mean(0), fit[0].std(0).clamp_min(1e-6)
    features, score_features = ((values - mean) / std for values, _ in (fit, score))
    labels, score_labels = fit[1], score[1]
    held_out = torch.arange(len(features)) % HELD_OUT == 0
    hits = {}
    for decay in DECAYS:
        probe = fit_linear(features[~held_out], labels[~held_out], classes, decay)
        hit = predict(probe, features[held_out]) == labels[held_out]
        hits[decay] = hit.sum().item()
    decay = max(hits, key=hits.__getitem__)
    probe = fit_linear(features, labels, classes, decay)
    correct = (predict(probe, score_features) == score_labels).double().numpy()
    counts = resampling(len(correct))
    return interval(counts @ correct / counts.sum(1)) | dict(decay=decay)


def run(
    model: Model,
    fit: tuple[np.ndarray, np.ndarray],
    score: tuple[np.ndarray, np.ndarray],
    classes: int,
    settings: dict,
) -> list[dict]:
    """Rows (trunk, layer, accuracy) for the trained and an untrained trunk, and raw L.

    `fit` and `score` are (images uint8 (N, H, W, 3), labels int64 (N,)). Of more than
    MAX_IMAGES images, evenly spaced ones are taken.
    """
    fit, score = _thinned(*fit), _thinned(*score)
    initial, device = untrained(model), next(model.network.parameters()).device
    settle_statistics(initial, batches(fit[0][:256], settings["batch"], device))
    options = settings["batch"], settings["precision"]
    labels = [torch.from_numpy(numbers) for _, numbers in (fit, score)]
    rows = []
    # One trunk after the other: features take much memory.
    for trunk, network in [("trained", model.network), ("untrained", initial)]:
        total = len(fit[0]) + len(score[0])
        with Progress(total, f"features, {trunk}", "images") as progress:
            features = [
                pooled_features(network, images, *options, progress.advance)
                for images, _ in (fit, score)
            ]
        raw = {"L": [by_layer.pop("L") for by_layer in features]}
        layers = {
            layer: [by_layer[layer] for by_layer in features] for layer in features[0]
        }
        rows += _rows(trunk, layers, labels, classes)
    return rows + _rows("raw", raw, labels, classes)


def _thinned(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(images) <= MAX_IMAGES:
        return images, labels
    rows = np.linspace(0, len(images) - 1, MAX_IMAGES, dtype=int)
    return take(images, rows), labels[rows]


def _rows(
    trunk: str, layers: dict[str, list[Tensor]], labels: list[Tensor], classes: int
) -> list[dict]:
    """One row for each layer, from its features of the images to fit and to score."""
    rows = []
    with Progress(len(layers), f"probes, {trunk}", "layers") as progress:
        for layer, features in layers.items():
            fit, score = zip(features, labels, strict=True)
            scores = accuracy(fit, score, classes)
            scores["accuracy"] = scores.pop("value")
            row = dict(trunk=trunk, layer=layer, features=features[0].shape[1])
            rows.append(row | scores)
            progress.advance()
    return rows
