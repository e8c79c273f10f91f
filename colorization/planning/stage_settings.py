"""What stages depend on: the narrowest slices of a run's settings, for params of rules.

A change of a value here runs the stages again, and so does another order of keys: Snakemake
compares texts.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from colorization.planning.artifact_names import (
    Settings,
    data_settings,
    dataset_slug,
    gamut_slug,
    image_files,
    is_labelled,
    prior_slug,
)

# The digests of files, in their order.
Digests = Callable[[Iterable[Path | str]], list[str]]


def pick(settings: Settings, *keys: str) -> Settings:
    """The values of some keys."""
    return {key: settings[key] for key in keys}


def evaluate_settings(run: Settings) -> Settings:
    """What measuring depends on, beside the metrics by other networks."""
    keys = "device", "precision", "batch", "temperature", "rebalance"
    return pick(run["evaluate"], *keys) | {"labelled": is_labelled(run)}


def perceptual_settings(run: Settings, digests: Digests, torch_home: Path) -> Settings:
    """What the metrics by networks trained elsewhere depend on: settings, weights files.

    `torch_home` is where torchvision keeps its downloads.
    """
    settings = dict(run["evaluate"]["perceptual"])
    files = {key: settings[key] for key in ("alexnet", "inception")}
    if is_labelled(run):
        files[settings["classifier"]["model"]] = settings["classifier"]["weights"]
    else:
        settings["classifier"] = None
    contents = {
        network: digests(weights_files(network, path, torch_home))
        for network, path in files.items()
    }
    return settings | {"contents": contents}


def weights_files(
    network: str, path: str | None, torch_home: Path
) -> list[str] | list[Path]:
    """Files that may hold a network's weights: the given one, or torchvision's downloads."""
    downloads = torch_home.glob(f"hub/checkpoints/{network}*.pth")
    return [path] if path else sorted(downloads)


def torch_home(environment: Mapping[str, str]) -> Path:
    """Where torchvision keeps its downloads, as torch.hub finds it."""
    cache = environment.get("XDG_CACHE_HOME", "~/.cache")
    return Path(environment.get("TORCH_HOME", f"{cache}/torch")).expanduser()


def stl10_contents(run: Settings, digests: Digests) -> list[str] | str:
    """What STL-10's binary files hold: their digests; the checksum of a download."""
    stl10 = run["data"]["stl10"]
    return digests(image_files(run)) if stl10["path"] else stl10["md5"]


def kind_of_loss(run: Settings) -> str:
    """Runs whose losses compare have the same kind."""
    train = run["train"]
    if train["loss"] == "regression":
        return "L2 regression"
    return "classification" + (", rebalanced" if train["rebalance"] else "")


def report_settings(run: Settings) -> Settings:
    """What the report shows of a run beside its files."""
    return dict(
        settings=run,
        dataset=dataset_slug(run),
        gamut=gamut_slug(run),
        prior=prior_slug(run),
        labelled=is_labelled(run),
    )


def card_settings(run: Settings) -> Settings:
    """The same for the model's card, without settings that matter to pictures alone."""
    keys = "kind", "gamut", "encoding", "prior", "network", "train"
    settings = pick(run, *keys)
    settings["data"] = data_settings(run)
    settings["evaluate"] = pick(run["evaluate"], "temperature", "rebalance")
    return report_settings(run) | {"settings": settings}
