"""The config: read, checked strictly, and merged into runs."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from colorization.planning.config_errors import describe, odd_leaf
from colorization.planning.schema import Config, Run
from colorization.planning.schema_base import DEFAULTS, Section
from colorization.runtime.base_model import NAME

# The repository's config: the defaults, and what each key does.
SHIPPED = Path(__file__).parents[2] / "config.yaml"
SectionT = TypeVar("SectionT", bound=Section)

# A config with more or deeper values is refused: a few lines of YAML can grow without end.
MOST_VALUES, DEEPEST = 10_000, 20
# Baselines with a name that a run could have.
BASELINES = ("gray", "random")
# The name of folders of records in results/.
RECORDS = "provenance"


class ConfigError(ValueError):
    """An error in the config, in one line: the key, the value and what is allowed."""


def read_file(path: Path | str) -> dict[str, Any]:
    """The content of a config file, JSON or YAML.

    Raises ConfigError for a file that is not a config, and for one that is not safe:
    Snakemake runs expressions as Python if there is a key __use_yte__, and reads more tags
    of YAML than are safe.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        content = _parse(text)
    except ConfigError:
        raise
    except Exception as error:  # YAML's tags raise many kinds of errors
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
        # Before the values are built, because merged keys can grow without end, too.
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        check_size(node)
        return None if node is None else loader.construct_document(node)


def check_size(value: Any) -> None:
    """Raises ConfigError if `value` is too large or too deep; each use of an alias counts."""
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


def _parts(value: Any) -> list[Any]:
    """The parts of a value or of a node of YAML."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, yaml.MappingNode):
        return [part for pair in value.value for part in pair]
    if isinstance(value, yaml.SequenceNode):
        return value.value
    return value if isinstance(value, list) else []


def merge(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """A copy of `base` in which the leaves of `override` replace its own."""
    merged = deepcopy(base)
    for key, value in override.items():
        both = isinstance(merged.get(key), dict) and isinstance(value, dict)
        merged[key] = merge(merged[key], value) if both else deepcopy(value)
    return merged


def check(
    section: type[SectionT], values: Any, prefix: str = "", context: str | None = None
) -> SectionT:
    """The values as a section of the config. Raises ConfigError if one is wrong.

    `prefix` is the section's path: "", or text that ends with a dot. With the context
    DEFAULTS, impossible combinations are allowed, because a run may override a part.
    """
    if line := odd_leaf(values, prefix.rstrip(".")):
        raise ConfigError(line)
    try:
        return section.model_validate(values, context=context)
    except ValidationError as error:
        raise ConfigError(describe(error, section, prefix)) from None


def resolve_runs(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Check a config and return the full settings of each run, by name.

    They are plain values. Equal settings have equal texts, because Snakemake compares texts:
    keys are in the schema's order, and a number has one type (5 and 5.0 differ as text).

    Raises ConfigError for an unknown or missing key, a wrong type, a value out of range
    or an impossible combination, in the defaults or in a run.
    """
    check(Config, config, context=DEFAULTS)
    defaults = {key: config[key] for key in Run.model_fields}
    runs = {}
    for name, override in config["runs"].items():
        if name in BASELINES:
            raise ConfigError(f"runs.{name}: a baseline has this name; choose another")
        if name == NAME:
            raise ConfigError(
                f"runs.{name}: the model in the box has this name; choose another"
            )
        if name == RECORDS:
            raise ConfigError(f"runs.{name}: records have this name; choose another")
        run = check(Run, merge(defaults, override or {}), f"runs.{name}.")
        runs[name] = run.model_dump()
    return _expand_seeds(runs)


def _expand_seeds(runs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The runs, with one of `seeds: n` > 1 replaced by n runs NAME-seed0 …"""
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
    """Raises ConfigError for names that differ only in case: some file systems merge them."""
    folders: dict[str, str] = {}
    for name in names:
        first = folders.setdefault(name.lower(), name)
        if first != name:
            raise ConfigError(
                f"runs.{name}: some file systems cannot tell it from {first}; choose "
                "another name"
            )
