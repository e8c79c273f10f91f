"""Configs broken at random: each is refused with one line that names the key."""

import json
import re
import string
from copy import deepcopy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from colorization.planning.config import ConfigError, resolve_runs
from colorization.planning.schema import RENAMED
from tests.support.workflows import ROOT

# The same examples at every run.
FIXED = dict(deadline=None, derandomize=True, database=None)
SCHEMA = json.loads((ROOT / "schemas/config.schema.json").read_text(encoding="utf-8"))
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def resolved(part):
    """A part of the schema without references, and a choice with null as two types."""
    if "$ref" in part:
        part = SCHEMA["$defs"][part["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in part:
        one, null = part["anyOf"]
        return one | dict(type=[one["type"], null["type"]])
    return part


def places(schema, path=()):
    """All keys of the config that the schema names: (path, its schema)."""
    for key, part in schema.get("properties", {}).items():
        yield (*path, key), resolved(part)
        yield from places(resolved(part), (*path, key))


PLACES = dict(places(SCHEMA))
COMMON = ("runs", "running", "colorize", "realism")  # which no run has
SECTIONS = [(), *(path for path, part in PLACES.items() if "properties" in part)]
ODD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)


def parent(config, path):
    for key in path[:-1]:
        config = config[key]
    return config


def refused(config):
    """The one line with which a config is refused."""
    with pytest.raises(ConfigError) as error:
        resolve_runs(config)
    (line,) = str(error.value).splitlines()
    assert len(line) < 400
    return line


def wrong_values(part):
    """Values that a key's schema does not allow."""
    kinds = part["type"]
    kinds = [kinds] if isinstance(kinds, str) else kinds
    number = {"integer", "number"} & {*kinds}
    wrong = st.just(float("nan")) | st.just(float("inf")) | st.just([[[[[]]]]])
    if "string" not in kinds or "enum" in part:
        wrong |= ODD.filter(lambda text: text not in part.get("enum", ()))
    if "boolean" not in kinds:
        wrong |= st.booleans()
    if not number:
        wrong |= st.integers()
    if "maximum" in part:
        wrong |= st.integers(min_value=int(part["maximum"]) + 1)
    if "minimum" in part:
        wrong |= st.integers(max_value=int(part["minimum"]) - 1)
    if "object" not in kinds:
        wrong |= st.dictionaries(ODD, st.integers(), min_size=1, max_size=3)
    if "null" not in kinds:
        wrong |= st.none()
    return wrong


@settings(max_examples=400, **FIXED)
@given(st.data())
def test_a_wrong_value_is_named(data):
    path = data.draw(st.sampled_from(sorted(PLACES)))
    config = deepcopy(CONFIG)
    parent(config, path)[path[-1]] = data.draw(wrong_values(PLACES[path]))
    assert ".".join(path) in refused(config)


@settings(max_examples=200, **FIXED)
@given(st.data())
def test_a_wrong_value_of_a_run_is_named_with_the_run(data):
    own = sorted(p for p in PLACES if p[0] not in COMMON)
    path = data.draw(st.sampled_from(own))
    override = value = {}
    for key in path[:-1]:
        value = value.setdefault(key, {})
    value[path[-1]] = data.draw(wrong_values(PLACES[path]))
    if isinstance(value[path[-1]], dict):
        return  # merged into what is there: an unknown key, which has its own test
    line = refused(CONFIG | dict(runs=dict(mine=override)))
    assert f"runs.mine.{'.'.join(path)}" in line


@settings(max_examples=100, **FIXED)
@given(st.sampled_from(sorted(PLACES)))
def test_a_missing_key_is_named(path):
    config = deepcopy(CONFIG)
    del parent(config, path)[path[-1]]
    line = refused(config)
    assert "missing" in line and repr(path[-1]) in line


@settings(max_examples=200, **FIXED)
@given(st.sampled_from(SECTIONS), ODD, JUNK)
def test_an_unknown_key_is_named(section, key, value):
    config = deepcopy(CONFIG)
    place = parent(config, (*section, key))
    if key in place:
        return
    place[key] = value
    line = refused(config)
    assert "unknown key" in line or "is not allowed" in line  # NaN comes first


@settings(max_examples=100, **FIXED)
@given(st.sampled_from(sorted(RENAMED)), JUNK)
def test_a_key_of_an_earlier_version_is_sent_to_its_new_name(key, value):
    line = refused(CONFIG | {key: value})
    assert line == f"{key}: is now {RENAMED[key]}" or "is not allowed" in line  # NaN
    assert tuple(RENAMED[key].split(".")) in PLACES


@settings(max_examples=200, **FIXED)
@given(ODD)
def test_a_name_that_could_be_more_than_a_name_is_refused(name):
    config = CONFIG | dict(runs={name: {}})
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        assert list(resolve_runs(config)) == [name]
    else:
        refused(config)


@settings(max_examples=200, **FIXED)
@given(JUNK)
def test_any_value_instead_of_a_config(value):
    if isinstance(value, dict):
        refused(value)
    else:
        refused(CONFIG | dict(runs=value))


def test_names_are_safe_in_paths_shells_and_pages():
    """The pattern of run names leaves nothing that needs quoting anywhere."""
    safe = set(string.ascii_letters + string.digits + "_-")
    for character in map(chr, range(0x100)):
        config = CONFIG | dict(runs={f"a{character}": {}})
        if character not in safe:
            refused(config)
