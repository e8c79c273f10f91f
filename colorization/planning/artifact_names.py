"""Names and paths of artifacts, which follow from the settings of runs.

`run` is the settings of one run, and `runs` maps names to them, as `resolve_runs` gives
them.
"""

import difflib
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from colorization.data.listing import STL10_FILES
from colorization.planning.config import ConfigError, check
from colorization.planning.schema import Gamut
from colorization.runtime.base_model import NAME as BASE_NAME

Settings = dict[str, Any]


class ByName(dict[str, Settings]):
    """Runs by a name that stands in paths: a run's own, or that of what it is made from.

    An unknown name raises SystemExit with one line. (Snakemake adds a traceback to any
    other exception of an input function.)
    """

    def __init__(self, kind: str, runs: Mapping[str, Settings]):
        """`kind` says what the names are names of."""
        super().__init__(runs)
        self.kind = kind

    def __missing__(self, name: str) -> Settings:
        near = difflib.get_close_matches(name, self, 1)
        names = ", ".join(self)
        hint = f"did you mean {near[0]!r}?" if near else f"the config has {names}"
        raise SystemExit(f"no {self.kind} {name!r}: {hint}")

    def require(self, name: str, names: Collection[str], why: str) -> str:
        """`name`, if it is one of `names`; else SystemExit that says `why` it is not."""
        if self[name] and name not in names:
            raise SystemExit(f"{self.kind} {name!r} {why}")
        return name


def by_slug(
    kind: str, slug: Callable[[Settings], str], runs: Mapping[str, Settings]
) -> ByName:
    """A run for each slug; runs with the same slug share what it names."""
    return ByName(kind, {slug(run): run for run in runs.values()})


def data_settings(run: Settings) -> Settings:
    """The part of `data` that the prepared images depend on."""
    data = run["data"]
    source = data["source"]
    # Any mirror gives the same files; local files are known by their contents; the other
    # keys matter only before or after the images are made.
    left_out = {"url", "max_skipped", "labels"}
    if source == "stl10" and data["stl10"]["path"]:
        left_out.add("md5")
    of_source = {k: value for k, value in data[source].items() if k not in left_out}
    return dict(source=source, size=data["size"]) | {source: of_source}


def dataset_slug(run: Settings) -> str:
    """The name of the prepared dataset: the same for the same settings."""
    settings = data_settings(run)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return f"{settings['source']}-{settings['size']}-{digest[:6]}"


def gamut_slug(run: Settings) -> str:
    """The name of the bins, with the grid unless it is 10."""
    gamut = run["gamut"]
    return gamut["bins"] + ("" if gamut["grid"] == 10 else f"-grid{gamut['grid']}")


def gamut_settings(slug: str) -> Settings:
    """The settings of the bins of this name. Raises SystemExit."""
    try:
        return _gamut_settings(slug)
    except ConfigError as error:
        raise SystemExit(f"no bins {slug!r}: {error}") from None


def _gamut_settings(slug: str) -> Settings:
    bins, _, grid = slug.partition("-grid")
    gamut = dict(bins=bins, grid=int(grid) if grid.isdecimal() else 10)
    check(Gamut, gamut, "gamut.")
    if gamut_slug(dict(gamut=gamut)) != slug:
        raise ConfigError(f"did you mean {gamut_slug(dict(gamut=gamut))!r}?")
    return gamut


def prior_slug(run: Settings) -> str:
    """The name of the prior of a dataset over a gamut."""
    encoding, prior = run["encoding"], run["prior"]
    return (
        f"{dataset_slug(run)}-{gamut_slug(run)}-k{encoding['neighbours']}"
        f"-sigma{_exact(encoding['sigma'])}-lambda{_exact(prior['lambda'])}"
        f"-smooth{_exact(prior['sigma'])}"
    )


def _exact(value: float) -> str:
    """The shortest text of a number that no other number has."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def dataset_json(run: Settings) -> str:
    """The description of the run's dataset."""
    return f"results/data/{dataset_slug(run)}/dataset.json"


def image_files(run: Settings) -> list[str]:
    """The files that hold the run's images; STL-10's are used where they are."""
    if run["data"]["source"] == "stl10":
        folder = run["data"]["stl10"]["path"] or "results/data/stl10_binary"
        return [f"{folder}/{name}" for name in STL10_FILES]
    folder = f"results/data/{dataset_slug(run)}"
    return [f"{folder}/{split}.npy" for split in ("train", "validation", "test")]


