"""Files made from the schema and config.yaml: a JSON Schema for editors, and a page.

Types and ranges come from the schema, defaults and explanations from config.yaml.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

from colorization.planning.config import SHIPPED
from colorization.planning.schema import Config, Run

ROOT = SHIPPED.parent
EDITORS, PAGE = ROOT / "schemas/config.schema.json", ROOT / "docs/settings.md"
HEAD = """\
# Settings

All keys of [config.yaml](../config.yaml): what they do, their defaults, and what is allowed.
`colorization schema` writes this page.

These override config.yaml, in this order: a config.yaml in the working folder, files given
with `--configfile`, then `--config`. In `--config`, a hyphen leads into a section:
`--config train-seed=3 data-folder-paths='[a, b]'`.
"""
# Characters with a meaning in Markdown.
ESCAPED = {"|": r"\|", "<": r"\<"}
LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}",
    "pattern": "`{}`",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} items",
    "uniqueItems": "without repetitions",
}


def write() -> list[Path]:
    """Write both files. Returns their paths."""
    for path, text in [(EDITORS, editors_schema()), (PAGE, page())]:
        path.write_text(text, encoding="utf-8")
    return [EDITORS, PAGE]


def editors_schema() -> str:
    """A JSON Schema of config.yaml and its overlays, in which any key may be left out."""
    _, schemas = models_json_schema([(Config, "validation"), (Run, "validation")])
    definitions = schemas["$defs"]
    for definition in definitions.values():
        del definition["required"], definition["title"]
        definition.pop("description", None)
        for part in definition["properties"].values():
            part.pop("title", None)
    comments = explanations()
    for path, part in _keys(definitions, definitions["Config"]):
        if path in comments:
            part["description"] = comments[path]
    runs = definitions["Config"]["properties"]["runs"]
    (name,) = runs.pop("patternProperties")
    part = {"anyOf": [{"$ref": "#/$defs/Run"}, {"type": "null"}]}
    runs |= {"propertyNames": {"pattern": name}, "additionalProperties": part}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | definitions.pop("Config") | {"$defs": definitions}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def keys(schema: dict[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """The part of the editors' schema for each key, by its path."""
    return dict(_keys(schema["$defs"], schema))


def _keys(
    definitions: dict[str, Any], schema: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for key, part in schema.get("properties", {}).items():
        yield (*above, key), part
        inner = definitions[part["$ref"].split("/")[-1]] if "$ref" in part else {}
        yield from _keys(definitions, inner, (*above, key))


def explanations() -> dict[tuple[str, ...], str]:
    """The comment above each key of config.yaml, by the key's path."""
    text = SHIPPED.read_text(encoding="utf-8")
    lines, comments = text.splitlines(), {}
    nodes: list[tuple[tuple[str, ...], Any]] = [
        ((), yaml.compose(text, Loader=yaml.SafeLoader))
    ]
    while nodes:
        above, node = nodes.pop()
        if not isinstance(node, yaml.MappingNode) or above == ("runs",):
            continue
        for key, value in node.value:
            path = (*above, key.value)
            first = last = key.start_mark.line
            while lines[first - 1].lstrip().startswith("#"):
                first -= 1
            words = (line.lstrip().removeprefix("#") for line in lines[first:last])
            if comment := " ".join(" ".join(words).split()):
                comments[path] = comment
            nodes.append((path, value))
    return comments


def page() -> str:
    """The page of all settings, in Markdown."""
    schema = json.loads(editors_schema())
    defaults = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    parts = keys(schema)
    sections = {(): [], **{path: [] for path, part in parts.items() if "$ref" in part}}
    for path, part in parts.items():
        if "$ref" not in part:
            sections[path[:-1]].append((path, part))
    text = HEAD
    for section, rows in sections.items():
        if section:
            comment = parts[section].get("description")
            text += f"\n## {'.'.join(section)}\n" + (
                f"\n{comment}\n" if comment else ""
            )
        if rows:
            text += "\n| key | default | allowed | what |\n|---|---|---|---|\n"
        for path, part in rows:
            value = defaults
            for key in path:
                value = value[key]
            default = "" if path == ("runs",) else f"`{json.dumps(value)}`"
            comment = part["description"].translate(str.maketrans(ESCAPED))
            cells = [f"`{path[-1]}`", default, allowed(part), comment]
            text += f"| {' | '.join(cells)} |\n"
    return text


def allowed(part: dict[str, Any]) -> str:
    """What a key's schema allows, in a few words."""
    if "anyOf" in part:
        return " or ".join(map(allowed, part["anyOf"]))
    if "enum" in part:
        return ", ".join(f"`{word}`" for word in part["enum"])
    words = {"array": "list", "object": "mapping", "string": "text"}
    name: str = part["type"]
    kind = words.get(name, name)
    inner = part.get("items") or part.get("additionalProperties")
    if isinstance(inner, dict) and "$ref" not in json.dumps(inner):
        kind += (
            f" of ({allowed(inner)})"
            if "," in allowed(inner)
            else f" of {allowed(inner)}"
        )
    limits = [form.format(part[key]) for key, form in LIMITS.items() if key in part]
    return ", ".join([kind, *limits])
