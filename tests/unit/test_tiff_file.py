"""TIFFs of each depth and kind are read as their tags describe them."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage.color import lab2xyz, xyz2rgb, xyz_tristimulus_values

from colorization.images.image_file import load, load_rgb

HEIGHT, WIDTH = 4, 6
# From black to white, and colours of three such channels.
RAMP = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH, 1)
COLOURS = np.dstack([RAMP, RAMP[::-1], RAMP[:, ::-1]])
WHITE_IS_0, BLACK_IS_0, RGB, PALETTE, INKS, LAB, ICC_LAB = 0, 1, 2, 3, 5, 8, 9
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = 0, 1, 2


def codes(shares, bits):
    """Values 0…1 as integers of `bits` bits."""
    return np.rint(shares * (2**bits - 1)).astype(np.int64)


def packed(rows, bits, order):
    """Integers (H, N) of `bits` bits as bytes; each row starts with a whole byte."""
    if bits % 8 == 0:
        return rows.astype(f"{order}u{bits // 8}").tobytes()
    shown = rows[..., None] >> np.arange(bits)[::-1] & 1
    return np.packbits(shown.reshape(len(rows), -1).astype(bool), axis=1).tobytes()


def tiff(
    values, bits, photometric, extra=(), order="<", planes=1, compress=False, tags=()
):
    """A TIFF of integers (H, W, C); `tags` are more, each (number, type, count, bytes)."""
    height, width, channels = values.shape
    planes_or_image = [values.reshape(height, -1)]
    if planes == 2:
        planes_or_image = np.moveaxis(values, 2, 0)
    strips = [packed(rows, bits, order) for rows in planes_or_image]
    if compress:
        strips = [zlib.compress(strip) for strip in strips]

    def longs(*numbers):
        return 4, len(numbers), struct.pack(f"{order}{len(numbers)}I", *numbers)

    def shorts(*numbers):
        return 3, len(numbers), struct.pack(f"{order}{len(numbers)}H", *numbers)

    starts = np.cumsum([8, *map(len, strips)])
    entries = {
        256: longs(width),
        257: longs(height),
        258: shorts(*[bits] * channels),
        259: shorts(8 if compress else 1),
        262: shorts(photometric),
        273: longs(*starts[:-1]),
        277: shorts(channels),
        278: longs(height),
        279: longs(*map(len, strips)),
        284: shorts(planes),
    }
    if extra:
        entries[338] = shorts(*extra)
    entries |= {tag[0]: tag[1:] for tag in tags}
    beyond_start = int(starts[-1]) + 2 + 12 * len(entries) + 4
    table, beyond = struct.pack(f"{order}H", len(entries)), b""
    for number, (kind, count, data) in sorted(entries.items()):
        if len(data) > 4:
            data, beyond = (
                struct.pack(f"{order}I", beyond_start + len(beyond)),
                beyond + data,
            )
        table += struct.pack(f"{order}HHI", number, kind, count) + data.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(
        f"{order}HI", 42, starts[-1]
    )
    return head + b"".join(strips) + table + bytes(4) + beyond


@pytest.fixture
def read(tmp_path):
    """A function that reads bytes as a TIFF: colours and alpha, 0…1."""

    def read(content):
        (tmp_path / "a.tif").write_bytes(content)
        photograph = load(tmp_path / "a.tif")
        top = np.iinfo(photograph.rgb.dtype).max
        alpha = photograph.alpha
        return photograph.rgb / top, alpha if alpha is None else alpha / top

    return read


def is_close(rgb, expected, bits, steps=0.51):
    """Whether values differ by no more than rounding to `bits` bits, and to 8."""
    difference = np.abs(rgb - expected).max()
    return difference <= steps / (2**bits - 1) + (0.51 / 255 if bits < 8 else 1e-5)


@pytest.mark.parametrize("bits", range(1, 17))
def test_white_is_white_at_every_depth(read, bits):
    for order in "<>":
        for compress in (False, True):
            options = dict(order=order, compress=compress)
            black = tiff(codes(RAMP, bits), bits, BLACK_IS_0, **options)
            white = tiff(codes(1 - RAMP, bits), bits, WHITE_IS_0, **options)
            for content in (black, white):
                rgb, alpha = read(content)
                assert is_close(rgb, RAMP, bits) and alpha is None
                assert rgb[0, 0, 0] == 0 and rgb[-1, -1, 0] == 1
            for planes in (1, 2):
                colours = codes(COLOURS, bits)
                content = tiff(colours, bits, RGB, planes=planes, **options)
                assert is_close(read(content)[0], COLOURS, bits)


@pytest.mark.parametrize("bits", [4, 8, 10, 12, 16])
@pytest.mark.parametrize("photometric", [BLACK_IS_0, RGB, INKS])
def test_alpha_is_what_the_file_states(read, bits, photometric):
    """White (or no ink) of half opacity, and a channel without a meaning."""
    channels = {BLACK_IS_0: 1, RGB: 3, INKS: 4}[photometric]
    white = np.full((HEIGHT, WIDTH, channels), photometric != INKS, float)
    half = np.full((HEIGHT, WIDTH, 1), 0.5)
    for planes in (1, 2):
        for extra, stored, expected in [
            (PREMULTIPLIED, white * 0.5, 0.5),
            (STRAIGHT, white, 0.5),
            (UNSPECIFIED, white, None),
            (None, white, None),
        ]:
            values = codes(np.dstack([stored, half]), bits)
            tag = () if extra is None else (extra,)
            content = tiff(values, bits, photometric, tag, planes=planes)
            colours, alpha = read(content)
            assert is_close(colours, 1, bits), extra
            assert (alpha is None) == (expected is None)
            if expected:
                assert is_close(alpha, expected, bits, 1)


def test_alpha_may_stand_behind_channels_that_mean_nothing(read):
    more = np.full((HEIGHT, WIDTH, 2), 0.2)
    more[..., 1] = 0.8
    values = codes(np.dstack([COLOURS, more]), 16)
    colours, alpha = read(tiff(values, 16, RGB, (UNSPECIFIED, STRAIGHT)))
    assert is_close(colours, COLOURS, 16) and is_close(alpha, 0.8, 16)


def test_a_gray_image_of_many_channels_is_refused(read):
    with pytest.raises(ValueError, match="MINISBLACK with 3 channels of 8 bits"):
        read(tiff(codes(COLOURS, 8), 8, BLACK_IS_0, (0, 0)))


def turned(order="<"):
    return 274, 3, 1, struct.pack(f"{order}H", 6)


def swapped():
    """A profile whose red is sRGB's green, and whose green its red."""
    return imagecodecs.cms_profile(
        "rgb",
        whitepoint=[0.3127, 0.329],
        primaries=[0.3, 0.6, 0.64, 0.33, 0.15, 0.06],
        gamma=2.2,
    )


