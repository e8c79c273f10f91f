"""The rows of benchmarks, and how they are printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure, what it is compared with, and the target.

    `ratio` is the share of the floor that is reached, 1 at best; against code that was
    replaced, it says how many times better the figure is.
    """

    stage: str
    figure: str  # with its unit
    floor: str
    ratio: float
    target: str
    met: bool


def render(rows: list[Row]) -> str:
    """The rows as a table for a terminal."""
    cells = [("stage", "figure", "floor or reference", "ratio", "target", "met")]
    for row in rows:
        met = "yes" if row.met else "NO"
        ratio = f"{row.ratio:.2f}" if row.ratio < 10 else f"{row.ratio:.0f}"
        cells.append((row.stage, row.figure, row.floor, ratio, row.target, met))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)
