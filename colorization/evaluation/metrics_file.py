"""metrics.json: what a run achieved on its test split."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from colorization.method.constants import BASELINES, MODEL
from colorization.runtime.files import write_json
from colorization.runtime.json_file import Stored, read_json

METHODS = (MODEL, *BASELINES)
MAIN = ["auc", "auc_rebalanced", "colourfulness"]


class Interval(Stored):
    """A metric's value, and the ends of its interval where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


def _has(names: Iterable[str]) -> AfterValidator:
    def check(values: dict) -> dict:
        for name in names:
            if name not in values:
                raise ValueError(f"{name!r} is missing")
        return values

    return AfterValidator(check)


Summary = Annotated[dict[str, Interval], _has(MAIN)]


class Metrics(Stored):
    """Metrics by method; what could not be measured, and why."""

    images: Annotated[int, Field(ge=1)]
    unavailable: dict[Literal["lpips", "fid", "kid", "classified"], str]
    methods: Annotated[dict[str, Summary], _has(METHODS)]


def write_metrics(path: Path | str, metrics: Metrics) -> None:
    """Write metrics.json, atomically."""
    write_json(path, metrics.model_dump(exclude_none=True))


def read_metrics(path: Path | str) -> Metrics:
    """The parsed metrics.json at `path`. Raises StageError."""
    return read_json(path, Metrics)