@pytest.mark.parametrize("bits", [8, 10, 14, 16, 32])
def test_integers_are_turned_and_their_profile_converted(read, bits):
    profile = swapped()
    tags = [turned(), (34675, 7, len(profile), profile)]
    rgb, _ = read(tiff(codes(COLOURS, bits), bits, RGB, tags=tags))
    expected = np.rot90(COLOURS[..., [1, 0, 2]], -1)
    assert np.abs(rgb - expected).mean() < 0.02


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_floats_are_turned_and_their_profile_converted(tmp_path, kind):
    tags = [(274, 3, 1, 6, True)]
    values = COLOURS.astype(kind)
    options = dict(photometric="rgb", extratags=tags, iccprofile=swapped())
    for bigtiff in (False, True):
        tifffile.imwrite(tmp_path / "a.tif", values, bigtiff=bigtiff, **options)
        rgb = load(tmp_path / "a.tif").rgb / 65535
        expected = np.rot90(COLOURS[..., [1, 0, 2]], -1)
        assert np.abs(rgb - expected).mean() < 0.02
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    rgb = load(tmp_path / "a.tif").rgb / 65535
    assert np.abs(rgb - COLOURS).max() < (1e-3 if kind == "float16" else 1e-5)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_palettes(read, bits):
    count = 2**bits
    palette = np.arange(3 * count).reshape(3, count) * 257 * 40 % 65536
    tag = 320, 3, 3 * count, palette.astype("<u2").tobytes()
    index = codes(RAMP, bits)
    rgb, alpha = read(tiff(index, bits, PALETTE, tags=[tag]))
    assert alpha is None
    assert np.abs(rgb - palette.T[index[..., 0]] / 65535).max() <= 1 / 255
    index = np.dstack([index, np.full_like(index, 2**bits - 1)])
    rgb, alpha = read(tiff(index, bits, PALETTE, (STRAIGHT,), tags=[tag]))
    assert np.abs(rgb - palette.T[index[..., 0]] / 65535).max() <= 1 / 255
    assert (alpha == 1).all()


