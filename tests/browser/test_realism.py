"""A sitting in a real browser, by a simulated person, from the page to the rate."""

import itertools
import json

import numpy as np
import pytest

from colorization.evaluation import fooling
from colorization.evaluation.answer_key import Key, Pair
from colorization.pages import realism
from colorization.pages.demo_server import make_server
from tests.browser.conftest import check_accessible, take_pictures
from tests.support.serving import running

pytestmark = pytest.mark.browser

# In pictures made for the test, the photograph is green and the coloured one red.
GREEN, RED = (30, 160, 60), (190, 40, 60)


@pytest.fixture(scope="module")
def key():
    """Two practice pairs, one control, and four photographs by two runs each."""
    kinds = [("practice", "a", 0), ("practice", "b", 1), ("control", "", 2)]
    kinds += [("test", run, image) for run in "ab" for image in range(3, 7)]
    pairs = {
        f"{number:016x}": Pair(kind=kind, run=run, image=image, real=number % 2)
        for number, (kind, run, image) in enumerate(kinds)
    }
    return Key(sitting="feed", tests=4, pairs=pairs)


@pytest.fixture(scope="module")
def folder(key, tmp_path_factory):
    folder = tmp_path_factory.mktemp("realism")
    pictures = np.zeros((len(key.pairs), 2, 48, 48, 3), np.uint8)
    for pair, halves in zip(key.pairs.values(), pictures, strict=True):
        halves[pair.real], halves[1 - pair.real] = GREEN, RED
    realism.write(key, pictures, folder / "index.html", folder / "pairs")
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """Of the page on a server: of a page that is a file, no test may read pixels."""
    with running(make_server(folder, 0)) as address:
        yield address


@pytest.fixture
def sitting(page, address):
    """The page, ready to start, with a clock that the test turns."""
    page.clock.install()
    page.goto(f"{address}?seed=5")
    page.locator("#start:enabled").wait_for()
    return page


def question(page):
    """Turn the clock until the question is asked; the places that showed a green picture."""
    seen = []
    for _ in range(60):
        if page.locator(".answer").first.is_visible():
            return seen
        page.clock.run_for(100)
        for i, canvas in enumerate(page.locator(".place canvas").all()):
            if "on" in (canvas.get_attribute("class") or "") and i not in dict(seen):
                pixel = "c => [...c.getContext('2d').getImageData(9, 9, 1, 1).data]"
                seen.append((i, tuple(canvas.evaluate(pixel)[:3]) == GREEN))
    raise AssertionError("no question")


def real_place(seen):
    assert [place for place, _ in seen] == [0, 1]  # the first, then the second
    assert sum(green for _, green in seen) == 1
    return next(place for place, green in seen if green)


def answer(page, place, how):
    if how == "mouse":
        page.locator(".answer").nth(place).click()
    else:
        page.keyboard.press(
            {"number": "12"[place]}.get(how) or ("ArrowLeft", "ArrowRight")[place]
        )


def practise(page):
    page.locator("#start").click()
    for how in ("mouse", "number"):
        real = real_place(question(page))
        # Wrong by mouse, right by key.
        answer(page, real if how == "mouse" else 1 - real, how)
        said = page.locator("#question")
        expected = "No: that one is the photograph." if how == "mouse" else "Right."
        assert said.inner_text() == expected
        tags = page.locator(".tag").all_inner_texts()
        assert (
            tags[real] == "photograph" and tags[1 - real] == "coloured by the program"
        )
        assert page.locator("#next").evaluate("b => b === document.activeElement")
        page.keyboard.press("Enter")
    page.get_by_role("heading", name="Now it counts").wait_for()
    page.keyboard.press("Enter")


