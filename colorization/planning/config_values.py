"""Settings written as text: each value becomes what the schema calls its key."""

from typing import Any

import yaml

from colorization.planning.config import check_size, merge, read_schema

# What stands for no value, in YAML or in Python.
NOTHING = {"", "~", "null", "Null", "NULL", "None"}
TRUTH = yaml.SafeLoader.bool_values


class _Plain(str):
    """Text that stood without quotes."""


class _Texts(yaml.BaseLoader):
    """YAML in which every value is text."""

    def construct_scalar(self, node):
        text = super().construct_scalar(node)
        return text if node.style else _Plain(text)


def from_command_line(entries: list[str]) -> dict[str, Any]:
    """What the entries KEY=VALUE of --config say.

    Snakemake reads what looks like a number as one, so that a folder 2024_05 would become
    202405. Raises ConfigError for a value that is too large or too deep.
    """
    given: dict[str, Any] = {}
    for key, _, text in (entry.partition("=") for entry in entries):
        given = merge(given, {key: _value(text, _below(read_schema(), key))})
    return given


def _value(text: str, schema: dict) -> Any:
    is_name = "string" in _kinds(schema)
    if not is_name:
        text = text.strip("'\"")  # as Snakemake does
    try:
        value = yaml.load(text, Loader=_Texts)
    except (yaml.YAMLError, RecursionError):
        return text
    # YAML would end a folder's name `a #1` at the blank, and take `a: b` apart.
    if is_name and (isinstance(value, _Plain) or not isinstance(value, str)):
        value = _Plain(text)
    check_size(value)
    return typed(value, schema)


def typed(value: Any, schema: dict | None = None) -> Any:
    """`value` with numbers, truth values and None for text where `schema` has these.

    What the schema calls text stays text. Without `schema` it is that of a config.
    """
    schema = read_schema() if schema is None else schema
    if isinstance(value, dict):
        return {
            str(key) if isinstance(key, str) else key: typed(part, _below(schema, key))
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [typed(part, schema.get("items", {})) for part in value]
    return _of_text(value, _kinds(schema)) if isinstance(value, str) else value


def _of_text(text: str, kinds: set[str]) -> Any:
    if "null" in kinds and isinstance(text, _Plain) and text in NOTHING:
        return None
    if "boolean" in kinds and text.lower() in TRUTH:
        return TRUTH[text.lower()]
    for parse in (int, float) if kinds & {"integer", "number"} else ():
        try:
            return parse(text)
        except ValueError:
            pass
    return str(text)


def _below(schema: dict, key: Any) -> dict:
    """The schema of a key's value; a run may override all that is in a config."""
    if key == "runs":
        return dict(additionalProperties=read_schema() | dict(type=["object", "null"]))
    rest = schema.get("additionalProperties")
    return schema.get("properties", {}).get(key) or rest or {}


def _kinds(schema: dict) -> set[str]:
    """The types that a value may have."""
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)
