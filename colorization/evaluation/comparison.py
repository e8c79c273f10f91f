"""All runs and baselines in one table, and their paired differences."""

import itertools
import re
from collections.abc import Iterable

import pandas as pd

from colorization.evaluation import bootstrap
from colorization.evaluation.metrics_file import Metrics
from colorization.method.constants import GRAY, MODEL

# A run with `seeds: 3` is trained as NAME-seed0, NAME-seed1, NAME-seed2.
SEEDED = re.compile(r"(.+)-seed(\d+)")
COLUMNS = ["run", "kind", "dataset", "metric", "value", "low", "high", "sd_over_seeds"]
COLUMNS += ["reason"]


def tabulate(
    metrics: dict[str, Metrics], datasets: dict[str, str], answered: Iterable[dict] = ()
) -> pd.DataFrame:
    """One row a metric of each run, of each dataset's baselines and of each group of seeds.

    `metrics` holds each run's metrics.json. The kind is run, baseline or N seeds. A metric
    has its value and interval, or the reason why it was not measured. A group's values
    are means over its seeds; `sd_over_seeds` is the standard deviation between them.
    `answered` are rows of what people answered.
    """
    rows, seen = [], set()
    for run, measured in metrics.items():
        dataset, reasons = datasets[run], measured.unavailable
        for method, summary in measured.methods.items():
            if method != MODEL and (method, dataset) in seen:
                continue
            seen.add((method, dataset))
            name, kind = (run, "run") if method == MODEL else (method, "baseline")
            row = dict(run=name, kind=kind, dataset=dataset)
            rows += [
                row | dict(metric=key) | interval.model_dump()
                for key, interval in summary.items()
            ]
            rows += [row | dict(metric=key, reason=reasons[key]) for key in reasons]
    rows += answered
    rows += _over_seeds(pd.DataFrame(rows, columns=COLUMNS), list(metrics))
    return pd.DataFrame(rows, columns=COLUMNS)


def _over_seeds(table: pd.DataFrame, runs: list[str]) -> list[dict]:
    """The rows of groups of seeds."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        if match := SEEDED.fullmatch(run):
            groups.setdefault(match[1], []).append(run)
    rows = []
    for name, seeds in groups.items():
        if len(seeds) == 1:
            continue  # a single run that is only named like one of several seeds
        members = table[table["run"].isin(seeds) & table["value"].notna()]
        dataset = members["dataset"].iloc[0]
        row = dict(run=name, kind=f"{len(seeds)} seeds", dataset=dataset)
        for metric, values in members.groupby("metric", sort=False)["value"]:
            spread = dict(value=values.mean(), sd_over_seeds=values.std())
            rows.append(row | dict(metric=metric) | spread)
    return rows


def pair(per_image: dict[str, pd.DataFrame], datasets: dict[str, str]) -> pd.DataFrame:
    """Paired differences of each two runs on one dataset, and of each run and gray."""
    frames = []
    for run, frame in per_image.items():
        model, gray = (frame[frame["method"] == name] for name in (MODEL, GRAY))
        frames.append(bootstrap.compare(model, gray).assign(left=run, right=GRAY))
    for left, right in itertools.combinations(per_image, 2):
        if datasets[left] == datasets[right]:
            sides = [per_image[run].query("method == @MODEL") for run in (left, right)]
            frames.append(bootstrap.compare(*sides).assign(left=left, right=right))
    columns = ["left", "right", "metric", "difference", "low", "high"]
    return pd.concat(frames, ignore_index=True)[columns]
