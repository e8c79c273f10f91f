# What the rules share: the checked runs, the names of artifacts, the digest of code.
import difflib
import json
from functools import cache
from importlib.metadata import version

from colorization.planning.code_digest import code_digest
from colorization.data.colorized import count_lost
from colorization.runtime.contents import content_digests
from colorization.data.listing import STL10_FILES, listing_digest
from colorization.runtime.log import StageError

# A missing file stops no other run.
for name, run in list(RUNS.items()):
    if run["kind"] == "published" and not Path(run["published"]["weights"]).is_file():
        print(
            f"config: runs.{name}.published.weights: {run['published']['weights']} is "
            "missing; this run is left out",
            file=sys.stderr,
        )
        del RUNS[name]
if not RUNS:
    sys.exit("config: runs: none is left")

# The photographs to colorize, and the run whose model does it.
PHOTOS = config["colorize"]["photos"]
CHOSEN = config["colorize"]["run"] or next(iter(RUNS))
if CHOSEN not in RUNS:
    sys.exit(f"config: colorize.run: {CHOSEN!r} is none of the runs: {', '.join(RUNS)}")


class Named(dict):
    """Runs by names that stand in paths; another name ends the line with what there is."""

    def __init__(self, kind, runs):
        super().__init__(runs)
        self.kind = kind

    def __missing__(self, name):
        near = difflib.get_close_matches(name, self, 1)
        there = ", ".join(self)
        hint = f"did you mean {near[0]!r}?" if near else f"the config has {there}"
        sys.exit(f"no {self.kind} {name!r}: {hint}")


RUNS = Named("run", RUNS)
TRAINED = [name for name, run in RUNS.items() if run["kind"] == "trained"]
CLASSIFYING = [
    name for name, run in RUNS.items() if run["train"]["loss"] == "classification"
]
PUBLISHED = [name for name, run in RUNS.items() if run["kind"] == "published"]
DATASETS = Named("dataset", {settings.dataset_slug(run): run for run in RUNS.values()})
GAMUTS = {settings.gamut_slug(run): run for run in RUNS.values()}
PRIORS = Named("prior", {settings.prior_slug(run): run for run in RUNS.values()})


wildcard_constraints:
    run="[^/]+",
    dataset="[^/]+",
    gamut="[^/]+",
    prior="[^/]+",


# Templates, styles and scripts, which pages are made of.
WEB = ROOT / "colorization/pages/web"
# Threads of what uses all cores; Snakemake gives no job more than there are.
MOST_THREADS = 16

# With --cache, clones share what is costly and no model; without, Snakemake would say of
# each such rule that it could be.
SHARED = workflow.workflow_settings.cache is not None


def code(script):
    """Digest of what a script runs, so that a changed library reruns the stage."""
    return code_digest(ROOT / "workflow_scripts" / f"{script}.py", ROOT)


def reruns_nothing(**running):
    """The param `running`: how a stage runs, not what comes out. A change reruns nothing.

    A value is itself or a function of the wildcards. That the param is a function that
    takes `output` is what makes Snakemake not compare it, and records leave it out.
    """
    return lambda wildcards, output: {
        key: value(wildcards) if callable(value) else value
        for key, value in running.items()
    }


# What lies outside of results/ is known by its content: neither times nor places count.
MEMORY = Path(".snakemake/contents.sqlite")


def contents(paths):
    """Digests of files, in their order."""
    return list(content_digests(map(str, paths), MEMORY).values())


@cache
def listing(dataset):
    """Digest of the photographs in a folder dataset."""
    paths = DATASETS[dataset]["data"]["folder"]["paths"]
    return digest_at("data.folder.paths", paths)


def digest_at(key, paths):
    """Digest of the image files at a setting's paths."""
    try:
        return listing_digest(paths, MEMORY, "results")
    except StageError as error:
        sys.exit(f"config: {key}: {error}")


def photographs_digest():
    """Digest of the photographs that are to be colorized."""
    if PHOTOS is None:
        sys.exit(
            "config: colorize.photos: null; name photographs: "
            "--config colorize-photos=PATH"
        )
    return digest_at("colorize.photos", [PHOTOS])


def colorized():
    """The table of the photographs that the config names."""
    return [f"results/colorize/{CHOSEN}/photographs.csv"] if PHOTOS else []


def stl10_contents(dataset):
    """What STL-10's binary files hold; of a download, the checksum says it."""
    own = DATASETS[dataset]["data"]["stl10"]
    return contents(images_of(dataset)) if own["path"] else own["md5"]


