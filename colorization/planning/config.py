"""The config: read, checked strictly, and merged into runs."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from colorization.planning.problem import describe, odd_leaf
from colorization.planning.schema import Config, Run
from colorization.planning.section import DEFAULTS, Section

# The config that is shipped: the defaults, and what each key does.
SHIPPED = Path(__file__).parents[2] / "config.yaml"
SectionT = TypeVar("SectionT", bound=Section)

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


def check(
    section: type[SectionT], values: Any, prefix: str = "", context: str | None = None
) -> SectionT:
    """A section of the config. Raises ConfigError, one line, for what is wrong in it.

    `prefix` is where it stands: "" or one that ends with a dot. With the context DEFAULTS,
    impossible combinations are none: a run may change a part of them.
    """
    if line := odd_leaf(values, prefix.rstrip(".")):
        raise ConfigError(line)
    try:
        return section.model_validate(values, context=context)
    except ValidationError as error:
        raise ConfigError(describe(error, section, prefix)) from None


def resolve_runs(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Check a config and give each run's full settings by its name.

    They are plain values, and equal settings look equal: keys in the schema's order, and
    numbers of one type. (Snakemake compares texts, in which 5 is not 5.0.)

    Raises ConfigError for an unknown or missing key, a wrong type, a value out of range
    or an impossible combination, in the defaults or in a run.
    """
    check(Config, config, context=DEFAULTS)
    defaults = {key: config[key] for key in Run.model_fields}
    runs = {}
    for name, override in config["runs"].items():
        if name in BASELINES:
            raise ConfigError(f"runs.{name}: a baseline has this name; choose another")
        if name == RECORDS:
            raise ConfigError(f"runs.{name}: records have this name; choose another")
        run = check(Run, merge(defaults, override or {}), f"runs.{name}.")
        runs[name] = run.model_dump()
    # Runs with several seeds become as many runs.
    return _expand_seeds(runs)


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
