"""What is given as text becomes what the schema calls its key, and nothing else."""

import itertools
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from colorization.planning.config import ConfigError, merge, resolve_runs
from colorization.planning.config_values import from_command_line, typed
from colorization.planning.schema import Config
from tests.unit.test_broken_configs import COMMON, CONFIG, FIXED, PLACES

DIGITS = ["2024", "2024_05", "0123", "1e3", "12e4567", "0x1f", "2024.10", "1:30"]
WORDS = ["yes", "True", "off", "nan", "2024-05-01", "None.", "it's", "a=b", "=", "-"]


def nested(path, value):
    """An entry of --config that gives the key at `path` a value, written as YAML."""
    for key in reversed(path[1:]):
        value = f"{{{key}: {value}}}"
    return f"{path[0]}={value}"


def at(config, path):
    for key in path:
        config = config[key]
    return config


def kinds(schema):
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else {*kinds}


TEXTS = sorted(
    path
    for path, schema in PLACES.items()
    if "string" in kinds(schema) and "enum" not in schema
)
NUMBERS = sorted(p for p, s in PLACES.items() if {"integer", "number"} & kinds(s))


@pytest.mark.parametrize("path", TEXTS, ids=".".join)
def test_text_stays_text(path):
    for text, quote in itertools.product(DIGITS + WORDS, ["", '"']):
        for above in [(), ("runs", "2024")]:
            entry = nested((*above, *path), f"{quote}{text}{quote}")
            assert at(from_command_line([entry]), (*above, *path)) == text, entry


@pytest.mark.parametrize("path", NUMBERS, ids=".".join)
def test_numbers_become_numbers(path):
    for text, number in [("8", 8), ("1e-3", 0.001), ("0.5", 0.5)]:
        for above in [()] if path[0] in COMMON else [(), ("runs", "mine")]:
            entry = nested((*above, *path), text)
            value = at(from_command_line([entry]), (*above, *path))
            assert value == number and not isinstance(value, str), entry


def test_lists_and_folders_of_digits():
    entry = 'data={folder: {paths: [2024, "2024_05", 1e3, null, yes]}}'
    paths = from_command_line([entry])["data"]["folder"]["paths"]
    assert paths == ["2024", "2024_05", "1e3", "null", "yes"]
    given = from_command_line(["evaluate={temperatures: [0.1, 1], batch: 4}"])
    assert given == dict(evaluate=dict(temperatures=[0.1, 1], batch=4))
    classes = "evaluate={perceptual: {classifier: {classes: {7: [2, 3]}}}}"
    found = at(from_command_line([classes]), ["evaluate", "perceptual", "classifier"])
    assert found == dict(classes={"7": [2, 3]})


@pytest.mark.parametrize("text", ["holiday #2", "a: b", "[x]", "{x}", "'a' & 'b", "*a"])
def test_a_name_is_no_yaml(text):
    given = from_command_line([f"colorize-photos={text}"])
    assert given == dict(colorize=dict(photos=text))


def test_nothing_and_its_name():
    for text in ("null", "~", "", "None"):
        given = from_command_line([f"colorize-photos={text}"])
        assert given == dict(colorize=dict(photos=None))
        assert from_command_line([f"train={{micro_batch: {text}}}"]) == dict(
            train=dict(micro_batch=None)
        )
    given = from_command_line(['colorize-photos="null"', "colorize-run='None'"])
    assert given == dict(colorize=dict(photos="null", run="None"))
    runs = from_command_line(["runs={a: null, b: , c: {}}"])["runs"]
    assert runs == dict(a=None, b=None, c={})


def test_truth_values_and_pythons_own_notation():
    given = from_command_line(
        ["train={'mirror': False, compile: true}", "running={tensorboard: on}"]
    )
    assert given["train"] == dict(mirror=False, compile=True)
    assert given["running"] == dict(tensorboard=True)


def test_later_entries_go_on_top():
    given = from_command_line(["train={steps: 8, batch: 4}", "train={steps: 9}"])
    assert given == dict(train=dict(steps=9, batch=4))


def test_hyphens_lead_into_sections():
    entries = ["train-seed=3", "data-folder-paths=[2024, b]", "data={size: 64}"]
    entries += ["evaluate-perceptual-classifier-model=vgg16", "train-mirror=no"]
    assert from_command_line(entries) == dict(
        train=dict(seed=3, mirror=False),
        data=dict(folder=dict(paths=["2024", "b"]), size=64),
        evaluate=dict(perceptual=dict(classifier=dict(model="vgg16"))),
    )


def test_what_is_left_is_plain_text():
    """Scripts get it pickled, on other machines and environments, too."""
    given = from_command_line(["colorize-photos=2024", "runs={a: {kind: trained}}"])
    assert type(given["colorize"]["photos"]) is type(given["runs"]["a"]["kind"]) is str
    assert {type(key) for key in given["runs"]} == {str}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("train=5", "train: '5' is not allowed; it must be a value of type object"),
        ("train={steps: [8", "train: '{steps: [8' is not allowed"),
        ("train={steps: many}", "train.steps: 'many' is not allowed"),
        ("train={mirror: 1}", "train.mirror: '1' is not allowed"),
        ("train={steps: nan}", "train.steps: nan is not allowed; it must be finite"),
        ("evaluate={temperatures: [nan]}", "evaluate.temperatures.0: nan is not"),
        ("runs={[a]: 1}", "runs: '{[a]: 1}' is not allowed"),
        ("runs={a: &a [*a]}", "runs: '{a: &a [*a]}' is not allowed"),
        ("train-sede=3", "train.sede: unknown key; did you mean 'seed'?"),
        ("trian-seed=3", "trian: unknown key; did you mean 'train'?"),
        ("train-seed-more=3", "train.seed: {'more': '3'} is not allowed"),
        ("photos=holiday", "photos: is now colorize.photos"),
        ("data={folder: {paths: 2024}}", "data.folder.paths: '2024' is not allowed"),
    ],
)
def test_what_fits_no_type_is_refused(entry, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        resolve_runs(merge(CONFIG, from_command_line([entry])))


def test_what_multiplies_is_refused():
    bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
    for i in range(1, 12):
        bomb += f", a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]"
    with pytest.raises(ConfigError, match="more than 10,000 values"):
        from_command_line([f"runs={{{bomb}}}"])


def test_numbers_that_yaml_takes_for_text():
    """In YAML 1.1 a number with an exponent needs a point."""
    own = "train: {learning_rate: 1e-3}\nruns: {a: {train: {beta1: 5e-1}}}\n"
    own += "colorize: {photos: 1e3}"
    found = typed(yaml.safe_load(own))
    assert found["train"]["learning_rate"] == 0.001
    assert found["runs"]["a"]["train"]["beta1"] == 0.5
    assert found["colorize"]["photos"] == "1e3"


@settings(max_examples=300, **FIXED)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.data())
def test_any_text_at_any_key(text, data):
    """No text breaks it, and nothing comes out that the config's check must not see."""
    paths = [(key,) for key in Config.model_fields] + [*PLACES]
    path = data.draw(st.sampled_from(sorted({*paths})))
    found = at(from_command_line([f"{'-'.join(path)}={text}"]), path)
    if path in TEXTS:
        assert found is None or isinstance(found, str)
