"""The config: checked strictly, merged into runs, and turned into artifact names."""

import difflib
import hashlib
import json
import math
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"


# More values, or deeper ones, are no config, but a few lines of YAML that multiply.
MOST_VALUES, DEEPEST = 10_000, 20
# What a run is measured against; others' names have spaces.
BASELINES = ("gray", "random")
# Folders of records in results/ have this name.
RECORDS = "provenance"


class ConfigError(ValueError):
    """One line that names the key, the value and what is allowed."""


def read_file(path: Path | str) -> dict[str, Any]:
    """What a config file, JSON or YAML, says.

    Raises ConfigError for one that is no config, and for one that Snakemake would run code
    from or choke on: with the key __use_yte__ it takes expressions for Python, and runs
    them; and it knows more tags of YAML than are safe.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        content = _parse(text)
    except ConfigError:
        raise
    except Exception as error:  # what YAML's tags raise is a great variety
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    check_size(content)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: holds no keys with values")
    if "__use_yte__" in content:
        raise ConfigError(f"{path}: __use_yte__: a config may not run code")
    return content


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # Before anything is made of it: merging keys multiplies, too.
        check_size(yaml.compose(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)


def check_size(value: Any) -> None:
    """Raises ConfigError for what is too large or too deep; aliases count each time."""
    count, level = 0, [value]
    for _ in range(DEEPEST):
        inner = []
        for part in level:
            parts = _parts(part)
            count += len(parts)
            if count > MOST_VALUES:
                raise ConfigError(f"more than {MOST_VALUES:,} values")
            inner += parts
        level = inner
    if level:
        raise ConfigError(f"nested more than {DEEPEST} levels deep")


def _parts(value: Any) -> list:
    """What a value, or a node of YAML, is made of."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, yaml.MappingNode):
        return [part for pair in value.value for part in pair]
    if isinstance(value, yaml.SequenceNode):
        return value.value
    return value if isinstance(value, list) else []


def merge(base: dict, override: dict) -> dict:
    """`base` with the leaves of `override` put over it; neither is changed."""
    merged = deepcopy(base)
    for key, value in override.items():
        both = isinstance(merged.get(key), dict) and isinstance(value, dict)
        merged[key] = merge(merged[key], value) if both else deepcopy(value)
    return merged


@cache
def read_schema() -> dict[str, Any]:
    """What a config may hold."""
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


