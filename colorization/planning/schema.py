"""What config.yaml and its overlays may hold: types, ranges, and possible combinations.

Defaults and explanations are in config.yaml only.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from colorization.planning.schema_base import WHOLE, Name, Section, combination
from colorization.planning.train_schema import (
    Batch,
    Device,
    Encoding,
    Network,
    Precision,
    Running,
    Seed,
    TrainSettings,
)

# Keys of earlier versions, and their new names.
RENAMED = {"photos": "colorize.photos", "run": "colorize.run"}


def _without_repetitions(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "Repeated")
    return values


def _sorted(values: dict[str, Any]) -> dict[str, Any]:
    """The values by key, so that the order in the config does not matter."""
    return dict(sorted(values.items()))


Names = Annotated[
    list[Name],
    Field(json_schema_extra=dict(uniqueItems=True)),
    AfterValidator(_without_repetitions),
]
Images = Annotated[int, Field(ge=1, le=10_000_000), WHOLE]
Share = Annotated[float, Field(gt=0, lt=1)]
Temperature = Annotated[float, Field(gt=0, le=1)]
Temperatures = Annotated[
    list[Temperature],
    Field(min_length=1, max_length=20, json_schema_extra=dict(uniqueItems=True)),
    AfterValidator(_without_repetitions),
]
# The share of the class weights that decoding puts in; below 0 it takes out those that a
# model was trained with.
Rebalance = Annotated[float, Field(ge=-1, le=1)]
# A name that needs no quotes in paths, shells and pages.
RunName = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Published(Section):
    """The authors' model."""

    weights: Name | None


class Sample(Section):
    """Windows cut from the photographs in scikit-image's wheel."""

    train: Images
    validation: Images
    test: Images
    seed: Seed


class Stl10(Section):
    """STL-10's binary files."""

    path: Name | None
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    md5: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    unlabeled: Annotated[int, Field(ge=2), WHOLE]
    validation: Annotated[int, Field(ge=1), WHOLE]

    @combination
    def _some_to_train_on(self) -> tuple[str, str] | None:
        if self.validation >= self.unlabeled:
            return "validation", (
                f"{self.validation} leaves nothing of data.stl10.unlabeled "
                f"{self.unlabeled} to train on"
            )
        return None


class Split(Section):
    """Paths of photographs that are split already."""

    train: Names
    validation: Names
    test: Names


class Folder(Section):
    """The user's own photographs."""

    paths: Names
    split: Split
    validation: Share
    test: Share
    windows: Annotated[int, Field(ge=1, le=1000), WHOLE]
    max_skipped: Annotated[float, Field(ge=0, le=1)]
    labels: bool

    @combination
    def _some_to_train_on(self) -> tuple[str, str] | None:
        if self.validation + self.test >= 1:
            return "validation", (
                f"{self.validation} and data.folder.test {self.test} leave nothing to "
                "train on"
            )
        return None

    @combination
    def _one_way_to_split(self) -> tuple[str, str] | None:
        split = self.split
        if self.paths and (split.train or split.validation or split.test):
            return "split", (
                "is impossible with data.folder.paths, which the shares split: empty one "
                "of the two"
            )
        if bool(split.train) != bool(split.test) or (
            split.validation and not split.train
        ):
            missing = "test" if split.train else "train"
            return f"split.{missing}", (
                "[] is impossible where other photographs are split already: name a "
                "folder"
            )
        return None


class Data(Section):
    """The images."""

    source: Literal["sample", "stl10", "folder"]
    size: Annotated[int, Field(ge=16, le=1024, multiple_of=8), WHOLE]
    sample: Sample
    stl10: Stl10
    folder: Folder

    @combination
    def _size_of_stl10(self) -> tuple[str, str] | None:
        if self.source == "stl10" and self.size != 96:
            return "size", (
                f"{self.size} is impossible with data.source stl10, whose images are 96"
            )
        return None

    @combination
    def _folder_is_named(self) -> tuple[str, str] | None:
        is_named = self.folder.paths or self.folder.split.train
        if self.source == "folder" and not is_named:
            return "folder.paths", (
                "[] is impossible with data.source folder: name a folder"
            )
        return None


