"""Settings written as text, converted to the types that the schema gives their keys."""

from types import NoneType
from typing import Any

import yaml

from colorization.planning import setting_types
from colorization.planning.config import check_size, merge
from colorization.planning.schema import Config

# Texts for no value, in YAML or in Python.
NOTHING = {"", "~", "null", "Null", "NULL", "None"}
TRUTH = yaml.SafeLoader.bool_values


class _Plain(str):
    """Text without quotes."""


class _Texts(yaml.BaseLoader):
    """A loader of YAML in which each value is text."""

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        text = super().construct_scalar(node)
        return text if node.style else _Plain(text)


def from_command_line(entries: list[str]) -> dict[str, Any]:
    """The settings in the entries KEY=VALUE of --config.

    A key may be a path into the sections: train-seed=3 is train={seed: 3}. (No key has a
    hyphen, and Snakemake refuses keys with dots.)

    Snakemake's own reading is not enough: it takes the folder 2024_05 for the number 202405.
    Raises ConfigError for a value that is too large or too deep.
    """
    given: dict[str, Any] = {}
    for key, _, text in (entry.partition("=") for entry in entries):
        path, kind = key.split("-"), Config
        for part in path:
            kind = setting_types.below(kind, part)
        value = _value(text, kind)
        for part in reversed(path):
            value = {part: value}
        given = merge(given, value)
    return given


def _value(text: str, kind: Any) -> Any:
    is_name = str in setting_types.plain(kind)
    if not is_name:
        text = text.strip("'\"")  # as Snakemake does
    try:
        value = yaml.load(text, Loader=_Texts)
    except (yaml.YAMLError, RecursionError):
        return text
    # For YAML, `a #1` ends at the space and `a: b` is a mapping; both may be folders.
    if is_name and (isinstance(value, _Plain) or not isinstance(value, str)):
        value = _Plain(text)
    check_size(value)
    return typed(value, kind)


def typed(value: Any, kind: Any = Config) -> Any:
    """`value` with its texts converted to the types in `kind`.

    `kind` is an annotation of the schema. Texts that it calls text stay as they are.
    """
    if isinstance(value, dict):
        return {
            str(key) if isinstance(key, str) else key: typed(
                part, setting_types.below(kind, key)
            )
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [
            typed(part, setting_types.below(kind, i)) for i, part in enumerate(value)
        ]
    return (
        _of_text(value, setting_types.plain(kind)) if isinstance(value, str) else value
    )


def _of_text(text: str, types: list[Any]) -> Any:
    if NoneType in types and isinstance(text, _Plain) and text in NOTHING:
        return None
    if bool in types and text.lower() in TRUTH:
        return TRUTH[text.lower()]
    for parse in (int, float) if int in types or float in types else ():
        try:
            return parse(text)
        except ValueError:
            pass
    return str(text)