def perceptual_settings(run):
    """What the metrics by other networks depend on: settings, and the weights' contents."""
    own = dict(RUNS[run]["evaluate"]["perceptual"])
    used = {"alexnet": own["alexnet"], "inception": own["inception"]}
    if labelled(run):
        used[own["classifier"]["model"]] = own["classifier"]["weights"]
    else:
        own["classifier"] = None
    found = {name: contents(weights_at(name, path)) for name, path in used.items()}
    return own | {"contents": found}


def weights_at(network, path):
    """Files that may hold a network's weights: a given one, or torchvision's downloads."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = Path(os.environ.get("TORCH_HOME", f"{home}/torch")).expanduser()
    downloads = home.glob(f"hub/checkpoints/{network}*.pth")
    return [path] if path else sorted(downloads)


def any_of(names):
    """A wildcard constraint that matches these names and no other."""
    return "|".join(names) or "(?!)"


def none_of(names):
    """One that matches any other folder's name."""
    return f"(?!(?:{any_of(names)})/)[^/]+"


def only(runs, run, why):
    """`run`, if it is one of `runs`; else the line ends with why it is not."""
    fits = RUNS[run] and run in runs
    return run if fits else sys.exit(f"run {run!r} {why}")


def description_of(run):
    return f"results/data/{settings.dataset_slug(RUNS[run])}/dataset.json"


def images_of(dataset):
    """The files that hold a dataset's images; STL-10's are used where they are."""
    data = DATASETS[dataset]["data"]
    if data["source"] == "stl10":
        return [f"{stl10_folder(data)}/{name}" for name in STL10_FILES]
    return [f"results/data/{dataset}/{s}.npy" for s in ("train", "validation", "test")]


def images_by_digest(wildcards):
    """The images of a run or dataset as an input: known by digests, not by their times."""
    run = wildcards.get("run")
    dataset = settings.dataset_slug(RUNS[run]) if run else wildcards.dataset
    return ancient(images_of(dataset))


def labelled(run):
    """Whether a run's test images have classes."""
    data = RUNS[run]["data"]
    folders = data["source"] == "folder" and data["folder"]["labels"]
    return folders or data["source"] == "stl10"


LABELLED = [*filter(labelled, RUNS)]


def labels_of(run):
    slug = settings.dataset_slug(RUNS[run])
    return [f"results/data/{slug}/labels.csv"] if labelled(run) else []


def stl10_folder(data):
    return data["stl10"]["path"] or "results/data/stl10_binary"


def gamut_settings(gamut):
    """The settings of bins, all of which their name says."""
    try:
        return settings.gamut_of(gamut)
    except settings.ConfigError as error:
        sys.exit(f"no bins {gamut!r}: {error}")


def bins_of(run):
    return f"results/gamut/{settings.gamut_slug(RUNS[run])}/bins.npy"


def prior_of(run):
    """The prior's table: bins and weights are columns of it."""
    return f"results/prior/{settings.prior_slug(RUNS[run])}/table.csv"


def about(run):
    """What the page and the card need to know of a run beside its files."""
    return dict(
        settings=RUNS[run],
        dataset=settings.dataset_slug(RUNS[run]),
        gamut=settings.gamut_slug(RUNS[run]),
        prior=settings.prior_slug(RUNS[run]),
        labelled=labelled(run),
    )


def about_model(run):
    """The same for its card, without what only matters to pictures."""
    own = RUNS[run]
    parts = ("kind", "gamut", "encoding", "prior", "network", "train")
    shown = {part: own[part] for part in parts}
    shown["data"] = settings.data_settings(own)
    shown["evaluate"] = {"temperature": own["evaluate"]["temperature"]}
    return about(run) | {"settings": shown}


def templates(folder):
    """What a page is rendered from."""
    return contents(sorted([WEB / "base.css", *(WEB / folder).iterdir()]))


def of_first_dataset():
    """The runs that colorized the same images as the first run."""
    slugs = {run: settings.dataset_slug(RUNS[run]) for run in RUNS}
    return [run for run in RUNS if slugs[run] == next(iter(slugs.values()))]


def get_final_output():
    evaluated = expand(
        "results/evaluate/{run}/{file}",
        run=RUNS,
        file=["metrics.json", "per_image.csv", "grid.png", "ranked.png", "curves.png"],
    )
    return [
        *evaluated,
        *expand("results/evaluate/{run}/temperatures.png", run=CLASSIFYING),
        *expand("results/probe/{run}/probe.png", run=LABELLED),
        *expand("results/train/{run}/history.png", run=TRAINED),
        *expand("results/gamut/{gamut}/gamut.png", gamut=GAMUTS),
        *expand("results/prior/{prior}/prior.png", prior=PRIORS),
        *colorized(),
        "results/gallery/index.html",
        "results/gallery/pictures",
        "results/comparison.csv",
        "results/comparison.png",
        "results/settings.txt",
        *expand("results/{run}/model_card.md", run=RUNS),
        "results/report.html",
    ]
