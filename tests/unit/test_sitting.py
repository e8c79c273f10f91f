"""What people are shown: which pictures, and that nothing but colours tells them apart."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from colorization.evaluation import baselines, sitting
from colorization.evaluation.answer_key import Key
from colorization.inference.predict import batches
from colorization.pages import realism
from colorization.runtime.log import StageError

CPU = torch.device("cpu")
SETTINGS = dict(pairs=40, images=100, seed=0)


@pytest.mark.parametrize(
    ("images", "counts"),
    [(240, (10, 4, 100, 36)), (50, (10, 4, 36, 36)), (16, (3, 1, 12, 12))],
)
def test_practice_controls_and_pairs_are_of_different_photographs(images, counts):
    chosen = sitting.choose(images, SETTINGS)
    found = (len(chosen.practice), len(chosen.control), len(chosen.test), chosen.tests)
    assert found == counts
    assert len(set(chosen.all)) == len(chosen.all)
    assert set(chosen.all) <= set(range(images))


def test_another_seed_chooses_others_and_few_images_are_refused():
    assert sitting.choose(240, SETTINGS | dict(seed=1)) != sitting.choose(240, SETTINGS)
    with pytest.raises(StageError, match="1 test images are too few"):
        sitting.choose(1, SETTINGS)


@pytest.fixture(scope="module")
def images():
    """Windows of the photographs of a cat and of coffee."""
    rng, windows = np.random.default_rng(0), []
    for photograph in (data.chelsea(), data.coffee()) * 10:
        y, x = (rng.integers(n - 32) for n in photograph.shape[:2])
        windows.append(photograph[y : y + 32, x : x + 32])
    return np.array(windows)


def make(images, methods, seed=0):
    return sitting.make(
        sitting.choose(len(images), dict(pairs=12, images=100, seed=seed)),
        lambda numbers, method: sitting.colourings(images[numbers], method, 3, CPU),
        methods,
        sitting.wrong_colours(images, CPU),
        seed,
    )


METHODS = dict(one=baselines.gray, two=baselines.truth_colours)


@pytest.fixture(scope="module")
def made(images):
    return make(images, METHODS)


def test_pairs_hold_the_photograph_where_the_key_says(made, images):
    key, pairs = made
    assert len(key.pairs) == len(pairs)
    places = set()
    for pair, pictures in zip(key.pairs.values(), pairs, strict=True):
        truth = images[pair.image].astype(int)
        real, fake = pictures[pair.real], pictures[1 - pair.real].astype(int)
        assert abs(real - truth).max() <= 1
        if pair.run == "one":
            assert np.ptp(fake, axis=-1).max() <= 1
        elif pair.run == "two":
            assert np.array_equal(fake, real)
        places.add(pair.real)
    assert places == {0, 1}


def test_each_run_colours_each_photograph_that_is_asked_about(made):
    key, _ = made
    by_run = {
        run: {pair.image for pair in key.named("test").values() if pair.run == run}
        for run in METHODS
    }
    assert by_run["one"] == by_run["two"]
    practice = [pair.run for pair in key.named("practice").values()]
    assert practice.count("one") == practice.count("two") == 2


def test_controls_are_far_from_the_truth(images):
    (batch,) = batches(images[:6], 6, CPU)

    def distance(method):
        return (method(batch).ab - batch.ab).norm(dim=1).mean((1, 2))

    tried = [distance(baselines.random(images, s, CPU)) for s in range(sitting.TRIES)]
    found = distance(sitting.wrong_colours(images, CPU))
    torch.testing.assert_close(found, torch.stack(tried).amax(0))


def test_a_sitting_is_known_by_its_pictures(made, images):
    again, _ = make(images, METHODS)
    assert again == made[0]
    changed = images.copy()
    changed[:, 0, 0] ^= 8
    others = make(changed, METHODS)[0], make(images, METHODS, seed=1)[0]
    assert len({key.sitting for key in (again, *others)}) == 3
    assert not set(again.pairs) & set(others[0].pairs)


@pytest.fixture
def page(made, tmp_path):
    realism.write(*made, tmp_path / "index.html", tmp_path / "pairs")
    return tmp_path


def test_both_pictures_of_a_pair_are_one_file_without_loss(made, page):
    key, pairs = made
    names = {path.name for path in (page / "pairs").iterdir()}
    assert names == {f"{name}.webp" for name in key.pairs}
    for name, pair in zip(key.pairs, pairs, strict=True):
        with Image.open(page / "pairs" / f"{name}.webp") as picture:
            assert picture.size == (32, 64)
            assert np.array_equal(np.asarray(picture), pair.reshape(64, 32, 3))


def test_the_page_does_not_know_which_is_real(made, page, tmp_path):
    """The same page comes out if in all pairs that count the other picture is real."""
    key, pairs = made
    other = {
        name: pair
        if pair.kind == "practice"
        else pair.model_copy(update=dict(real=1 - pair.real))
        for name, pair in key.pairs.items()
    }
    turned = Key(sitting=key.sitting, tests=key.tests, pairs=other)
    realism.write(turned, pairs, tmp_path / "turned.html", tmp_path / "pairs")
    text = (page / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "turned.html").read_text(encoding="utf-8") == text
    plan = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    assert len(plan["photographs"]) == 15
    assert all(len(pairs) == 2 for pairs in plan["photographs"])
    assert not re.search(r"https?://|url\(|@import", text)


def test_large_pictures_are_as_large_as_a_screen_shows(made, tmp_path):
    key, _ = made
    one = dict(list(key.pairs.items())[:1])
    small = Key(sitting=key.sitting, tests=1, pairs=one)
    pairs = np.zeros((1, 2, 600, 600, 3), np.uint8)
    realism.write(small, pairs, tmp_path / "index.html", tmp_path / "pairs")
    with Image.open(*(tmp_path / "pairs").iterdir()) as picture:
        assert picture.size == (512, 1024)
