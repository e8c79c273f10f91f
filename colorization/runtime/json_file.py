"""JSON files that stages hand on: what they must hold is a model."""

import json
from pathlib import Path
from textwrap import shorten
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from colorization.runtime.log import StageError


class Stored(BaseModel):
    """What a JSON file holds. Keys that no reader needs may be there, too."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


# A path. pydantic's own text refuses bytes that are not UTF-8.
Text = Annotated[str, PlainValidator(_text)]
StoredT = TypeVar("StoredT", bound=Stored)


def read_json(path: Path | str, model: type[StoredT]) -> StoredT:
    """What a JSON file holds. Raises StageError, one line, where it is not `model`'s."""
    try:
        content = json.loads(
            Path(path).read_text(encoding="utf-8"), parse_constant=_refuse
        )
    except (OSError, ValueError, RecursionError) as error:
        raise StageError(f"{path}: cannot read the JSON: {error}") from None
    try:
        return model.model_validate(content)
    except ValidationError as errors:
        raise StageError(f"{path}: {_describe(errors)}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"holds {constant}, which is no JSON")


def _describe(errors: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first = errors.errors(include_url=False)[0]
    *above, last = first["loc"] or ("",)
    if first["type"] == "missing":
        return "".join(f"{key}: " for key in above) + f"{last!r} is missing"
    place = "".join(f"{key}: " for key in first["loc"])
    value = shorten(repr(first["input"]), 100)
    return f"{place}{value} is wrong: {shorten(first['msg'], 200)}"
