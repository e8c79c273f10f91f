# What the rules share: the checked runs, and digests of code and contents.
from functools import cache
from importlib.metadata import version

from colorization.data.colorized import count_lost
from colorization.data.listing import (
    STL10_FILES,
    listing_digest,
    named_paths,
    photographs_digest,
)
from colorization.planning import artifact_names as artifacts, stage_settings
from colorization.planning.code_digest import code_digests
from colorization.planning.stage_settings import pick
from colorization.runtime import base_model
from colorization.runtime.file_digests import content_digests
from colorization.runtime.log import StageError

# A missing file stops no other run.
for name, path in artifacts.missing_weights(RUNS).items():
    print(
        f"config: runs.{name}.published.weights: {path} is missing; this run is left out",
        file=sys.stderr,
    )
    del RUNS[name]
if not RUNS:
    sys.exit("config: runs: none is left")

# The photographs to colorize, and the run whose model does it, or the base model.
PHOTOS = config["colorize"]["photos"]
CHOSEN = config["colorize"]["run"] or next(iter(RUNS))
if CHOSEN not in [*RUNS, base_model.NAME]:
    sys.exit(
        f"config: colorize.run: {CHOSEN!r} is none of the runs: {', '.join(RUNS)}; nor "
        f"{base_model.NAME}, the model in the box"
    )
COLORIZED = artifacts.colorized_tables(PHOTOS, CHOSEN)

# The runs that people judge, and what they answered if there are answers.
try:
    JUDGED = artifacts.judged(RUNS, config["realism"]["runs"])
except ConfigError as error:
    sys.exit(f"config: {error}")
FOOLING = ["results/sitting/fooling.json"] if config["realism"]["answers"] else []

RUNS = artifacts.ByName("run", RUNS)
DATASETS = artifacts.by_slug("dataset", artifacts.dataset_slug, RUNS)
GAMUTS = artifacts.by_slug("bins", artifacts.gamut_slug, RUNS)
PRIORS = artifacts.by_slug("prior", artifacts.prior_slug, RUNS)
TRAINED = [name for name in RUNS if RUNS[name]["kind"] == "trained"]
PUBLISHED = [name for name in RUNS if RUNS[name]["kind"] == "published"]
CLASSIFYING = [name for name in RUNS if artifacts.is_classifying(RUNS[name])]
LABELLED = [name for name in RUNS if artifacts.is_labelled(RUNS[name])]


wildcard_constraints:
    run="[^/]+",
    dataset="[^/]+",
    gamut="[^/]+",
    prior="[^/]+",


# Templates, styles and scripts of the pages.
WEB = ROOT / "colorization/pages/web"
# Threads of rules that use all cores; Snakemake gives no job more than there are.
MOST_THREADS = 16
# Digests of files outside of results/, which are known by their contents: neither their
# times nor their folders matter.
MEMORY = Path(".snakemake/contents.sqlite")
# Digests of what each script runs.
SCRIPTS = sorted((ROOT / "workflow_scripts").glob("*.py"))
CODE = code_digests(SCRIPTS, ROOT, Path(".snakemake/code.json"))

# With --cache, clones share costly results, but no models. Without it, Snakemake would
# print for each of these rules that it could be cached.
SHARED = workflow.workflow_settings.cache is not None


def code(script):
    """Digest of what a script runs, so that a changed library reruns the stage."""
    return CODE[script]


def reruns_nothing(**running):
    """The param `running`: how a stage runs, not what it makes. A change reruns nothing.

    A value may be a function of the wildcards. Snakemake does not compare a param that is
    a function of `output`, and records of provenance leave it out.
    """
    return lambda wildcards, output: {
        key: value(wildcards) if callable(value) else value
        for key, value in running.items()
    }


def contents(paths):
    """Digests of files, in their order."""
    return list(content_digests(map(str, paths), MEMORY).values())


def settings_of(name):
    """The settings of a run; for the base model the first run's data, and the defaults."""
    if name != base_model.NAME:
        return RUNS[name]
    return next(iter(RUNS.values())) | {"evaluate": config["evaluate"]}


def base_contents(name):
    """Digest of the base model, where it takes the place of a run's."""
    return contents([base_model.BASE] if name == base_model.NAME else [])


def start_contents(run):
    """Digest of the model that a run's training starts from."""
    path = base_model.start_file(run["train"]["start"])
    return contents([path] if path else [])


@cache
def folder_digest(dataset):
    """Digest of the photographs of a folder dataset."""
    lists = named_paths(**pick(DATASETS[dataset]["data"]["folder"], "paths", "split"))
    try:
        return photographs_digest(lists, MEMORY, "results")
    except StageError as error:
        sys.exit(f"config: {error}")


def to_colorize_digest():
    """Digest of the photographs to colorize."""
    if PHOTOS is None:
        sys.exit(
            "config: colorize.photos: null; name photographs: "
            "--config colorize-photos=PATH"
        )
    try:
        return listing_digest([PHOTOS], MEMORY, "results")
    except StageError as error:
        sys.exit(f"config: colorize.photos: {error}")


def perceptual_settings(run):
    """What the metrics by networks trained elsewhere depend on."""
    torch_home = stage_settings.torch_home(os.environ)
    return stage_settings.perceptual_settings(RUNS[run], contents, torch_home)


def images_by_digest(wildcards):
    """The images of a run or dataset as an input: known by digests, not by their times."""
    name = wildcards.get("run")
    run = settings_of(name) if name else DATASETS[wildcards.dataset]
    return ancient(artifacts.image_files(run))


def given_answers(wildcards):
    """The files of answers as an input: known by digests, not by their times."""
    for path in config["realism"]["answers"]:
        if not Path(path).is_file():
            sys.exit(f"config: realism.answers: {path} is no file")
    return ancient(config["realism"]["answers"])


def template_digests(folder):
    """Digests of the files that a page is rendered from."""
    return contents(sorted([WEB / "base.css", *(WEB / folder).iterdir()]))
