"""What is given as text becomes what the schema calls its key, and nothing else."""

import itertools
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from colorization.planning.config import ConfigError, merge, read_schema, resolve_runs
from colorization.planning.config_values import from_command_line, typed
from tests.unit.test_broken_configs import CONFIG, FIXED, PLACES

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


TEXTS = sorted(path for path, schema in PLACES.items() if "string" in kinds(schema))
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
        for above in [(), ("runs", "mine")]:
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
    assert from_command_line([f"photos={text}"]) == dict(photos=text)


def test_nothing_and_its_name():
    for text in ("null", "~", "", "None"):
        assert from_command_line([f"photos={text}"]) == dict(photos=None)
        assert from_command_line([f"train={{micro_batch: {text}}}"]) == dict(
            train=dict(micro_batch=None)
        )
    assert from_command_line(['photos="null"', "run='None'"]) == dict(
        photos="null", run="None"
    )
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


def test_what_is_left_is_plain_text():
    """Scripts get it pickled, on other machines and environments, too."""
    given = from_command_line(["photos=2024", "runs={a: {kind: trained}}"])
    assert type(given["photos"]) is type(given["runs"]["a"]["kind"]) is str
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
    own = "train: {learning_rate: 1e-3}\nruns: {a: {train: {beta1: 5e-1}}}\nphotos: 1e3"
    found = typed(yaml.safe_load(own))
    assert found["train"]["learning_rate"] == 0.001
    assert found["runs"]["a"]["train"]["beta1"] == 0.5
    assert found["photos"] == "1e3"


@settings(max_examples=300, **FIXED)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.data())
def test_any_text_at_any_key(text, data):
    """No text breaks it, and nothing comes out that the config's check must not see."""
    key = data.draw(st.sampled_from(sorted(read_schema()["properties"])))
    found = from_command_line([f"{key}={text}"])
    assert list(found) == [key]
    if key in ("photos", "run"):
        assert found[key] is None or isinstance(found[key], str)
