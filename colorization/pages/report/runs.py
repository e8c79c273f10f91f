"""Tables of the runs' data and settings, and of their training."""

from typing import Any

import pandas as pd

from colorization.pages.report.numbers import NOTHING, duration, loss, number
from colorization.pages.report.results import FinishedRun, differing
from colorization.pages.report.table import Cell, Table

SOURCES = {
    "sample": "sample photographs",
    "stl10": "STL-10",
    "folder": "own photographs",
}


def recipe(run: FinishedRun) -> str:
    """The loss and the optimizer of a run, in words."""
    train = run.settings["train"]
    if not run.trained:
        return "published by the authors"
    loss = "L2 regression"
    if run.classifies:
        loss = (
            "classification, " + ("" if train["rebalance"] else "not ") + "rebalanced"
        )
    return f"{loss}; {train['optimizer']}, rate {train['learning_rate']:g}, {train['schedule']}"


def _count(value: int | float) -> Cell:
    return Cell(number(value, 0), value)


def overview(runs: list[FinishedRun]) -> Table:
    """One row for each run; cells that differ from the first run's are emphasized."""
    columns = ["run", "data", "side, pixels", "training images", "validation", "test"]
    columns += ["bins", "recipe", "decoding", "steps × batch", "width", "parameters"]
    table = Table("Runs: data, recipe and size", columns)
    for run in runs:
        train, data = run.settings["train"], run.settings["data"]
        counts = [_count(run.splits[name]) for name in ("train", "validation", "test")]
        steps = Cell(NOTHING)
        if not run.trained:
            counts[:2] = [Cell(NOTHING)] * 2
        else:
            images = train["steps"] * train["batch"]
            steps = Cell(f"{train['steps']:,} × {train['batch']}", images)
        table.add(
            run.name,
            Cell(SOURCES[data["source"]], note=run.slugs.dataset),
            _count(data["size"]),
            *counts,
            Cell(f"{len(run.prior)}", len(run.prior), run.slugs.gamut),
            recipe(run),
            run.decoding or NOTHING,
            steps,
            Cell(f"{run.model['settings']['network']['width']:g}"),
            _count(run.model["parameters"]),
        )
    for row in table.rows[1:]:
        for cell, first in zip(row[1:], table.rows[0][1:], strict=True):
            cell.strong = (cell.text, cell.note) != (first.text, first.note)
    return table


def differences(runs: list[FinishedRun]) -> Table | None:
    """The settings in which runs differ; None if there are none."""
    settings = differing(runs)
    if not settings:
        return None
    table = Table("Settings that differ between runs", ["run", *settings])
    for i, run in enumerate(runs):
        cells = []
        for key, values in settings.items():
            value = values[i]
            if not run.trained and key.startswith(("train.", "network.")):
                cells.append(Cell(NOTHING))
                continue
            strong = value != values[0]
            cells.append(
                Cell(as_yaml(value), _sortable(value), strong=strong, code=True)
            )
        table.add(run.name, *cells)
    return table


def as_yaml(value: Any) -> str:
    """A setting's value as it is written in the config."""
    words = {None: "null", True: "true", False: "false"}
    return words[value] if isinstance(value, bool | None) else str(value)


def _sortable(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if number else as_yaml(value)


def training(runs: list[FinishedRun]) -> Table:
    """Time and speed of each training, and the losses at the kept step."""
    columns = ["run", "time", "images/s", "passes over the data", "kept step"]
    columns += ["validation loss there", "training loss there", "last validation loss"]
    table = Table("Training: time, speed and losses", columns)
    for run in runs:
        if run.history is None:
            continue
        last, best = run.history.iloc[-1], kept(run.history)
        passes = last["images"] / run.splits["train"]
        table.add(
            run.name,
            Cell(duration(last["seconds"]), last["seconds"]),
            Cell(number(speed := last["images"] / last["seconds"], 0), speed),
            Cell(number(passes), passes),
            Cell(f"{best['step']:,.0f} of {last['step']:,.0f}", best["step"]),
            *(
                Cell(loss(row[f"{name}_loss"]), row[f"{name}_loss"])
                for row, name in [
                    (best, "validation"),
                    (best, "train"),
                    (last, "validation"),
                ]
            ),
        )
    return table


def kept(history: pd.DataFrame) -> Any:
    """The row of history.csv whose weights were kept."""
    return history.loc[history["validation_loss"].idxmin()]
