"""TIFF of any depth, its numbers read as its tags describe them."""

import io
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image
from tifffile import COMPRESSION, PHOTOMETRIC

from colorization.images import exif, file_kind
from colorization.images.decoded import (
    Decoded,
    check_size,
    in_stripes,
    to_codes,
    unpremultiply,
)

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# The kind of colours and their channels. Further channels are alpha or ignored.
KINDS: dict[int, tuple[str, int]] = {
    PHOTOMETRIC.MINISWHITE: ("gray", 1),
    PHOTOMETRIC.MINISBLACK: ("gray", 1),
    PHOTOMETRIC.PALETTE: ("rgb", 1),
    PHOTOMETRIC.RGB: ("rgb", 3),
    PHOTOMETRIC.YCBCR: ("rgb", 3),  # the JPEG decoder converts it
    PHOTOMETRIC.SEPARATED: ("cmyk", 4),
    PHOTOMETRIC.CIELAB: ("lab", 3),
    PHOTOMETRIC.ICCLAB: ("lab", 3),
}
RAW = (PHOTOMETRIC.CFA, PHOTOMETRIC.LINEAR_RAW)
EXTRA_SAMPLES, INK_SET, CMYK = 338, 332, 1
# Values of EXTRA_SAMPLES for alpha; 999 is Corel Draw's.
PREMULTIPLIED, STRAIGHT = 1, (2, 999)
# A TIFF with more extra channels is refused; a gray one may have only one.
MAX_EXTRA = 4
# Pages that are searched for one that is no thumbnail.
PAGES = 16


def is_tiff(head: bytes) -> bool:
    """Whether a file that begins with `head` is a TIFF."""
    return head.startswith(STARTS)


def read(source: Path | io.BytesIO, max_pixels: int) -> Decoded | None:
    """Decode the first page that is no thumbnail; None: only Pillow may decode it.

    Raises ValueError.
    """
    try:
        file = tifffile.TiffFile(source)
    except OSError:
        raise
    except Exception:  # the parser raises errors of many kinds
        return None
    with file:
        if not file.pages:
            return None
        page = _main_page(file)
        return None if _needs_libtiff(page) else _decode(file, page, max_pixels)


def _main_page(file: tifffile.TiffFile) -> tifffile.TiffPage:
    """The first page that is no thumbnail. Raises ValueError for camera raw."""
    first = file.pages.first
    inner = [page.aspage() for page in first.pages or []]
    file.filehandle.seek(8)
    is_canon_raw = file.filehandle.read(2) == b"CR"
    if is_canon_raw or any(page.photometric in RAW for page in [first, *inner]):
        raise ValueError(file_kind.RAW)
    if first.is_reduced:
        others = [page.aspage() for page in file.pages[1:PAGES]]
        for page in [*others, *inner]:
            if not page.is_reduced:
                return page
    return first


def _needs_libtiff(page: tifffile.TiffPage) -> bool:
    """Whether only libtiff, which Pillow uses, can decode the page."""
    if page.photometric == PHOTOMETRIC.YCBCR:
        return page.compression != COMPRESSION.JPEG or page.planarconfig != 1
    return page.compression in (COMPRESSION.OJPEG, COMPRESSION.THUNDERSCAN)


