import copy
import re
import subprocess
import sys

import pytest
import yaml
from pydantic import ValidationError

from colorization.planning import config
from colorization.planning.config import ConfigError, resolve_runs
from colorization.planning.schema import Run

ROOT = config.SHIPPED.parent
DEFAULTS = yaml.safe_load(config.SHIPPED.read_text(encoding="utf-8"))


def with_override(text):
    return config.merge(copy.deepcopy(DEFAULTS), yaml.safe_load(text))


@pytest.mark.parametrize("overlay", [None, *sorted((ROOT / "config").glob("*.yaml"))])
def test_the_shipped_configs_are_valid(overlay):
    override = yaml.safe_load(overlay.read_text(encoding="utf-8")) if overlay else {}
    if overlay and overlay.stem == "base":  # make base names the photographs
        override["data"]["folder"]["paths"] = ["photographs"]
    runs = resolve_runs(config.merge(DEFAULTS, override))
    assert set(runs) & {"full", "candidate"}


def test_defaults_may_be_what_only_runs_make_possible():
    text = "train: {loss: regression, rebalance: true}\n"
    text += "runs: {full: {train: {rebalance: false}}}"
    assert resolve_runs(with_override(text))["full"]["train"]["loss"] == "regression"


def test_whole_numbers_may_have_a_point():
    """As 1e3, which is none in YAML."""
    (run,) = resolve_runs(with_override("train: {steps: 1000.0}")).values()
    assert repr(run["train"]["steps"]) == "1000"


def test_names_of_files_may_be_bytes_that_are_no_text():
    """As the command line hands them on."""
    name = b"caf\xe9".decode(errors="surrogateescape")
    given = dict(data=dict(folder=dict(paths=[name])), colorize=dict(photos=name))
    (run,) = resolve_runs(config.merge(DEFAULTS, given)).values()
    assert run["data"]["folder"]["paths"] == [name]


@pytest.mark.parametrize("place", [(), ("train",), ("runs",), ("runs", "full")])
def test_a_key_that_is_no_text_is_one_clear_line(place):
    broken = copy.deepcopy(DEFAULTS)
    section = broken
    for key in place:
        section = section[key]
    section["\udce9"] = 1
    with pytest.raises(ConfigError) as error:
        resolve_runs(broken)
    assert "\\udce9" in str(error.value) and "\n" not in str(error.value)


def test_a_run_that_is_checked_cannot_be_changed():
    run = config.check(Run, {key: DEFAULTS[key] for key in Run.model_fields})
    with pytest.raises(ValidationError, match="frozen"):
        run.train.steps = 1


def test_parsing_stays_light():
    """What rules import while Snakemake reads them, and training's settings."""
    planning = ["artifact_names", "config_values", "training_hours"]
    planning += ["stage_settings", "workflow_jobs"]
    modules = [*(f"planning.{name}" for name in planning), "training.schedule"]
    names = ", ".join(f"colorization.{module}" for module in modules)
    code = f"import sys, {names}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert "pydantic" in done.stdout.split()
    assert not {"torch", "pandas", "numpy"} & {*done.stdout.split()}


