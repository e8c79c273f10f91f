"""Class weights in training against class weights in decoding, from finished runs.

    python -m docs.rebalancing RESULTS...

Each folder has runs `full` and `no_rebalancing` of config/ablation.yaml, with one seed or
several. All test images are decoded with many shares τ of the weights. It writes
docs/rebalancing.csv, the figures with 95 % intervals, and docs/rebalancing.png.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from colorization.data.dataset import open_split
from colorization.evaluation import baselines, bootstrap, measuring
from colorization.figures.style import COLOURS, METHOD_COLOURS, WIDE, figure
from colorization.inference import predict
from colorization.inference.model_file import load_model
from colorization.method.constants import GRAY, TEMPERATURE
from colorization.method.decoding import Decoding
from colorization.method.encoding import SoftEncoder
from colorization.method.prior import read as read_prior
from colorization.method.rebalancing_weights import metric_weights
from colorization.provenance.record import read_record

DOCS = Path(__file__).parent
TRAINED, DECODED = "full", "no_rebalancing"
# τ of a network that was trained without weights, and of one that was trained with them.
SHARES = {
    DECODED: np.linspace(0, 1.5, 13),
    TRAINED: np.linspace(-1, 0.5, 7),
}
METRICS = ["auc", "auc_rebalanced", "colourfulness"]


class Measured(NamedTuple):
    """One training: its metrics in each resample, for each τ."""

    shares: np.ndarray  # (shares,)
    values: np.ndarray  # (resamples, shares, metrics), in % but for the colourfulness

    def at(self, share: float) -> np.ndarray:
        """The metrics at one τ, (resamples, metrics)."""
        return self.values[:, np.flatnonzero(self.shares == share)[0]]

    def where_raw_is(self, raw: np.ndarray) -> np.ndarray:
        """τ and the metrics where the raw AuC falls to `raw` (resamples,), NaN if nowhere.

        Returns (resamples, 1 + metrics). Beyond its peak, the raw AuC falls with τ.
        """
        rows = [
            _crossing(self.shares, values, level)
            for values, level in zip(self.values, raw, strict=True)
        ]
        return np.stack(rows)


def _crossing(shares: np.ndarray, values: np.ndarray, level: float) -> np.ndarray:
    """τ and the metrics, interpolated between two τ: (1 + metrics,)."""
    columns = np.column_stack([shares, values])[values[:, 0].argmax() :]
    rounding = 1e-6
    if not columns[-1, 1] - rounding <= level <= columns[0, 1] + rounding:
        return np.full(columns.shape[1], np.nan)
    falling = columns[::-1]  # np.interp wants rising abscissae
    return np.array([np.interp(level, falling[:, 1], c) for c in falling.T])


def _trainings(results: Path, run: str) -> list[Path]:
    """The models of a run, one for each seed."""
    names = [run, f"{run}-seed*"]
    paths = [p for n in names for p in results.glob(f"train/{n}/model.safetensors")]
    if not paths:
        raise SystemExit(f"{results}/train: there is no model of a run {run}")
    return sorted(paths)


def _input(model: Path, name: str) -> Path:
    """What a training read, by its record."""
    record = read_record(model.parent / "provenance/train.json")
    (path,) = (p for p in record.inputs if Path(p).name == name)
    return model.parents[3] / path  # as from the folder that holds results/


def _resampled(rows: pd.DataFrame, counts: np.ndarray) -> np.ndarray:
    """The metrics of one method in each resample, (resamples, metrics)."""
    values = bootstrap.aggregates(rows, counts)
    scale = [100, 100, 1]
    return np.column_stack([f * values[m] for f, m in zip(scale, METRICS, strict=True)])


def measure(results: Path) -> tuple[dict[str, list[Measured]], np.ndarray]:
    """The trainings of each run, a seed each, and the metrics of gray."""
    first = _trainings(results, TRAINED)[0]
    images = open_split(_input(first, "dataset.json"), "test")
    prior = read_prior(_input(first, "table.csv"))
    encoder = SoftEncoder(prior.bins, 5, 5)  # the nearest bins alone are used
    weights = metric_weights(prior.smoothed, prior.count.sum())
    scoring = measuring.Scoring(encoder, weights, thorough=False)
    counts, device = bootstrap.resampling(len(images)), torch.device("cpu")
    measured: dict[str, list[Measured]] = {TRAINED: [], DECODED: []}
    gray = np.empty(0)
    for run, shares in SHARES.items():
        for path in _trainings(results, run):
            model = load_model(path)
            model.weights = prior.weight  # one that was trained with them has none
            decodings = [Decoding(TEMPERATURE, share) for share in shares]
            decoded = predict.model_methods(model, decodings, "float32", device)
            ways = dict(enumerate(map(baselines.without_scores, decoded)))
            methods = ways | {GRAY: baselines.gray}
            table = measuring.evaluate(images, methods, scoring, 64, device).per_image
            by_way = dict(iter(table.groupby("method")))
            values = np.stack([_resampled(by_way[way], counts) for way in ways], 1)
            measured[run].append(Measured(shares, values))
            gray = _resampled(by_way[GRAY], counts)
    return measured, gray


def _row(label: str, name: str, values: np.ndarray) -> dict:
    """A figure with its interval; `values` (seeds, resamples), the first one as it is.

    The interval is over images and over seeds, which are drawn again, too.
    """
    rng = np.random.default_rng(0)
    seeds = len(values)
    drawn = rng.integers(seeds, size=(values.shape[1], seeds))
    drawn[0] = np.arange(seeds)
    means = np.take_along_axis(values.T, drawn, 1).mean(1)
    return dict(set=label, figure=name) | bootstrap.interval(means)


def _pairs(measured: dict[str, list[Measured]]) -> Iterator[tuple[str, np.ndarray]]:
    """Names and figures, each (seeds, resamples)."""
    pairs = list(zip(measured[TRAINED], measured[DECODED], strict=True))
    trained = np.stack([t.at(0) for t, _ in pairs])
    equal = np.stack([d.where_raw_is(t.at(0)[:, 0]) for t, d in pairs])
    full = np.stack([d.at(1) for _, d in pairs])
    for i, metric in enumerate(METRICS):
        yield f"trained with weights: {metric}", trained[..., i]
        yield f"decoded with weights, equal raw AuC: {metric}", equal[..., 1 + i]
        yield f"decoded with weights, τ = 1: {metric}", full[..., i]
    yield "τ of equal raw AuC", equal[..., 0]
    for i, metric in enumerate(METRICS):
        if i:  # that of the raw AuC is 0
            difference = equal[..., 1 + i] - trained[..., i]
            yield f"difference at equal raw AuC: {metric}", difference
        yield f"difference at τ = 1: {metric}", full[..., i] - trained[..., i]


NAMES = {
    DECODED: "trained without weights, decoded with τ of them",
    TRAINED: "trained with weights, decoded with 1 + τ of them",
}


def _draw(panels: dict[str, tuple[dict[str, list[Measured]], np.ndarray]]) -> None:
    """Rebalanced over raw AuC: a thin line for a training, a thick one for their mean."""
    path, size = DOCS / "rebalancing.png", (WIDE, 4.6)
    with figure(path, 1, len(panels), figsize=size, squeeze=False) as (drawing, grid):
        for axes, (label, (measured, gray)) in zip(
            grid[0], panels.items(), strict=True
        ):
            for (run, runs), colour in zip(measured.items(), COLOURS, strict=False):
                _trace(axes, run, runs, colour)
            style = dict(color=METHOD_COLOURS[GRAY], markersize=7, label=GRAY)
            axes.plot(*gray[0, :2], "s", **style)
            axes.set(xlabel="AuC, raw, %", ylabel="AuC, rebalanced, %")
            axes.set_title(label, loc="left")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside upper left", ncols=3)


def _trace(axes, run: str, trainings: list[Measured], colour: str) -> None:
    """The curves of a run over τ; a dot where it has the weights once, as in the paper."""
    curves = np.stack([training.values[0] for training in trainings])
    for curve in curves:
        axes.plot(*curve[:, :2].T, color=colour, linewidth=0.6, alpha=0.5)
    mean = curves.mean(0)
    axes.plot(*mean[:, :2].T, color=colour, marker=".", label=NAMES[run])
    once = trainings[0].shares == (0 if run == TRAINED else 1)
    axes.plot(*mean[once, :2].T, "o", color=colour, markersize=8)


def main(folders: list[str]) -> None:
    """Measure, and write the files."""
    panels = {}
    rows = []
    for folder in map(Path, folders):
        label = folder.resolve().parent.name
        panels[label] = measured, gray = measure(folder)
        rows += [_row(label, name, values) for name, values in _pairs(measured)]
        rows += [
            _row(label, f"gray: {m}", gray[None, :, i]) for i, m in enumerate(METRICS)
        ]
    table = pd.DataFrame(rows)
    table.to_csv(DOCS / "rebalancing.csv", index=False, float_format="%.2f")
    print(table.to_string(index=False, float_format="%.2f"))
    _draw(panels)


if __name__ == "__main__":
    main(sys.argv[1:] or ["results"])