def test_a_palette_of_8_bits_in_16(read):
    palette = np.repeat(np.arange(256, dtype="<u2")[None], 3, axis=0)
    tag = 320, 3, 768, palette.tobytes()
    rgb, _ = read(tiff(codes(RAMP, 8), 8, PALETTE, tags=[tag]))
    assert is_close(rgb, RAMP, 8)


@pytest.mark.parametrize("bits", [8, 16])
def test_lab(read, bits):
    """Against the equations: Lab of D50, adapted to D65 by Bradford's transform."""
    lightness, chroma = 20 + 60 * RAMP, 15 * np.sin(6 * RAMP)
    lab = np.dstack([lightness, chroma, -chroma])
    xyz = lab2xyz(lab, illuminant="D50")
    cones = np.array(
        [
            [0.8951, 0.2664, -0.1614],
            [-0.7502, 1.7135, 0.0367],
            [0.0389, -0.0685, 1.0296],
        ]
    )
    whites = [
        cones @ xyz_tristimulus_values(illuminant=illuminant, observer="2")
        for illuminant in ("D65", "D50")
    ]
    adapt = np.linalg.inv(cones) @ np.diag(whites[0] / whites[1]) @ cones
    expected = xyz2rgb(xyz @ adapt.T)
    unit = 1 << (bits - 8)
    signed = np.rint(
        np.dstack([lab[..., 0] / 100 * (2**bits - 1), lab[..., 1:] * unit])
    )
    around = np.rint(
        np.dstack([lab[..., 0] * 255 / 100 * unit, (lab[..., 1:] + 128) * unit])
    )
    for values, photometric in [(signed % 2**bits, LAB), (around, ICC_LAB)]:
        rgb, _ = read(tiff(values.astype(int), bits, photometric))
        assert np.abs(rgb - expected).max() < (0.02 if bits == 8 else 0.002)


def test_16_bits_of_ink(read):
    inks = np.dstack([COLOURS, RAMP / 2])
    rgb, _ = read(tiff(codes(inks, 16), 16, INKS))
    assert np.abs(rgb - (1 - COLOURS) * (1 - RAMP / 2)).max() < 1e-4
    with pytest.raises(ValueError, match="SEPARATED"):  # inks that are not CMYK
        read(tiff(codes(inks, 16), 16, INKS, tags=[(332, 3, 1, b"\2\0")]))


@pytest.mark.parametrize(
    ("kind", "top"),
    [
        ("int8", 2**7 - 1),
        ("int16", 2**15 - 1),
        ("int32", 2**31 - 1),
        ("int32", 2**16 - 1),  # 16 bits in a wider type
        ("uint32", 2**32 - 1),
        ("uint64", 2**64 - 1),
    ],
)
def test_other_integers(tmp_path, kind, top):
    values = (RAMP * float(top)).astype(kind) if top < 2**60 else None
    if values is None:
        values = (RAMP * 2**32).astype(kind) * np.uint64(2**32 - 1)
    tifffile.imwrite(tmp_path / "a.tif", values[..., 0])
    rgb = load(tmp_path / "a.tif").rgb
    white = np.iinfo(rgb.dtype).max
    # One step of the file's numbers, and rounding.
    assert np.abs(rgb - RAMP * white).max() <= white / top + 1
    if kind[0] == "i":
        tifffile.imwrite(tmp_path / "a.tif", values[..., 0] - 1)
        with pytest.raises(ValueError, match="negative"):
            load(tmp_path / "a.tif")


