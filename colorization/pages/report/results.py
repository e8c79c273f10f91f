"""The files of a finished run. Each is read when it is first used."""

import json
import math
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pandas as pd

from colorization.data.dataset import Description, read_description
from colorization.evaluation.metrics_file import Metrics, read_metrics
from colorization.pages.report.numbers import decoding
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_table

# In a model file, but not learned by gradient descent.
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


class Slugs(NamedTuple):
    """The names of what a run is made from, which are names of folders."""

    dataset: str
    gamut: str
    prior: str


class FinishedRun:
    """A run of the config: its settings, and the files that it wrote."""

    def __init__(self, results: Path, name: str, run: dict[str, Any]):
        """`run` is what `stage_settings.report_settings` returns."""
        self.results, self.name = results, name
        self.settings, self.labelled = run["settings"], run["labelled"]
        self.slugs = Slugs(*(run[key] for key in Slugs._fields))

    def path(self, stage: str, file: str) -> Path:
        """results/<stage>/<run>/<file>."""
        return self.results / stage / self.name / file

    @property
    def trained(self) -> bool:
        """Whether this pipeline trained it."""
        return self.settings["kind"] == "trained"

    @property
    def classifies(self) -> bool:
        """Whether it predicts a distribution over bins."""
        return self.settings["train"]["loss"] == "classification"

    @property
    def decoding(self) -> str:
        """How its scores become colours, in words; nothing for a regression."""
        return decoding(self.settings["evaluate"]) if self.classifies else ""

    @cached_property
    def description(self) -> Description:
        """dataset.json."""
        return read_description(
            self.results / "data" / self.slugs.dataset / "dataset.json"
        )

    @cached_property
    def splits(self) -> dict[str, int]:
        """Images in each split."""
        return {name: split.count for name, split in self.description.splits.items()}

    @cached_property
    def folders(self) -> dict[str, int]:
        """Training photographs in each folder that was imported; empty for other sources.

        Folders are named by the last part of the imported path and the first one below.
        """
        if self.settings["data"]["source"] != "folder":
            return {}
        path = self.results / "data" / self.slugs.dataset / "images.csv"
        table = read_table(path, [], ["split", "root", "file"])
        table = table[table["split"] == "train"].drop_duplicates(["root", "file"])
        names = [
            "/".join([PurePosixPath(root).name, *PurePosixPath(file).parts[:-1][:1]])
            for root, file in zip(table["root"], table["file"], strict=True)
        ]
        return pd.Series(names, dtype=str).value_counts(sort=False).to_dict()

    @cached_property
    def metrics(self) -> Metrics:
        """metrics.json."""
        return read_metrics(self.path("evaluate", "metrics.json"))

    @cached_property
    def history(self) -> pd.DataFrame | None:
        """history.csv; None for a run that was not trained here."""
        if not self.trained:
            return None
        columns = ["step", "images", "seconds", "train_loss", "validation_loss"]
        return read_table(self.path("train", "history.csv"), columns)

    @cached_property
    def sweep(self) -> pd.DataFrame:
        """temperatures.csv, of a run that classifies."""
        columns = ["temperature", "rebalance", "auc", "auc_rebalanced"]
        columns += ["colourfulness", "colourfulness_truth"]
        return read_table(self.path("evaluate", "temperatures.csv"), columns)

    @cached_property
    def prior(self) -> pd.DataFrame:
        """The prior's table.csv, one row a bin."""
        path = self.results / "prior" / self.slugs.prior / "table.csv"
        return read_table(path, ["a", "b", "count", "probability", "weight"])

    @cached_property
    def model(self) -> dict[str, Any]:
        """`model_header` of the run's model."""
        return model_header(self.path("train", "model.safetensors"))


def model_header(path: Path) -> dict[str, Any]:
    """`settings`, `provenance` and number of `parameters` of a model file.

    Read without torch. Raises StageError.
    """
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        texts = header.pop("__metadata__")
        metadata = {key: json.loads(texts[key]) for key in ("settings", "provenance")}
        shapes = [t["shape"] for name, t in header.items() if not _is_buffer(name)]
    except (OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        raise StageError(f"{path}: not a model of this pipeline: {error}") from None
    return metadata | dict(parameters=sum(map(math.prod, shapes)))


def _is_buffer(name: str) -> bool:
    return name.endswith(BUFFERS)


def flat(settings: dict, prefix: str = "") -> dict[str, Any]:
    """Nested settings by their paths, such as `train.steps`."""
    values = {}
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            values |= flat(value, f"{prefix}{key}.")
        else:
            values[prefix + key] = value
    return values


def differing(runs: list[FinishedRun]) -> dict[str, list[Any]]:
    """The settings that are not equal in all runs, with one value for each run."""
    settings = [flat(run.settings) for run in runs]
    keys = dict.fromkeys(key for of_run in settings for key in of_run)
    values = {key: [of_run.get(key) for of_run in settings] for key in keys}
    return {key: v for key, v in values.items() if any(x != v[0] for x in v)}
