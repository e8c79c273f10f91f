"""Figures, embedded in a page of limited size."""

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from colorization.pages.report.captions import CAPTIONS
from colorization.runtime.log import StageError

# Bytes that all embedded images may take together; the page stays under 30 MB.
BUDGET = 24_000_000
QUALITY = 85
# Kinds of figures of all runs, or shared by several.
SHARED = {"gamut", "prior", "history", "curves", "tradeoff", "comparison"}
CSS_DPI, POINTS = 96, 72


@dataclass
class Figure:
    """A picture file of a kind in CAPTIONS; `subject` is a run, bins, a prior or nothing.

    `note` is what the caption says of this figure alone. `embed` sets the other fields. A
    figure without `source` is shown as a link.
    """

    kind: str
    path: Path
    subject: str = ""
    note: str = ""
    link: str = ""
    source: str | None = None
    width: int = 0
    height: int = 0

    @property
    def title(self) -> str:
        return CAPTIONS[self.kind].title

    @property
    def text(self) -> str:
        """What is said of all figures of this kind."""
        return CAPTIONS[self.kind].text

    @property
    def alt(self) -> str:
        return CAPTIONS[self.kind].alt + (f": {self.subject}" if self.subject else "")

    @property
    def is_chart(self) -> bool:
        return self.path.suffix == ".svg"


def embed(figures: list[Figure], page: Path, budget: int = BUDGET) -> None:
    """Put the pictures into the figures, within a budget of bytes.

    If all are too large together, photographs become JPEG at the size at which they are
    shown. If that is not enough, the last figures stay links, relative to the folder
    `page`. Raises StageError for a file that is not a picture.
    """
    total = sum(figure.path.stat().st_size for figure in figures)
    small = _encoded(total) > budget
    for figure in figures:
        figure.link = figure.path.relative_to(page).as_posix()
    # Figures of all runs come first, photographs of single runs last.
    for figure in sorted(figures, key=lambda f: (f.kind not in SHARED, not f.is_chart)):
        data, kind = figure.path.read_bytes(), "svg+xml"
        try:
            figure.width, figure.height = size_of(figure.path, data)
            if not figure.is_chart:
                size = figure.width, figure.height
                data, kind = (as_jpeg(data, size), "jpeg") if small else (data, "png")
        except (OSError, ValueError) as error:
            raise StageError(f"{figure.path}: not a picture: {error}") from None
        budget -= _encoded(len(data))
        if budget < 0:
            break  # nor any later figure, even if a small one would fit
        figure.source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _encoded(length: int) -> int:
    """The number of bytes in base64."""
    return (length + 2) // 3 * 4


def size_of(path: Path, data: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, so that letters have one size in all figures."""
    if path.suffix == ".svg":
        head = data[:2000].decode()
        width = re.search(r'<svg[^>]* width="([\d.]+)pt"', head)
        height = re.search(r'<svg[^>]* height="([\d.]+)pt"', head)
        if not width or not height:
            raise ValueError("an SVG without a size")
        wide, high = (round(float(m[1]) * CSS_DPI / POINTS) for m in (width, height))
        return wide, high
    with Image.open(io.BytesIO(data)) as picture:
        dots = picture.info.get("dpi", (CSS_DPI, CSS_DPI))
        sides = zip(picture.size, dots, strict=True)
        wide, high = (round(side * CSS_DPI / density) for side, density in sides)
        return wide, high


def as_source(pixels: np.ndarray) -> str:
    """A picture, uint8 (H, W, 3), as an address that holds it; a small one without loss."""
    buffer = io.BytesIO()
    exact = max(pixels.shape) <= 128
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=exact, quality=90)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def as_jpeg(data: bytes, size: tuple[int, int]) -> bytes:
    """The picture as JPEG of this size, with colours at full resolution."""
    with Image.open(io.BytesIO(data)) as picture:
        buffer = io.BytesIO()
        picture = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