def test_numbers_that_are_no_light_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", RAMP[..., 0].astype(np.complex64))
    with pytest.raises(ValueError, match="complex"):
        load(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), np.nan, np.float32))
    with pytest.raises(ValueError, match="outside of 0…1"):
        load(tmp_path / "a.tif")


PHOTO = np.asarray(
    Image.fromarray(codes(COLOURS, 8).astype(np.uint8)).resize((96, 80), 2)
)


@pytest.mark.parametrize(
    "options",
    [
        dict(compression="jpeg"),
        dict(compression="webp"),
        dict(compression="lzw", predictor=True),
        dict(compression="zlib", predictor=True, planarconfig="separate"),
        dict(compression="packbits", tile=(32, 32)),
        dict(compression="zstd", bigtiff=True, byteorder=">"),
        dict(compression="lerc"),
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
def test_compressions_and_layouts(tmp_path, options):
    options = dict(photometric="rgb") | options
    values = PHOTO
    if options.get("planarconfig"):
        values = np.moveaxis(PHOTO, 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", values, **options)
    rgb = np.asarray(load_rgb(tmp_path / "a.tif")).astype(int)
    assert np.abs(rgb - PHOTO).mean() < 4


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "raw"])
def test_luminance_and_chroma(tmp_path, compression):
    image = Image.fromarray(PHOTO).convert("YCbCr")
    exif = Image.Exif()
    exif[274] = 6
    image.save(tmp_path / "a.tif", compression=compression, tiffinfo=exif)
    rgb = np.asarray(load_rgb(tmp_path / "a.tif")).astype(int)
    assert np.abs(rgb - np.rot90(PHOTO, -1)).mean() < 4


def test_bits_in_the_other_order(read):
    values = codes(RAMP > 0.5, 1)
    content = tiff(values, 1, BLACK_IS_0, tags=[(266, 3, 1, b"\2\0")])
    row = np.packbits(values[..., 0].astype(bool), axis=1)
    assert row.tobytes() in content
    flipped = np.packbits(np.unpackbits(row, axis=1)[:, ::-1], axis=1)
    content = content.replace(row.tobytes(), flipped.tobytes())
    assert np.array_equal(read(content)[0][..., :1], RAMP > 0.5)


def test_a_thumbnail_is_not_the_photograph(tmp_path):
    small = PHOTO[::8, ::8]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(small, photometric="rgb", subfiletype=1)
        file.write(PHOTO, photometric="rgb")
    assert load(tmp_path / "a.tif").rgb.shape == PHOTO.shape
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:  # inside the first page
        file.write(small, photometric="rgb", subfiletype=1, subifds=1)
        file.write(PHOTO, photometric="rgb")
    assert load(tmp_path / "a.tif").rgb.shape == PHOTO.shape
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:  # a pyramid
        file.write(PHOTO, photometric="rgb", subifds=1)
        file.write(small, photometric="rgb", subfiletype=1)
    assert load(tmp_path / "a.tif").rgb.shape == PHOTO.shape


def test_a_cameras_raw_file_is_not_its_thumbnail(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.dng") as file:
        file.write(PHOTO, photometric="rgb", subfiletype=1, subifds=1)
        file.write(PHOTO[..., 0], photometric="cfa")
    with pytest.raises(ValueError, match="camera raw: export as JPEG or TIFF"):
        load(tmp_path / "a.dng")


@pytest.mark.parametrize("compression", [None, "jpeg", "lzw", "zlib", "webp"])
@pytest.mark.parametrize("tile", [None, (32, 32)])
def test_a_file_that_is_cut_off_is_refused(tmp_path, compression, tile):
    options = dict(photometric="rgb", compression=compression, tile=tile)
    tifffile.imwrite(tmp_path / "a.tif", PHOTO, metadata=None, **options)
    content = (tmp_path / "a.tif").read_bytes()
    for share in (0.3, 0.7, 0.98):
        (tmp_path / "a.tif").write_bytes(content[: int(len(content) * share)])
        with pytest.raises((ValueError, OSError)):
            load(tmp_path / "a.tif")
