"""Which picture of each pair is the photograph: kept apart from the page that people see."""

from typing import Annotated, Literal

from pydantic import Field

from colorization.runtime.json_file import Stored, Text

Kind = Literal["practice", "control", "test"]
# The place of a picture in its pair.
Place = Literal[0, 1]


class Pair(Stored):
    """Two pictures of one test image; `real` is the place of the photograph in the pair."""

    kind: Kind
    run: Text  # empty for a control
    image: int
    real: Place


class Key(Stored):
    """What the pairs of a sitting are, by their names, which tell nothing."""

    sitting: Text
    # Pairs of the kind `test` that a person sees, of as many photographs.
    tests: Annotated[int, Field(ge=1)]
    pairs: dict[str, Pair]

    def named(self, kind: Kind) -> dict[str, Pair]:
        """The pairs of a kind."""
        return {name: pair for name, pair in self.pairs.items() if pair.kind == kind}
