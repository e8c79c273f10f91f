"""How long training will take."""

from colorization.planning.train_schema import TrainSettings


def cpu_hours(settings: TrainSettings, width: float) -> float:
    """About how long two cores train a network of this width.

    Of 96 pixels they see 100 images a second at width 0.25, and 7.5 at width 1.
    """
    images = settings.steps * settings.batch * (settings.crop / 96) ** 2
    return images * (0.002 + 0.13 * width**2) / 3600
