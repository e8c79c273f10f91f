"""How long training will take."""

from typing import Any

from colorization.planning.train_schema import TrainSettings


def cpu_hours(run: dict[str, Any]) -> float:
    """About how many hours two cores train a run; 0 for one that asks for a device.

    `run` is its settings. Two cores train on 100 images of 96 pixels a second at width
    0.25, and on 7.5 at width 1.
    """
    train = TrainSettings(**run["train"])
    if train.device != "auto":
        return 0.0
    images = train.steps * train.batch * (train.crop / 96) ** 2
    return images * (0.002 + 0.13 * run["network"]["width"] ** 2) / 3600
