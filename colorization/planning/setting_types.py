"""The types of the config's keys, from the annotations of the schema's models."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from colorization.planning.schema import Config, Run
from colorization.planning.schema_base import Section

JSON_NAMES = {
    int: "integer",
    float: "number",
    bool: "boolean",
    str: "string",
    list: "array",
    dict: "object",
    NoneType: "null",
}


def plain(annotation: Any) -> list[Any]:
    """The alternatives of an annotation without limits: types, list[…], sections, …"""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return plain(arguments[0])
    if origin in (Union, UnionType):
        return [kind for argument in arguments for kind in plain(argument)]
    return [annotation]


def below(annotation: Any, key: Any) -> Any:
    """The annotation of the value at a key or index; Any if there is none."""
    for kind in plain(annotation):
        if kind is Config and key == "runs":
            return dict[str, Run | None]
        if is_section(kind):
            return fields(kind).get(key, Any)
        if get_origin(kind) is dict:
            return get_args(kind)[1]
        if get_origin(kind) is list:
            return get_args(kind)[0]
    return Any


def is_section(kind: Any) -> bool:
    """Whether a type is a section of the config."""
    return isinstance(kind, type) and issubclass(kind, Section)


def fields(section: type[Section]) -> dict[str, Any]:
    """The annotations of a section's keys, by their names in the config."""
    named = section.model_fields.items()
    return {field.alias or name: field.annotation for name, field in named}


def json_names(annotation: Any) -> list[str]:
    """JSON's names for the types of a value."""
    kinds = plain(annotation)
    return [
        JSON_NAMES.get(get_origin(kind) or kind, "object")
        for kind in kinds
        if get_origin(kind) is not Literal
    ]


def choices(annotation: Any) -> list[str]:
    """The words of which a value must be one; empty if it is not a choice."""
    kinds = plain(annotation)
    return [
        word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)
    ]