def test_equal_settings_look_equal():
    left = with_override("prior: {sigma: 5.0, lambda: 0.5}\ntrain: {warmup: 0}")
    right = with_override("train: {warmup: 0.0}\nprior: {lambda: 0.5, sigma: 5}")
    right["train"] = dict(reversed(right["train"].items()))
    left, right = resolve_runs(left)["full"], resolve_runs(right)["full"]
    assert repr(left) == repr(right)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trian: {batch: 8}", "trian: unknown key; did you mean 'train'?"),
        ("train: {bach: 8}", "train.bach: unknown key; did you mean 'batch'?"),
        (
            "train: {zzz: 8}",
            "train.zzz: unknown key; known here: device, precision, compile",
        ),
        (
            "train: {batch: many}",
            "train.batch: 'many' is not allowed; it must be a value of",
        ),
        ("runs: {gray: {}}", "runs.gray: a baseline has this name"),
        (
            "train: {rebalance: true}",
            "runs.full.evaluate.rebalance: 0.9 would put the class weights in once more",
        ),
        ("runs: {base: {}}", "runs.base: the model in the box has this name"),
        ("runs: {provenance: {}}", "runs.provenance: records have this name"),
        ("runs: {Full: {}}", "runs.Full: some file systems cannot tell it from full"),
        ("train: {batch: 0}", "train.batch: 0 is not allowed; it must be at least 1"),
        ("train: {batch: 2.5}", "train.batch: 2.5 is not allowed"),
        ("train: {mirror: 1}", "train.mirror: 1 is not allowed"),
        ("train: 5", "train: 5 is not allowed"),
        ("evaluate: {temperature: 0}", "it must be greater than 0"),
        ("evaluate: {temperature: .nan}", "evaluate.temperature: nan is not allowed"),
        ("train: {learning_rate: .inf}", "train.learning_rate: inf is not allowed"),
        ("gamut: {bins: zhang}", "it must be one of seed326, zhang313, knn320"),
        (
            "data: {size: 100}",
            "data.size: 100 is not allowed; it must be a multiple of 8",
        ),
        ("data: {stl10: {md5: abc}}", "data.stl10.md5: 'abc' is not allowed"),
        (
            "data: {stl10: {url: 'file:///x'}}",
            "data.stl10.url: 'file:///x' is not allowed",
        ),
        (
            "runs: {a: {train: {stepz: 1}}}",
            "runs.a.train.stepz: unknown key; did you mean",
        ),
        ("runs: {a: {train: {steps: -1}}}", "runs.a.train.steps: -1 is not allowed"),
        ("runs: {a: 3}", "runs.a: 3 is not allowed"),
        ("runs: {a: {runs: {}}}", "runs.a.runs: unknown key"),
        ("runs: {'../a': {}}", "the name '../a' may hold only letters"),
        ("runs: {'a b': {}}", "the name 'a b' may hold only letters"),
        ("runs: {7: {}}", "runs: the key 7 must be text"),
        ("data: {source: stl10, size: 64}", "data.size: 64 is impossible"),
        ("data: {source: folder}", "data.folder.paths: [] is impossible"),
        (
            "data: {folder: {paths: [a], split: {train: [b], test: [c]}}}",
            "data.folder.split: is impossible with data.folder.paths",
        ),
        (
            "data: {folder: {split: {train: [b], validation: [c]}}}",
            "data.folder.split.test: [] is impossible",
        ),
        (
            "data: {folder: {split: {validation: [b]}}}",
            "data.folder.split.train: [] is impossible",
        ),
        ("gamut: {bins: zhang313, grid: 5}", "gamut.grid: 5 is impossible"),
        ("train: {crop: 128}", "train.crop: 128 is larger than data.size 96"),
        ("data: {folder: {test: 0.6, validation: 0.5}}", "leave nothing to train on"),
        ("data: {stl10: {unlabeled: 10}}", "leaves nothing of"),
        ("runs: {a: {running: {gpus: 2}}}", "runs.a.running: unknown key"),
        ("running: {gpu: 2}", "running.gpu: unknown key; did you mean 'gpus'?"),
        ("evaluate: {temperatures: [.nan]}", "evaluate.temperatures.0: nan is not"),
        (
            "colorize: {photos: 2024}",
            "colorize.photos: 2024 is not allowed; it must be text: put it in quotes",
        ),
        (
            "colorize: {photos: 2024_05}",
            "colorize.photos: 202405 is not allowed; it must be text: put it in",
        ),
        ("colorize: {run: yes}", "colorize.run: True is not allowed; it must be text:"),
        ("colorize: {photos: 2024-05-01}", "it must be text: put it in quotes"),
        ("colorize: {photos: ''}", "'' is not allowed; it must be some text or null"),
        # Keys and values of earlier versions.
        ("photos: holiday", "photos: is now colorize.photos"),
        ("run: full", "run: is now colorize.run"),
        ("runs: {a: {photos: holiday}}", "runs.a.photos: unknown key"),
        (
            "train: {gray_threshold: -1}",
            "-1 is not allowed; it must be at least 0 or null",
        ),
        ("train: {micro_batch: a}", "it must be a value of type integer or null"),
        ("evaluate: {temperatures: [1, 1.0]}", "be a list without repetitions"),
        ("evaluate: {temperatures: []}", "it must be a list of at least 1"),
        (
            "train: {loss: regression, rebalance: true}",
            "train.rebalance: true is impossible with",
        ),
        ("kind: published", "gamut.bins: a published model needs zhang313"),
        (
            "{kind: published, gamut: {bins: zhang313}}",
            "published.weights: null is impossible",
        ),
        (
            "{kind: published, gamut: {bins: zhang313}, published: {weights: w}}",
            "evaluate.rebalance: must be 0 with kind published",
        ),
        (
            "{kind: published, gamut: {bins: zhang313}, published: {weights: w}, seeds: 2}",
            "runs.full.seeds: a published model is not trained",
        ),
        (
            "data: {folder: {paths: [a, 2024]}}",
            "data.folder.paths.1: 2024 is not allowed; it must be text: put it in quotes",
        ),
        (
            "runs: {a: {published: {weights: 7}}}",
            "runs.a.published.weights: 7 is not allowed; it must be text: put it in",
        ),
        ("runs: {2024: {}}", "the key 2024 must be text: put it in quotes"),
        ("prior: {lambda: 0}", "prior.lambda: 0 gives bins that were never seen"),
    ],
)
def test_a_bad_config_is_one_clear_line(text, message):
    with pytest.raises(ConfigError, match=re.escape(message)) as error:
        resolve_runs(with_override(text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_a_config_that_is_no_mapping_is_refused(value):
    with pytest.raises(ConfigError):
        resolve_runs(value)


def test_a_config_without_runs_is_refused():
    with pytest.raises(ConfigError, match=r"runs: \{\} is not allowed; it must be one"):
        resolve_runs(DEFAULTS | dict(runs={}))


def test_a_missing_key_is_named():
    broken = copy.deepcopy(DEFAULTS)
    del broken["prior"]["sigma"]
    with pytest.raises(ConfigError, match="prior: the key 'sigma' is missing"):
        resolve_runs(broken)


def test_runs_override_the_defaults_alone():
    runs = resolve_runs(with_override("runs: {wide: {network: {width: 0.5}}}"))
    assert runs["full"]["network"]["width"] == 0.375
    assert runs["wide"]["network"]["width"] == 0.5
    assert runs["wide"]["train"] == runs["full"]["train"]