class Gamut(Section):
    """The ab bins."""

    bins: Literal["seed326", "zhang313", "knn320"]
    grid: Annotated[int, Field(ge=4, le=40), WHOLE]

    @combination
    def _grid_of_zhang313(self) -> tuple[str, str] | None:
        if self.bins == "zhang313" and self.grid != 10:
            return "grid", (
                f"{self.grid} is impossible with zhang313, which is defined on grid 10"
            )
        return None


class Prior(Section):
    """The prior over the bins."""

    lambda_: Annotated[float, Field(ge=0, le=1, alias="lambda")]
    sigma: Annotated[float, Field(ge=0, le=100)]


class Classifier(Section):
    """The network that recognizes colorized images."""

    model: Literal["vgg16", "resnet18", "resnet50", "convnext_tiny"]
    weights: Name | None
    classes: Annotated[
        dict[
            Name,
            Annotated[
                list[Annotated[int, Field(ge=0, le=999), WHOLE]], Field(min_length=1)
            ],
        ],
        AfterValidator(_sorted),
    ]


class Perceptual(Section):
    """Networks trained elsewhere."""

    alexnet: Name | None
    inception: Name | None
    classifier: Classifier


class Evaluate(Section):
    """How a model is measured."""

    device: Device
    precision: Precision
    batch: Batch
    temperature: Temperature
    rebalance: Rebalance
    temperatures: Temperatures
    rebalances: Annotated[
        list[Rebalance],
        Field(min_length=1, max_length=20, json_schema_extra=dict(uniqueItems=True)),
        AfterValidator(_without_repetitions),
    ]
    sweep_images: Annotated[int, Field(ge=1), WHOLE]
    perceptual: Perceptual
    grid_images: Annotated[int, Field(ge=1, le=100), WHOLE]


class Run(Section):
    """All settings of one run."""

    kind: Literal["trained", "published"]
    seeds: Annotated[int, Field(ge=1, le=100), WHOLE]
    published: Published
    data: Data
    gamut: Gamut
    encoding: Encoding
    prior: Prior
    network: Network
    train: TrainSettings
    evaluate: Evaluate

    @combination
    def _crop_fits(self) -> tuple[str, str] | None:
        if self.train.crop > self.data.size:
            return "train.crop", (
                f"{self.train.crop} is larger than data.size {self.data.size}"
            )
        return None

    @combination
    def _published(self) -> tuple[str, str] | None:
        if self.kind != "published":
            return None
        if (self.gamut.bins, self.gamut.grid) != ("zhang313", 10):
            return "gamut.bins", "a published model needs zhang313 on grid 10"
        if not self.published.weights:
            return "published.weights", (
                "null is impossible with kind published: name the file"
            )
        if self.seeds > 1:
            return "seeds", "a published model is not trained, so it has no seeds"
        return None

    @combination
    def _weights_to_put_in(self) -> tuple[str, str] | None:
        if self.kind == "published" and self.evaluate.rebalance != 0:
            return "evaluate.rebalance", (
                "must be 0 with kind published, whose file has no class weights"
            )
        classifies = self.kind == "trained" and self.train.loss == "classification"
        if classifies and self.train.rebalance and self.evaluate.rebalance > 0:
            return "evaluate.rebalance", (
                f"{self.evaluate.rebalance:g} would put the class weights in once more "
                "than train.rebalance true has: set it to 0, or train.rebalance to false"
            )
        return None

    @combination
    def _finite_weights(self) -> tuple[str, str] | None:
        rebalances = self.train.rebalance or self.evaluate.rebalance != 0
        if self.prior.lambda_ == 0 and rebalances:
            return "prior.lambda", (
                "0 gives bins that were never seen no finite weight; use a small value, "
                "or train.rebalance false and evaluate.rebalance 0"
            )
        return None


class Colorize(Section):
    """Photographs to colorize."""

    photos: Name | None
    run: Name | None


class Realism(Section):
    """Which one is real? A sitting for people, and their answers."""

    runs: Annotated[
        list[RunName],
        Field(json_schema_extra=dict(uniqueItems=True)),
        AfterValidator(_without_repetitions),
    ]
    images: Images
    pairs: Annotated[int, Field(ge=2, le=1000), WHOLE]
    seed: Seed
    answers: Names


class Config(Run):
    """The defaults of all runs, and settings that no run can override.

    `runs` maps a name to a part of a `Run`, which is checked after it is merged.
    """

    running: Running
    colorize: Colorize
    realism: Realism
    runs: Annotated[dict[RunName, dict[str, Any] | None], Field(min_length=1)]
