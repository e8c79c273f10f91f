"""What is written out of the schema and of config.yaml: for editors, and to be read.

Types and ranges come from the schema; defaults and explanations from config.yaml.
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

All keys of [config.yaml](../config.yaml), which says the same: what they do, their defaults,
and what is allowed. Made by `colorization schema`.

On top of config.yaml come a config.yaml in the working folder, if that is another, then
files given with `--configfile`, then `--config`. There a hyphen leads into a section:
`--config train-seed=3 data-folder-paths='[a, b]'`.
"""
# What Markdown would take for something else.
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
    """Write both files; their paths."""
    for path, text in [(EDITORS, editors_schema()), (PAGE, page())]:
        path.write_text(text, encoding="utf-8")
    return [EDITORS, PAGE]


def editors_schema() -> str:
    """A JSON Schema of config.yaml and its overlays, in which any key may be left out."""
    models = [(Config, "validation"), (Run, "validation")]
    definitions = models_json_schema(models)[1]["$defs"]
    for definition in definitions.values():
        del definition["required"], definition["title"]
        definition.pop("description", None)
        for part in definition["properties"].values():
            part.pop("title", None)
    said = explanations()
    for path, part in _places(definitions, definitions["Config"]):
        if path in said:
            part["description"] = said[path]
    runs = definitions["Config"]["properties"]["runs"]
    (name,) = runs.pop("patternProperties")
    part = {"anyOf": [{"$ref": "#/$defs/Run"}, {"type": "null"}]}
    runs |= {"propertyNames": {"pattern": name}, "additionalProperties": part}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | definitions.pop("Config") | {"$defs": definitions}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def places(schema: dict[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """What the editors' schema says of each key, by its path."""
    return dict(_places(schema["$defs"], schema))


def _places(
    definitions: dict[str, Any], schema: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for key, part in schema.get("properties", {}).items():
        yield (*above, key), part
        inner = definitions[part["$ref"].split("/")[-1]] if "$ref" in part else {}
        yield from _places(definitions, inner, (*above, key))


def explanations() -> dict[tuple[str, ...], str]:
    """The comment above each key of config.yaml, by the key's path."""
    text = SHIPPED.read_text(encoding="utf-8")
    lines, found = text.splitlines(), {}
    nodes = [((), yaml.compose(text, Loader=yaml.SafeLoader))]
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
                found[path] = comment
            nodes.append((path, value))
    return found


def page() -> str:
    """The reference of all settings, in Markdown."""
    schema = json.loads(editors_schema())
    defaults = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    parts = places(schema)
    sections = {(): [], **{path: [] for path, part in parts.items() if "$ref" in part}}
    for path, part in parts.items():
        if "$ref" not in part:
            sections[path[:-1]].append((path, part))
    text = HEAD
    for section, rows in sections.items():
        if section:
            said = parts[section].get("description")
            text += f"\n## {'.'.join(section)}\n" + (f"\n{said}\n" if said else "")
        if rows:
            text += "\n| key | default | allowed | what |\n|---|---|---|---|\n"
        for path, part in rows:
            value = defaults
            for key in path:
                value = value[key]
            default = "" if path == ("runs",) else f"`{json.dumps(value)}`"
            said = part["description"].translate(str.maketrans(ESCAPED))
            cells = [f"`{path[-1]}`", default, allowed(part), said]
            text += f"| {' | '.join(cells)} |\n"
    return text


def allowed(part: dict[str, Any]) -> str:
    """What a key's schema allows, in a few words."""
    if "anyOf" in part:
        return " or ".join(map(allowed, part["anyOf"]))
    if "enum" in part:
        return ", ".join(f"`{word}`" for word in part["enum"])
    words = {"array": "list", "object": "mapping", "string": "text"}
    kind = words.get(part["type"], part["type"])
    inner = part.get("items") or part.get("additionalProperties")
    if isinstance(inner, dict) and "$ref" not in json.dumps(inner):
        kind += (
            f" of ({allowed(inner)})"
            if "," in allowed(inner)
            else f" of {allowed(inner)}"
        )
    limits = [form.format(part[key]) for key, form in LIMITS.items() if key in part]
    return ", ".join([kind, *limits])
