"""Tables for the report's template."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cell:
    """`text` is shown, `note` is small print below it, and tables are sorted by `value`.

    `mark` is a sign before the text.
    """

    text: str
    value: float | str | None = None
    note: str = ""
    mark: str = ""
    strong: bool = False
    code: bool = False

    def __post_init__(self):
        if self.value is None and self.text != "—":
            self.value = self.text


@dataclass
class Table:
    """`title` is for readers who cannot see the table; the first column names the rows."""

    title: str
    columns: list[str]
    rows: list[list[Cell]] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        """A row of cells, or of texts."""
        row = [cell if isinstance(cell, Cell) else Cell(str(cell)) for cell in cells]
        if len(row) != len(self.columns):
            raise ValueError(f"{self.title}: {len(row)} cells in a row")
        self.rows.append(row)

    @property
    def numeric(self) -> list[bool]:
        """Whether each column holds numbers, beside dashes."""
        columns = (
            zip(*self.rows, strict=True) if self.rows else [[]] * len(self.columns)
        )
        return [_are_numbers([c.value for c in cells]) for cells in columns]


def _are_numbers(values: list) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)
