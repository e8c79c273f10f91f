"""Checks the models that trainings start from, while the workflow is parsed: no torch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colorization.planning.config import ConfigError
from colorization.runtime.base_model import start_file

# safetensors allows no longer header.
LONGEST_HEADER = 100_000_000


def check_starts(runs: Mapping[str, dict[str, Any]]) -> None:
    """Raises ConfigError for a run whose start is missing or has another width."""
    for name, run in runs.items():
        path = start_file(run["train"]["start"])
        if path is None or run["kind"] != "trained":
            continue
        key = f"runs.{name}.train.start"
        try:
            start_width = _settings(path)["network"]["width"]
        except OSError as error:
            reason = error.strerror or error
            raise ConfigError(f"{key}: cannot read {path}: {reason}") from None
        except (ValueError, KeyError, TypeError):
            raise ConfigError(f"{key}: {path} is no model of this pipeline") from None
        width = run["network"]["width"]
        if start_width != width:
            raise ConfigError(
                f"{key}: {path} has network.width {start_width}, this run {width}: set "
                f"network.width to {start_width}, or train.start to null"
            )


def _settings(path: Path) -> dict[str, Any]:
    """The settings in a model file's metadata, without its tensors."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEADER:
            raise ValueError(f"a header of {length} bytes")
        header = json.loads(file.read(length))
    return json.loads(header["__metadata__"]["settings"])
