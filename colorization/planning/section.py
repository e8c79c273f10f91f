"""What the models of all sections of the config share.

Part of the code of training: what only other models need stands elsewhere.
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

# The validation context of the config's defaults. Runs complete them, so impossible
# combinations count in runs alone.
DEFAULTS = "defaults"


class Section(BaseModel):
    """Settings that belong together. Fields are the config's keys, explained there."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        serialize_by_alias=True,
    )


def combination(check: Callable[[Any], tuple[str, str] | None]) -> Any:
    """Make a method of a section a validator of how its fields go together.

    The method returns a key and what is impossible about it, or None.
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


# Takes 8.0 for 8. Behind the limits: pydantic's JSON schema has only those before it.
WHOLE = BeforeValidator(_whole)
# The name of a file or folder. pydantic's own text refuses bytes that are not UTF-8.
Name = Annotated[
    str, PlainValidator(_text), WithJsonSchema(dict(type="string", minLength=1))
]
