"""Hints in a JSON file, as the page that colorizes saves them."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from colorization.method.gamut_bins import EXTENT
from colorization.method.hints import Hint
from colorization.runtime.json_file import Stored, read_json

Share = Annotated[float, Field(ge=0, le=1)]
Colour = Annotated[float, Field(ge=-EXTENT, le=EXTENT)]


class StoredHint(Stored):
    """A colour in Lab units for a place, in shares of the width and the height."""

    x: Share
    y: Share
    a: Colour
    b: Colour


class HintsFile(Stored):
    """What is read of the file."""

    hints: list[StoredHint]


def read_hints(path: Path) -> tuple[Hint, ...]:
    """The hints of a file. Raises StageError."""
    stored = read_json(path, HintsFile).hints
    return tuple(Hint(hint.x, hint.y, hint.a, hint.b) for hint in stored)
