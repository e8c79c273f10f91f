"""The learning rate of each step."""

from colorization.planning.train_schema import TrainSettings


def rate(settings: TrainSettings, step: int) -> float:
    """Learning rate of a step 0…steps−1, 0 if there is none: linear warm-up, then the schedule.

    A function of the step alone, so that a resumed run needs no schedule state.
    """
    if not settings.steps:
        return 0.0
    rise = settings.warmup * settings.steps
    if step < rise:
        return settings.learning_rate * (step + 1) / (rise + 1)
    if settings.schedule == "constant":
        return settings.learning_rate
    if settings.schedule == "paper":  # 3e-5, 1e-5, 3e-6 in the authors' solver
        drops = (step >= 0.4 * settings.steps) + (step >= 0.8 * settings.steps)
        return settings.learning_rate * (1, 1 / 3, 1 / 10)[drops]
    return settings.learning_rate * (settings.steps - step) / (settings.steps - rise)
