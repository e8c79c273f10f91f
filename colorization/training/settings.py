"""What a training run is told (the `train` section of the config)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainSettings:
    """Fields are the config's keys; the schema and config.yaml explain them."""

    loss: str
    rebalance: bool
    gray_threshold: float
    steps: int
    batch: int
    crop: int
    mirror: bool
    optimizer: str
    learning_rate: float
    beta1: float
    beta2: float
    weight_decay: float
    warmup: float
    schedule: str
    averaging: float
    precision: str
    seed: int
    validate_every: int
    device: str
    checkpoint_seconds: float

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
