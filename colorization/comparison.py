"""All runs and baselines in one table, and their paired differences."""

import itertools
import re

import numpy as np
import pandas as pd

from colorization import statistics
from colorization.metrics_file import Interval, Metrics

# Of the columns beside a metric's own.
ENDS = ("_low", "_high", "_sd_over_seeds")
# A run with `seeds: 3` is trained as NAME-seed0, NAME-seed1, NAME-seed2.
SEEDED = re.compile(r"(.+)-seed(\d+)")


def _flat(summary: dict[str, Interval]) -> dict[str, float]:
    """metric → interval to columns metric, metric_low, metric_high."""
    row = {}
    for metric, interval in summary.items():
        row[metric] = interval.value
        ends = dict(low=interval.low, high=interval.high).items()
        row |= {f"{metric}_{name}": end for name, end in ends if end is not None}
    return row


def tabulate(metrics: dict[str, Metrics], datasets: dict[str, str]) -> pd.DataFrame:
    """One row a run, one a baseline of each dataset, one a group of seeds.

    A group's values are means over its seeds, with the standard deviation between them
    in columns metric_sd_over_seeds. `metrics` holds each run's metrics.json; the cell of a metric
    that was unavailable says why.
    """
    rows, seen = [], set()
    for run, found in metrics.items():
        for method, summary in found.methods.items():
            if method != "model" and (method, datasets[run]) in seen:
                continue
            seen.add((method, datasets[run]))
            name, kind = (run, "run") if method == "model" else (method, "baseline")
            rows.append(
                dict(name=name, kind=kind, dataset=datasets[run])
                | _flat(summary)
                | found.unavailable
            )
    table = pd.DataFrame(rows)
    groups: dict[str, list[str]] = {}
    for run in metrics:
        if match := SEEDED.fullmatch(run):
            groups.setdefault(match[1], []).append(run)
    for name, runs in groups.items():
        if len(runs) == 1:
            continue  # whose name only looks like one of several
        members = table[table["name"].isin(runs)]
        values = members.select_dtypes(np.number)
        values = values.drop(
            columns=[c for c in values if c.endswith(("_low", "_high"))]
        )
        row = values.mean().to_dict() | values.std().add_suffix(ENDS[-1]).to_dict()
        place = dict(
            name=name, kind=f"{len(runs)} seeds", dataset=members["dataset"].iloc[0]
        )
        table = pd.concat([table, pd.DataFrame([place | row])], ignore_index=True)
    # What belongs to a metric stands beside it.
    names = [column for column in table if not column.endswith(ENDS)]
    ends = ("", *ENDS)
    return table[[n + end for n in names for end in ends if n + end in table]]


def pair(per_image: dict[str, pd.DataFrame], datasets: dict[str, str]) -> pd.DataFrame:
    """Differences of every two runs, and of every run and gray, on the same images."""
    frames = []
    for run, frame in per_image.items():
        sides = {
            "gray": frame[frame["method"] == "gray"],
            run: frame[frame["method"] == "model"],
        }
        frames.append(
            statistics.compare(sides[run], sides["gray"]).assign(left=run, right="gray")
        )
    for left, right in itertools.combinations(per_image, 2):
        if datasets[left] == datasets[right]:
            sides = [per_image[run].query("method == 'model'") for run in (left, right)]
            frames.append(statistics.compare(*sides).assign(left=left, right=right))
    columns = ["left", "right", "metric", "difference", "low", "high"]
    return pd.concat(frames, ignore_index=True)[columns]
