"""A photograph's lightness joined with predicted colours, in compiled loops.

The numbers are those of `torch_cielab.lab_to_srgb`, with tables in place of powers. Each loop
does one thing to a short run of pixels, which stay in the cache, so that all but the
loops that look something up become vector instructions.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from jaxtyping import Float32, UInt

from colorization.inference.compiled import compiled
from colorization.method import cielab
from colorization.method.network import OUTPUT_STRIDE

F = np.float32
TO_Y = tuple(map(F, cielab.SRGB_TO_RELATIVE_XYZ[1]))
FROM_X, FROM_Z = tuple(map(F, cielab.FROM_X)), tuple(map(F, cielab.FROM_Z))
CURVE_END = F(np.cbrt(cielab.LAB_LINEAR_BELOW))
OFFSET, PER_SLOPE = F(cielab.LAB_OFFSET), F(1 / cielab.LAB_SLOPE)
LOOSE, HALVINGS = F(1 + cielab.SLACK), cielab.HALVINGS
ZERO, HALF, ONE = F(0), F(0.5), F(1)
# Nodes of the table of Lab's curve; between two it is linear, to 3·10⁻⁷.
NODES = 1 << 14
# Entries of the table from linear light to codes, by the number of codes. Where codes are
# darkest, a step is a tenth of a code of 8 bits, and a fifth of one of 16.
LIGHTS = {256: 1 << 14, 65536: 1 << 22}
# Pixels that a loop does before the next one does the same.
RUN = 512
# Pixels of a stripe, which one thread joins.
STRIPE = 1 << 18


@cache
def _tables(levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of codes: linear light. Of Y in steps of 1/NODES: Lab's curve. Of light: codes."""
    light = cielab.linear_light(levels).astype(F)
    curve = cielab.lab_curve(np.arange(NODES + 2) / NODES).astype(F)
    linear = np.arange(LIGHTS[levels]) / (LIGHTS[levels] - 1)
    codes = np.where(
        linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    dtype = np.uint8 if levels == 256 else np.uint16
    return light, curve, np.rint(codes * (levels - 1)).astype(dtype)


def join(
    rgb: UInt[np.ndarray, "H W 3"],
    ab: Float32[np.ndarray, "2 h w"],
    small: tuple[int, int],
    threads: int,
    overwrite: bool = False,
) -> UInt[np.ndarray, "H W 3"]:
    """The L of sRGB of 8 or 16 bits joined with ab, at stride 4 of an image of size `small`.

    Colours that sRGB does not have keep L and hue and get paler, as in
    `cielab.into_gamut`. With `overwrite` the result takes the place of `rgb`, if that may be
    written to: fresh memory for all pixels takes an eighth of a photograph's time.
    """
    height, width = rgb.shape[:2]
    top, bottom, down = _neighbours(height, small[0], ab.shape[1])
    left, right, along = _neighbours(width, small[1], ab.shape[2])
    wide = ab[..., left] + along * (ab[..., right] - ab[..., left])  # (2, h, W)
    # What they add to Lab's curve of Y, to get that of X and of Z.
    to_x, to_z = wide[0] / F(500), wide[1] / F(-200)
    tables = _tables(np.iinfo(rgb.dtype).max + 1)
    joined = rgb if overwrite and rgb.flags.writeable else np.empty_like(rgb)
    step = max(1, STRIPE // width)

    def stripe(start: int) -> None:
        rows = slice(start, start + step)
        ends = top[rows], bottom[rows], down[rows]
        _join_rows(rgb[rows], to_x, to_z, *ends, *tables, joined[rows])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(stripe, range(0, height, step)))
    return joined


def _neighbours(
    full: int, small: int, samples: int
) -> tuple[np.ndarray, np.ndarray, Float32[np.ndarray, " {full}"]]:
    """Along one axis, each full-size pixel's two samples and the share of the second.

    Sample i belongs at pixel 4·i of the small image (`decoding.enlarge`); beyond the
    last its value holds. The middles of pixels correspond.
    """
    position = ((np.arange(full) + 0.5) * small / full - 0.5) / OUTPUT_STRIDE
    position = position.clip(0, samples - 1)
    first = position.astype(np.int64)
    second = np.minimum(first + 1, samples - 1)
    return first, second, (position - first).astype(F)


@compiled(inline="always")
def _light(f):
    """The inverse of Lab's curve."""
    return f * f * f if f > CURVE_END else (f - OFFSET) * PER_SLOPE


@compiled(inline="always")
def _added(f, gray, x, z):
    """What x and z, added to the curve f of a gray, add to its R, G and B."""
    x, z = _light(f + x) - gray, _light(f + z) - gray
    return (
        FROM_X[0] * x + FROM_Z[0] * z,
        FROM_X[1] * x + FROM_Z[1] * z,
        FROM_X[2] * x + FROM_Z[2] * z,
    )


@compiled(inline="always")
def _is_outside(gray, r, g, b):
    """Whether sRGB lacks a gray with what is added to it, as in `cielab.in_gamut`."""
    too_light = max(r, max(g, b)) > LOOSE * (ONE - gray)
    return too_light | (min(r, min(g, b)) < -LOOSE * gray)


@compiled(inline="always")
def _entry(linear, entries):
    """The place of linear light, which rounding may have put outside of 0…1, in a table."""
    return np.int32(min(max(linear, ZERO), ONE) * entries + HALF)


@compiled(cache=True)
def _make_paler(f, gray, x, z, added, outside, count):
    """`added` at `count` pixels `outside` for the largest share of x and z that sRGB has.

    As in `cielab.largest_share`: all pixels are halved together.
    """
    parts, share = np.empty((4, RUN), F), np.zeros(RUN, F)
    for n in range(count):
        i = outside[n]
        parts[0, n], parts[1, n], parts[2, n], parts[3, n] = f[i], gray[i], x[i], z[i]
    step = ONE
    for _ in range(HALVINGS):
        step *= HALF
        for n in range(count):
            t = share[n] + step
            r, g, b = _added(parts[0, n], parts[1, n], t * parts[2, n], t * parts[3, n])
            share[n] = share[n] if _is_outside(parts[1, n], r, g, b) else t
    for n in range(count):
        i, t = outside[n], share[n]
        r, g, b = _added(parts[0, n], parts[1, n], t * parts[2, n], t * parts[3, n])
        added[0, i], added[1, i], added[2, i] = r, g, b


@compiled(nogil=True, cache=True)
def _join_rows(rgb, to_x, to_z, top, bottom, down, light, curve, codes, joined):
    f, gray, x, z = (
        np.empty(RUN, F),
        np.empty(RUN, F),
        np.empty(RUN, F),
        np.empty(RUN, F),
    )
    is_outside, outside = np.empty(RUN, np.uint8), np.empty(RUN, np.int32)
    added, entries = np.empty((3, RUN), F), np.empty((3, RUN), np.int32)
    # So that their sum is a place in the table of the curve.
    nodes, last = F(NODES), F(len(codes) - 1)
    red, green, blue = (
        light * TO_Y[0] * nodes,
        light * TO_Y[1] * nodes,
        light * TO_Y[2] * nodes,
    )
    height, width = rgb.shape[:2]
    for row in range(height):
        share = down[row]
        for start in range(0, width, RUN):
            n = min(RUN, width - start)
            pixels, result = (
                rgb[row, start : start + n],
                joined[row, start : start + n],
            )
            upper_x, lower_x = to_x[top[row], start:], to_x[bottom[row], start:]
            upper_z, lower_z = to_z[top[row], start:], to_z[bottom[row], start:]
            for i in range(n):
                place = red[pixels[i, 0]] + green[pixels[i, 1]] + blue[pixels[i, 2]]
                node = np.int32(place)
                part = place - F(node)
                f[i] = curve[node] + part * (curve[node + 1] - curve[node])
            # Loops with more arrays would not become vector instructions.
            for i in range(n):
                x[i] = upper_x[i] + share * (lower_x[i] - upper_x[i])
            for i in range(n):
                z[i] = upper_z[i] + share * (lower_z[i] - upper_z[i])
            for i in range(n):
                gray[i] = _light(f[i])
                r, g, b = _added(f[i], gray[i], x[i], z[i])
                is_outside[i] = _is_outside(gray[i], r, g, b)
                added[0, i], added[1, i], added[2, i] = r, g, b
            count = 0
            for i in range(n):
                outside[count] = i
                count += is_outside[i]
            if count:
                _make_paler(f, gray, x, z, added, outside, count)
            for i in range(n):
                entries[0, i] = _entry(gray[i] + added[0, i], last)
                entries[1, i] = _entry(gray[i] + added[1, i], last)
                entries[2, i] = _entry(gray[i] + added[2, i], last)
            for i in range(n):
                result[i, 0] = codes[entries[0, i]]
                result[i, 1] = codes[entries[1, i]]
                result[i, 2] = codes[entries[2, i]]
