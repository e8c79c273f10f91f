"""The base of all sections of the config.

This is part of the code of training: types that training does not need are elsewhere.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

# The validation context of the config's defaults. They may hold impossible combinations,
# which runs override.
DEFAULTS = "defaults"


class Section(BaseModel):
    """A section of the config. Its fields are the config's keys, which are explained there."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        serialize_by_alias=True,
    )


def combination(check: Callable[[Any], tuple[str, str] | None]) -> Any:
    """Turn a method of a section into a validator of a combination of its fields.

    The method returns a key and why its value is impossible, or None.
    """

    def validate(self: Section, info: ValidationInfo) -> Section:
        wrong = None if info.context == DEFAULTS else check(self)
        if wrong:
            key, why = wrong
            raise PydanticCustomError("combination", "{why}", dict(key=key, why=why))
        return self

    return model_validator(mode="after")(validate)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value:
        raise PydanticKnownError("string_too_short", dict(min_length=1))
    return value


# Reads 8.0 as 8. It stands after the limits, because pydantic leaves later ones out of its
# JSON schema.
WHOLE = BeforeValidator(_whole)
# The name of a file or folder. pydantic's `str` refuses bytes that are not UTF-8.
Name = Annotated[
    str, PlainValidator(_text), WithJsonSchema(dict(type="string", minLength=1))
]
