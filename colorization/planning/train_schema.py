"""Settings of training: the sections that a trained model depends on, and `running`.

They are apart from the rest of the schema, so that a change of the rest retrains nothing.
"""

from typing import Annotated, Literal

from pydantic import Field

from colorization.planning.schema_base import WHOLE, Name, Section, combination

Device = Literal["auto", "cuda", "mps", "cpu"]
Precision = Literal["auto", "bf16", "float32"]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1), WHOLE]
Batch = Annotated[int, Field(ge=1, le=65536), WHOLE]
# A decay: a share below 1.
Decay = Annotated[float, Field(ge=0, lt=1)]


class Encoding(Section):
    """The soft encoding of ab over the bins."""

    neighbours: Annotated[int, Field(ge=1, le=32), WHOLE]
    sigma: Annotated[float, Field(gt=0, le=100)]


class Network(Section):
    """The network's size."""

    width: Annotated[float, Field(gt=0, le=4)]


class TrainSettings(Section):
    """How a network is trained."""

    device: Device
    precision: Precision
    compile: bool
    start: Name | None
    seed: Seed
    steps: Annotated[int, Field(ge=0), WHOLE]
    batch: Batch
    micro_batch: Batch | None
    crop: Annotated[int, Field(ge=16, multiple_of=8), WHOLE]
    smallest_crop: Annotated[int, Field(ge=16, multiple_of=8), WHOLE] | None
    window: Annotated[float, Field(gt=0, le=1)] | None
    mirror: bool
    loss: Literal["classification", "regression"]
    rebalance: bool
    gray_threshold: Annotated[float, Field(ge=0, le=128)] | None
    initialisation: Literal["marginal", "pytorch"]
    optimizer: Literal["adam", "adamw"]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    schedule: Literal["constant", "linear", "paper"]
    warmup: Annotated[float, Field(ge=0, le=0.9)]
    beta1: Decay
    beta2: Decay
    weight_decay: Annotated[float, Field(ge=0, le=1)]
    averaging: Decay
    validate_every: Annotated[int, Field(ge=1), WHOLE]

    @combination
    def _something_to_train(self) -> tuple[str, str] | None:
        if self.steps == 0 and self.start is None:
            return "steps", "0 is impossible without train.start"
        return None

    @combination
    def _crops(self) -> tuple[str, str] | None:
        if (self.smallest_crop or 0) > self.crop:
            return "smallest_crop", (
                f"{self.smallest_crop} is larger than train.crop {self.crop}"
            )
        return None

    @combination
    def _bins_to_rebalance(self) -> tuple[str, str] | None:
        if self.loss == "regression" and self.rebalance:
            return "rebalance", (
                "true is impossible with train.loss regression, which has no bins to "
                "rebalance"
            )
        return None


class ModelSettings(Section):
    """The settings that a trained model depends on, beside its data, bins and prior."""

    encoding: Encoding
    network: Network
    train: TrainSettings


class Running(Section):
    """How training runs; changes no result."""

    gpus: Annotated[int, Field(ge=0, le=64), WHOLE]
    checkpoint_seconds: Annotated[float, Field(ge=0)]
    tensorboard: bool
