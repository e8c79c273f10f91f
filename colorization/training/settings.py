"""What a training run is told (the `train` and `running` sections of the config)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainSettings:
    """What the result depends on. Fields are the config's keys, explained there."""

    loss: str
    rebalance: bool
    gray_threshold: float
    steps: int
    batch: int
    micro_batch: int | None
    crop: int
    mirror: bool
    initialisation: str
    optimizer: str
    learning_rate: float
    beta1: float
    beta2: float
    weight_decay: float
    warmup: float
    schedule: str
    averaging: float
    precision: str
    compile: bool
    seed: int
    validate_every: int
    device: str

    def cpu_hours(self, width: float) -> float:
        """About how long two cores train a network of this width.

        Of 96 pixels they see 100 images a second at width 0.25, and 7.5 at width 1.
        """
        images = self.steps * self.batch * (self.crop / 96) ** 2
        return images * (0.002 + 0.13 * width**2) / 3600

    def rate(self, step: int) -> float:
        """Learning rate of a step 0…steps−1: linear warm-up, then the schedule.

        A function of the step alone, so that a resumed run needs no schedule state.
        """
        rise = self.warmup * self.steps
        if step < rise:
            return self.learning_rate * (step + 1) / (rise + 1)
        if self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "paper":  # 3e-5, 1e-5, 3e-6 in the authors' solver
            drops = (step >= 0.4 * self.steps) + (step >= 0.8 * self.steps)
            return self.learning_rate * (1, 1 / 3, 1 / 10)[drops]
        return self.learning_rate * (self.steps - step) / (self.steps - rise)


@dataclass(frozen=True)
class Running:
    """How training goes about it, which changes no result."""

    checkpoint_seconds: float = 60.0
    tensorboard: bool = False