def resolve_runs(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Check a config and give each run's full settings by its name.

    Raises ConfigError for an unknown or missing key, a wrong type, a value out of range
    or an impossible combination, in the defaults or in a run.
    """
    schema = read_schema()
    _check(config, schema, "")
    # What no run can override for itself.
    common = ("runs", "running", "photos", "run")
    defaults = {key: value for key, value in config.items() if key not in common}
    section = {k: v for k, v in schema["properties"].items() if k not in common}
    run_schema = schema | dict(properties=section, required=list(section))
    runs = {}
    for name, override in config["runs"].items():
        if name in BASELINES:
            raise ConfigError(f"runs.{name}: a baseline has this name; choose another")
        if name == RECORDS:
            raise ConfigError(f"runs.{name}: records have this name; choose another")
        runs[name] = merge(defaults, override or {})
        _check(runs[name], run_schema, f"runs.{name}.")
        _check_combinations(runs[name], f"runs.{name}.")
        runs[name] = _canonical(runs[name], run_schema)
    # Runs with several seeds become as many runs.
    return _expand_seeds(runs)


def _canonical(value: Any, schema: dict) -> Any:
    """Keys in the schema's order, and numbers of one type: equal settings look equal.

    Snakemake compares texts, in which 5 is not 5.0 and the order of keys counts.
    """
    if isinstance(value, dict):
        known = schema.get("properties", {})
        order = [key for key in known if key in value] or sorted(value)
        return {key: _canonical(value[key], known.get(key, {})) for key in order}
    if isinstance(value, list):
        return [_canonical(part, schema.get("items", {})) for part in value]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    return float(value) if schema.get("type") == "number" else int(value)


def _expand_seeds(runs: dict[str, dict]) -> dict[str, dict]:
    """A run with `seeds: n` > 1 as n runs NAME-seed0 … with seeds of their own."""
    expanded = {}
    for name, run in runs.items():
        for i in range(run["seeds"]):
            train = dict(seed=run["train"]["seed"] + i)
            full_name = name if run["seeds"] == 1 else f"{name}-seed{i}"
            if full_name in expanded or (full_name != name and full_name in runs):
                raise ConfigError(
                    f"runs.{name}.seeds: would make a second run {full_name}"
                )
            expanded[full_name] = merge(run, dict(train=train))
    _check_folders(list(expanded))
    return expanded


def _check_folders(names: list[str]) -> None:
    """Each run has a folder of its own where the case of letters does not matter, too."""
    folders: dict[str, str] = {}
    for name in names:
        other = folders.setdefault(name.lower(), name)
        if other != name:
            raise ConfigError(
                f"runs.{name}: some file systems cannot tell it from {other}; choose "
                "another name"
            )


def _check(value: Any, schema: dict, prefix: str) -> None:
    _check_leaves(value, prefix.rstrip("."))
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error:
        raise ConfigError(_describe(error, prefix))


def _check_leaves(value: Any, place: str) -> None:
    """What YAML allows and JSON schema cannot see: odd keys, NaN and infinity."""
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise ConfigError(
                    f"{place or 'config'}: the key {key!r} must be text: put it in quotes"
                )
            _check_leaves(part, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            _check_leaves(part, f"{place}.{i}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{place}: {value} is not allowed; it must be finite")


def _describe(error: ValidationError, prefix: str) -> str:
    """One line for the first thing that is wrong."""
    place = prefix + ".".join(str(part) for part in error.absolute_path)
    place = place.rstrip(".") or "config"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema["properties"])
        key = next(str(key) for key in error.instance if key not in known)
        near = difflib.get_close_matches(key, known, 1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        )
        where = "" if place == "config" else f"{place}."
        return f"{where}{_short(key)[1:-1]}: unknown key; {hint}"
    if error.validator == "required":
        missing = next(
            key for key in error.validator_value if key not in error.instance
        )
        return f"{place}: the key {missing!r} is missing"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"runs: the name {_short(error.instance)} may hold only letters, digits, '_' "
            "and '-', begin with a letter or digit, and have at most 64 characters"
        )
    allowed = {
        "enum": lambda v: f"one of {', '.join(map(str, v))}",
        "type": lambda v: (
            f"a value of type {' or '.join([v] if isinstance(v, str) else v)}"
        ),
        "minimum": lambda v: f"at least {v}",
        "maximum": lambda v: f"at most {v}",
        "exclusiveMinimum": lambda v: f"greater than {v}",
        "exclusiveMaximum": lambda v: f"less than {v}",
        "multipleOf": lambda v: f"a multiple of {v}",
        "pattern": lambda v: f"text of the form {v}",
        "minProperties": lambda v: f"at least {v} entry",
        "minItems": lambda v: f"a list of at least {v}",
        "maxItems": lambda v: f"a list of at most {v}",
        "minLength": lambda v: "not empty",
        "uniqueItems": lambda v: "a list without repetitions",
    }
    want = allowed.get(error.validator, lambda v: error.message)(error.validator_value)
    # YAML reads 2024 as a number, yes as true, 2024-05-01 as a day.
    unquoted = not isinstance(error.instance, str | list | dict | None)
    if error.validator == "type" and "string" in error.validator_value and unquoted:
        want = "text: put it in quotes"
    return f"{place}: {_short(error.instance)} is not allowed; it must be {want}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check_combinations(run: dict, prefix: str) -> None:
    data, train = run["data"], run["train"]
    size, folder = data["size"], data["folder"]
    checks = [
        (
            data["source"] == "stl10" and size != 96,
            f"data.size: {size} is impossible with data.source stl10, whose images are 96",
        ),
        (
            data["source"] == "folder" and not folder["paths"],
            "data.folder.paths: [] is impossible with data.source folder: name a folder",
        ),
        (
            folder["validation"] + folder["test"] >= 1,
            f"data.folder.validation: {folder['validation']} and data.folder.test "
            f"{folder['test']} leave nothing to train on",
        ),
        (
            data["stl10"]["validation"] >= data["stl10"]["unlabeled"],
            f"data.stl10.validation: {data['stl10']['validation']} leaves nothing of "
            f"data.stl10.unlabeled {data['stl10']['unlabeled']} to train on",
        ),
        (_wrong_gamut(run["gamut"]), _wrong_gamut(run["gamut"])),
        (
            train["crop"] > size,
            f"train.crop: {train['crop']} is larger than data.size {size}",
        ),
        (
            train["loss"] == "regression" and train["rebalance"],
            "train.rebalance: true is impossible with train.loss regression, which has no bins to rebalance",
        ),
        (
            run["kind"] == "published"
            and run["gamut"] != dict(bins="zhang313", grid=10),
            "gamut.bins: a published model needs zhang313 on grid 10",
        ),
        (
            run["kind"] == "published" and not run["published"]["weights"],
            "published.weights: null is impossible with kind published: name the file",
        ),
        (
            run["kind"] == "published" and run["seeds"] > 1,
            "seeds: a published model is not trained, so it has no seeds",
        ),
        (
            run["prior"]["lambda"] == 0 and train["rebalance"],
            "prior.lambda: 0 gives bins that were never seen no finite weight; use a "
            "small value, or train.rebalance false",
        ),
    ]
    for wrong, message in checks:
        if wrong:
            raise ConfigError(prefix + message)


def _wrong_gamut(gamut: dict) -> str | None:
    """What is impossible about bins."""
    if gamut["bins"] != "zhang313" or gamut["grid"] == 10:
        return None
    grid = gamut["grid"]
    return (
        f"gamut.grid: {grid} is impossible with zhang313, which is defined on grid 10"
    )


def data_settings(run: dict) -> dict:
    """The part of `data` that the prepared images depend on."""
    data = run["data"]
    source = data["source"]
    # Any mirror will do; files at hand are known by their contents; and the rest decides
    # about what comes before or after the images.
    left_out = {"url", "max_skipped", "labels"}
    if source == "stl10" and data["stl10"]["path"]:
        left_out.add("md5")
    own = {key: value for key, value in data[source].items() if key not in left_out}
    return dict(source=source, size=data["size"]) | {source: own}


def dataset_slug(run: dict) -> str:
    """A name for the prepared dataset, the same for the same settings."""
    settings = data_settings(run)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return f"{settings['source']}-{settings['size']}-{digest[:6]}"


def gamut_slug(run: dict) -> str:
    """A name for the bins: the set's own at grid 10."""
    gamut = run["gamut"]
    return gamut["bins"] + ("" if gamut["grid"] == 10 else f"-grid{gamut['grid']}")


def gamut_of(slug: str) -> dict:
    """The settings of the bins of this name. Raises ConfigError."""
    bins, _, grid = slug.partition("-grid")
    gamut = dict(bins=bins, grid=int(grid) if grid.isdecimal() else 10)
    schema = read_schema()["properties"]["gamut"]
    _check(gamut, schema, "gamut.")
    if wrong := _wrong_gamut(gamut):
        raise ConfigError(wrong)
    if gamut_slug(dict(gamut=gamut)) != slug:
        raise ConfigError(f"did you mean {gamut_slug(dict(gamut=gamut))!r}?")
    return gamut


def prior_slug(run: dict) -> str:
    """A name for the prior of a dataset over a gamut."""
    encoding, prior = run["encoding"], run["prior"]
    return (
        f"{dataset_slug(run)}-{gamut_slug(run)}-k{encoding['neighbours']}"
        f"-sigma{_exact(encoding['sigma'])}-lambda{_exact(prior['lambda'])}"
        f"-smooth{_exact(prior['sigma'])}"
    )


def _exact(value: float) -> str:
    """A number as short as can be, and another text for each number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