def saved(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the answers").click()
    assert "Saved as answers-" in page.locator("#saved").inner_text()
    return download.value.path()


def test_a_whole_sitting_and_what_comes_of_it(sitting, key, tmp_path):
    """A person who is fooled by the second and fourth photograph, and not by the control."""
    practise(sitting)
    real, wrong = [], []
    for number, how in zip(range(5), itertools.cycle(["mouse", "number", "arrow"])):
        assert sitting.locator("#count").inner_text() == f"Pair {number + 1} of 5"
        place = real_place(question(sitting))
        assert sitting.locator(".tag:visible").count() == 0
        is_fooled = number in (1, 3)
        answer(sitting, place if is_fooled else 1 - place, how)
        real.append(place)
        wrong.append(is_fooled)
        assert sitting.locator("#question").inner_text() == ""  # no feedback
    path = saved(sitting)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["seed"] == 5
    assert content == json.loads(sitting.locator("#text").input_value())
    for record in content["answers"]:
        assert all(abs(time - 1000) <= 100 for time in record["shown"])
    assert set(content) == {"format", "sitting", "person", "seed", "answers"}
    (read,) = fooling.read([str(path)], key)
    table = fooling.tabulate([read], key)
    assert table["fooled"].tolist() == wrong
    first = [record.first != key.pairs[record.pair].real for record in read.answers]
    assert first == [place == 1 for place in real]
    assert table.query("kind == 'test'")["run"].value_counts().to_dict() == dict(
        a=2, b=2
    )


def test_the_seed_gives_order_and_sides(page, folder, key):
    """The same seed the same sitting; others differ, and no photograph comes twice."""
    plan = "() => { state = seed; return JSON.stringify(choose()); }"

    def trials(query):
        page.goto((folder / "index.html").as_uri() + query)
        return json.loads(page.evaluate(plan))["counting"]

    assert trials("?seed=7") == trials("?seed=7") != trials("?seed=8")
    many = [trials("") for _ in range(12)]
    assert len({json.dumps(one) for one in many}) > 6
    assert {trial["first"] for one in many for trial in one} == {0, 1}
    for one in many:
        pairs = [key.pairs[trial["pair"]] for trial in one]
        assert sorted(pair.image for pair in pairs) == [2, 3, 4, 5, 6]
        assert sorted(pair.run for pair in pairs) == ["", "a", "a", "b", "b"]


def test_a_second_is_a_second(page, folder):
    """By the browser's own clock."""
    page.goto((folder / "index.html").as_uri())
    page.locator("#start").click()
    page.evaluate("""() => { window.times = []; for (const { canvas } of places)
        new MutationObserver(() => times.push(performance.now()))
        .observe(canvas, { attributeFilter: ["class"] }); }""")
    page.locator(".answer").first.wait_for()
    on, off, on_again, off_again = page.evaluate("times")
    assert off - on == pytest.approx(1000, abs=100)
    assert off_again - on_again == pytest.approx(1000, abs=100)
    assert on_again - off > 500


HIDE = """value => {
  Object.defineProperty(document, "hidden", { value, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_pair_that_was_out_of_sight_does_not_count(sitting, key):
    practise(sitting)
    for _ in range(30):
        sitting.clock.run_for(100)
        if sitting.locator("canvas.on").count():
            break
    sitting.evaluate(HIDE, True)
    sitting.evaluate(HIDE, False)
    sitting.clock.run_for(4000)
    sitting.get_by_role("heading", name="That pair does not count").wait_for()
    sitting.locator("#continue").click()
    for _ in range(4):
        answer(sitting, 1 - real_place(question(sitting)), "number")
    (read,) = fooling.read([str(saved(sitting))], key)
    fakes = [record.fake for record in read.answers]
    assert fakes[0] is None and None not in fakes[1:]


def test_a_pause(sitting):
    practise(sitting)
    sitting.locator("#pause").click()
    answer(sitting, real_place(question(sitting)), "number")
    sitting.get_by_role("heading", name="Pause").wait_for()
    sitting.clock.run_for(60_000)
    assert not sitting.locator("#sitting").is_visible()
    sitting.locator("#continue").click()
    assert sitting.locator("#pause").inner_text() == "Pause"
    assert real_place(question(sitting)) in (0, 1)
    assert sitting.locator("#count").inner_text() == "Pair 2 of 5"


def test_keys_do_nothing_before_the_question(sitting):
    sitting.locator("#start").click()
    sitting.clock.run_for(1500)
    sitting.keyboard.press("1")
    assert sitting.locator("#question").inner_text() == ""
    question(sitting)
    assert (
        sitting.locator("#question").inner_text() == "Which one did the program colour?"
    )


def test_a_missing_picture_is_named(browser, folder, tmp_path):
    """Not with the fixture `page`, which fails where a file is missing."""
    text = (folder / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    said = page.locator("#loading", has_text="cannot be shown")
    said.wait_for()
    assert "pairs/" in said.inner_text()
    assert page.locator("#start").is_disabled()
    page.close()


def test_it_looks_right_from_phone_to_wide(sitting):
    check_accessible(sitting)
    take_pictures(sitting, "realism")
    sitting.locator("#start").click()
    real = real_place(question(sitting))
    check_accessible(sitting)
    take_pictures(sitting, "realism-question")
    answer(sitting, real, "number")
    check_accessible(sitting)
    take_pictures(sitting, "realism-practice")
    # A phone lying down has both places and the question in sight.
    sitting.set_viewport_size(dict(width=740, height=340))
    assert sitting.locator("#next").evaluate(
        "b => b.getBoundingClientRect().bottom <= innerHeight"
    )