def _decode(
    file: tifffile.TiffFile, page: tifffile.TiffPage, max_pixels: int
) -> Decoded:
    photometric, bits = page.photometric, page.bitspersample
    samples = page.samplesperpixel
    kind, count = KINDS.get(photometric, ("", 0))
    most = count + (1 if kind == "gray" else MAX_EXTRA)
    is_cmyk = page.tags.valueof(INK_SET, CMYK) == CMYK
    if not kind or not count <= samples <= most or (kind == "cmyk" and not is_cmyk):
        name = getattr(photometric, "name", photometric)
        raise ValueError(f"TIFF of kind {name} with {samples} channels of {bits} bits")
    check_size(page.imagewidth, page.imagelength * page.imagedepth, max_pixels)
    values = _values(file, page)
    if isinstance(bits, tuple):  # such as 5, 6, 5: the decoder has scaled them
        bits = 8 * values.dtype.itemsize
    extra, channel = _alpha(page, count)
    if extra and channel > count:
        values = values[..., [*range(count), channel]]
    values = values[..., : count + bool(extra)]
    if photometric == PHOTOMETRIC.PALETTE:
        colour = _from_palette(values[..., 0], page, bits)
        alpha = to_codes(values[..., count], bits) if extra else None
    else:
        values = to_codes(values, bits)
        colour, alpha = values[..., :count], values[..., count] if extra else None
        if alpha is not None and extra == PREMULTIPLIED:
            colour = unpremultiply(colour, alpha)
    if photometric == PHOTOMETRIC.MINISWHITE:
        colour = ~colour
    if kind == "lab":
        colour = _lab(colour, photometric)
    metadata = exif.read(lambda: _exif(file, page))
    return Decoded(colour, kind, alpha, page.iccprofile, metadata)


def _alpha(page: tifffile.TiffPage, count: int) -> tuple[int, int]:
    """Kind and number of the first extra channel that is alpha; zeros without one."""
    extras = np.atleast_1d(page.tags.valueof(EXTRA_SAMPLES, [])).tolist()
    for channel, extra in enumerate(extras[: page.samplesperpixel - count], count):
        if extra in (PREMULTIPLIED, *STRAIGHT):
            return extra, channel
    return 0, 0


def _exif(file: tifffile.TiffFile, page: tifffile.TiffPage) -> Image.Exif:
    result = Image.Exif()
    result.endian, result.bigtiff = file.byteorder, file.is_bigtiff
    # A file in all but its class.
    result.load_from_fp(file.filehandle, page.offset)  # pyright: ignore[reportArgumentType]
    return result


def _values(file: tifffile.TiffFile, page: tifffile.TiffPage) -> np.ndarray:
    """The stored numbers (H, W, C). Raises ValueError."""
    size = file.filehandle.size
    for start, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        if page.compression != COMPRESSION.NONE and (not count or start + count > size):
            raise ValueError(
                "TIFF is truncated"
            )  # some decoders would fill it up with gray
    try:
        values = page.asarray(maxworkers=1)
    except Exception as error:  # decoders raise errors of many kinds
        raise ValueError(f"cannot read TIFF: {error}") from None
    planes, depth, height, width, _ = page.shaped
    values = values.reshape(planes, depth, height, width, -1)[:, 0]  # of a volume
    return values[0] if planes == 1 else np.moveaxis(values[..., 0], 0, -1)


def _from_palette(
    indices: np.ndarray, page: tifffile.TiffPage, bits: int
) -> np.ndarray:
    if page.colormap is None:
        raise ValueError("TIFF without its palette")
    colours = page.colormap.T  # uint16 (2^bits, 3)
    if colours.max() < 256:  # some programs write 8 bits
        colours = colours * 257
    if bits <= 8:
        colours = (colours >> 8).astype(np.uint8)
    return in_stripes(
        lambda rows: colours[rows.astype(np.intp)], colours.dtype.type, indices
    )


def _lab(values: np.ndarray, photometric: int) -> np.ndarray:
    """L, a and b in the codes of `Decoded`."""
    is_deep = values.dtype == np.uint16
    if photometric == PHOTOMETRIC.ICCLAB:
        return in_stripes(_from_icc_codes, np.uint16, values) if is_deep else values
    # a and b are stored signed.
    middle = 1 << (8 * values.itemsize - 1)
    values = values ^ np.array([0, middle, middle], values.dtype)
    if is_deep:
        values[..., 1:] = in_stripes(_from_icc_codes, np.uint16, values[..., 1:])
    return values


def _from_icc_codes(values: np.ndarray) -> np.ndarray:
    """16-bit Lab codes whose largest is 255·256, as codes whose largest is 65535."""
    return np.minimum(values * np.uint32(257) // 256, 65535)
