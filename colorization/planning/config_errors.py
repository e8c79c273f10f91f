"""An error in a config as one line: the key, the value, and what is allowed."""

import difflib
import math
from typing import Any

from pydantic import ValidationError

from colorization.planning import setting_types
from colorization.planning.schema import RENAMED, Config
from colorization.planning.schema_base import Section

LIMITS = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "greater_than": "greater than {gt}",
    "less_than": "less than {lt}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "some text",
    "too_long": "a list of at most {max_length}",
    "repeated": "a list without repetitions",
}


def odd_leaf(value: Any, path: str) -> str | None:
    """The first value below `path` that YAML allows but no type does: odd keys and NaN."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                return f"{path or 'config'}: the key {key!r} must be text: put it in quotes"
        parts = [(f"{path}.{key}" if path else key, value[key]) for key in value]
    elif isinstance(value, list):
        parts = [(f"{path}.{i}", part) for i, part in enumerate(value)]
    elif isinstance(value, float) and not math.isfinite(value):
        return f"{path}: {value} is not allowed; it must be finite"
    else:
        return None
    lines = (odd_leaf(part, below) for below, part in parts)
    return next(filter(None, lines), None)


def describe(errors: ValidationError, section: type[Section], prefix: str) -> str:
    """One line for the first error in a section's values.

    `prefix` is the section's path in the config: "", or text that ends with a dot.
    """
    # A mistyped key is also a missing key; the unknown key says more.
    error = min(
        errors.errors(include_url=False),
        key=lambda error: error["type"] != "extra_forbidden",
    )
    loc, value = error["loc"], error["input"]
    path = (prefix + ".".join(map(str, loc))).rstrip(".") or "config"
    above = (prefix + ".".join(map(str, loc[:-1]))).rstrip(".")
    if error["type"] == "combination" and "ctx" in error:
        key = error["ctx"]["key"]
        return f"{prefix}{'.'.join(map(str, (*loc, key)))}: {error['ctx']['why']}"
    if error["type"] == "missing":
        return f"{above or 'config'}: the key {loc[-1]!r} is missing"
    if error["type"] == "extra_forbidden":
        return _unknown(str(loc[-1]), above, _at(section, loc[:-1]), section)
    if loc[-1:] == ("[key]",):
        if section is Config and len(loc) == 3:
            return (
                f"runs: the name {_short(value)} may hold only letters, digits, '_' and "
                "'-', begin with a letter or digit, and have at most 64 characters"
            )
        path = path.removesuffix(".[key]")
    want = _wanted(error, _at(section, loc))
    return f"{path}: {_short(value)} is not allowed; it must be {want}"


def _at(section: Any, loc: tuple[int | str, ...]) -> Any:
    for key in loc:
        section = setting_types.below(section, key)
    return section


def _unknown(key: str, above: str, annotation: Any, section: type[Section]) -> str:
    if section is Config and not above and key in RENAMED:
        return f"{key}: is now {RENAMED[key]}"
    sections = [
        kind
        for kind in setting_types.plain(annotation)
        if setting_types.is_section(kind)
    ]
    names = [name for kind in sections for name in setting_types.fields(kind)]
    near = difflib.get_close_matches(key, names, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(names)}"
    where = f"{above}." if above else ""
    return f"{where}{_short(key)[1:-1]}: unknown key; {hint}"


def _wanted(error: Any, annotation: Any) -> str:
    """What is allowed instead of a wrong value."""
    value, limits = error["input"], error.get("ctx", {})
    names, choices = (
        setting_types.json_names(annotation),
        setting_types.choices(annotation),
    )
    # Without quotes, YAML reads 2024 as a number, yes as true, 2024-05-01 as a date.
    unquoted = not isinstance(value, str | list | dict | None)
    if choices:
        return f"one of {', '.join(choices)}"
    if error["type"] == "too_short":
        least = limits["min_length"]
        return (
            f"a list of at least {least}" if "array" in names else "one or more entries"
        )
    if error["type"] in LIMITS:
        numbers = {
            key: f"{limit:g}" if isinstance(limit, float) else limit
            for key, limit in limits.items()
        }
        null = " or null" if "null" in names else ""
        return LIMITS[error["type"]].format(**numbers) + null
    if "string" in names and unquoted:
        return "text: put it in quotes"
    return f"a value of type {' or '.join(names)}" if names else "something else"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