def colour_counts(run: Settings) -> str:
    """The files of counted colours, with the wildcard {scatteritem}."""
    return f"results/data/{dataset_slug(run)}/colours/{{scatteritem}}.npy"


def labels_csv(run: Settings) -> list[str]:
    """The classes of the run's test images; empty if they have none."""
    return [f"results/data/{dataset_slug(run)}/labels.csv"] if is_labelled(run) else []


def images_csv(run: Settings) -> list[str]:
    """The table of imported photographs; empty for other sources."""
    is_folder = run["data"]["source"] == "folder"
    return [f"results/data/{dataset_slug(run)}/images.csv"] if is_folder else []


def is_labelled(run: Settings) -> bool:
    """Whether the run's test images have classes."""
    data = run["data"]
    labelled_folder = data["source"] == "folder" and data["folder"]["labels"]
    return labelled_folder or data["source"] == "stl10"


def bins_npy(run: Settings) -> str:
    """The bins of the run's gamut."""
    return f"results/gamut/{gamut_slug(run)}/bins.npy"


def prior_table(run: Settings) -> str:
    """The run's prior; bins and class weights are columns of it."""
    return f"results/prior/{prior_slug(run)}/table.csv"


def is_classifying(run: Settings) -> bool:
    """Whether the run's model predicts a distribution over the bins."""
    return run["train"]["loss"] == "classification"


def missing_weights(runs: Mapping[str, Settings]) -> dict[str, str]:
    """The published runs whose file of weights is missing, with the file's path."""
    paths = {
        name: run["published"]["weights"]
        for name, run in runs.items()
        if run["kind"] == "published"
    }
    return {name: path for name, path in paths.items() if not Path(path).is_file()}


def on_first_dataset(runs: Mapping[str, Settings]) -> list[str]:
    """The runs whose images are those of the first run."""
    slugs = {name: dataset_slug(run) for name, run in runs.items()}
    first = next(iter(slugs.values()))
    return [name for name, slug in slugs.items() if slug == first]


def judged(runs: Mapping[str, Settings], names: list[str]) -> list[str]:
    """The runs that people judge: the named ones, or all on the first run's images.

    Raises ConfigError for a name that is no run, or one with other images than the first.
    """
    for name in names:
        if name not in runs:
            raise ConfigError(
                f"realism.runs: {name!r} is none of the runs: {', '.join(runs)}"
            )
        if dataset_slug(runs[name]) != dataset_slug(runs[names[0]]):
            raise ConfigError(
                f"realism.runs: {name} has other images than {names[0]}: people judge "
                "runs on the same images"
            )
    return names or on_first_dataset(runs)


def any_of(names: Iterable[str]) -> str:
    """A wildcard constraint that matches these names and no other."""
    return "|".join(names) or "(?!)"


def none_of(names: Iterable[str]) -> str:
    """A wildcard constraint that matches any folder's name but these."""
    return f"(?!(?:{any_of(names)})/)[^/]+"


def model_file(name: str) -> str | list[str]:
    """The model of a run; no file for the base model, which no rule makes."""
    return [] if name == BASE_NAME else f"results/train/{name}/model.safetensors"


def colorized_tables(photos: str | None, name: str) -> list[str]:
    """The table of the photographs that the run of this name colorizes, if there are any."""
    return [f"results/colorize/{name}/photographs.csv"] if photos else []


def final_output(runs: Mapping[str, Settings]) -> list[str]:
    """What the default target makes, beside own photographs."""
    evaluated = ["metrics.json", "per_image.csv", "grid.png", "ranked.png"]
    gamuts = dict.fromkeys(map(gamut_slug, runs.values()))
    priors = dict.fromkeys(map(prior_slug, runs.values()))
    paths: list[str] = []
    for name, run in runs.items():
        paths += [f"results/evaluate/{name}/{file}" for file in evaluated]
        if is_classifying(run):
            paths.append(f"results/evaluate/{name}/temperatures.png")
        if is_labelled(run):
            paths.append(f"results/probe/{name}/probe.png")
        paths += [f"results/{name}/model_card.{kind}" for kind in ("md", "html")]
    if any(run["kind"] == "trained" for run in runs.values()):
        paths.append("results/history.png")
    return [
        *paths,
        *(f"results/gamut/{gamut}/gamut.png" for gamut in gamuts),
        *(f"results/prior/{prior}/prior.png" for prior in priors),
        "results/gallery/index.html",
        "results/gallery/pictures",
        "results/comparison.csv",
        "results/comparison.png",
        "results/curves.png",
        "results/settings.txt",
        "results/report.html",
    ]
