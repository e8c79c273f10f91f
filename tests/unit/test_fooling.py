"""The fooling rate of made-up people, against what it must be."""

import json

import numpy as np
import pandas as pd
import pytest

from colorization.evaluation import bootstrap, fooling
from colorization.runtime.log import StageError
from tests.support.sitting import make_key, save, sit


def summary_of(folder, key, sittings):
    paths = [save(folder, content) for content in sittings]
    return fooling.summarise(fooling.tabulate(fooling.read(paths, key), key))


def test_the_rate_is_the_share_of_photographs_called_colorized(tmp_path):
    # Of its five pairs, run a fools everybody with one, b with three.
    key = make_key()
    least = dict(a=1, b=3)
    people = [sit(key, i, lambda run, n: n < least[run]) for i in range(6)]
    found = summary_of(tmp_path, key, people)
    assert (found.people, found.inattentive, found.unseen) == (6, 0, 0)
    assert found.controls == 1
    assert {run: rate.value for run, rate in found.runs.items()} == dict(a=0.2, b=0.6)
    for rate in found.runs.values():
        assert rate.answers == 30
        assert 0 <= rate.low < rate.value < rate.high <= 1


def test_who_does_not_recognize_the_controls_is_left_out(tmp_path):
    key = make_key()
    people = [sit(key, 0, lambda *_: False), sit(key, 1, lambda *_: False, 1)]
    people += [sit(key, 2, lambda *_: True, 2)]
    found = summary_of(tmp_path, key, people)
    assert (found.people, found.inattentive) == (2, 1)
    assert found.controls == pytest.approx(9 / 12)
    assert found.runs["a"].value == 0


def test_pairs_out_of_sight_do_not_count(tmp_path):
    key = make_key(runs=["a"])
    content = sit(key, 0, lambda run, n: n == 0)
    content["answers"][0] |= dict(fake=None, waited=None, shown=[1000.0, 5600.0])
    found = summary_of(tmp_path, key, [content])
    assert found.unseen == 1
    assert (found.runs["a"].value, found.runs["a"].answers) == (0, 9)


def test_without_anybody_who_looked_there_is_no_rate(tmp_path):
    key = make_key()
    found = summary_of(tmp_path, key, [sit(key, 0, lambda *_: True, 4)])
    assert (found.people, found.runs) == (0, {})
    datasets = dict(a="x", b="x", c="y")
    reasons = [row["reason"] for row in fooling.rows(found, ["a", "b"], datasets)]
    assert reasons == ["no answers that count"] * 2 + ["not in the sitting"]


def answers(fooled):
    """A table of each person's answer to each image, from fooled (people, images)."""
    people, images = np.indices(fooled.shape).reshape(2, -1)
    return pd.DataFrame(
        dict(
            person=people.astype(str),
            image=images,
            run="a",
            kind="test",
            fooled=fooled.ravel().astype(float),
        )
    )


def test_the_bootstrap_is_that_of_repeated_rows(rng):
    """People and photographs drawn one by one, and their answers put together in lists."""
    table = answers(rng.random((5, 7)) < 0.4)
    table = table[rng.random(len(table)) < 0.7]  # not everybody sees every photograph
    rate = fooling.rates(table)["a"]
    people, images = sorted(set(table["person"])), sorted(set(table["image"]))
    value = {(r.person, r.image): r.fooled for r in table.itertuples()}
    draws = bootstrap.resampling(len(people)), bootstrap.resampling(len(images), 1)
    means = []
    for of_people, of_images in zip(*draws, strict=True):
        drawn = [
            value[p, i]
            for p in np.repeat(people, of_people.astype(int))
            for i in np.repeat(images, of_images.astype(int))
            if (p, i) in value
        ]
        means.append(np.mean(drawn))
    expected = np.quantile(means[1:], [0.025, 0.975])
    assert rate.value == pytest.approx(table["fooled"].mean())
    assert [rate.low, rate.high] == pytest.approx(expected)
    assert rate.photographs == len(images)


@pytest.mark.parametrize("by", ["people", "photographs"])
def test_the_interval_is_as_wide_as_people_or_photographs_differ(by, rng):
    """All answers of a person (or about a photograph) alike: n values, not n² answers."""
    fooled = np.repeat(rng.random((100, 1)) < 0.3, 100, axis=1)
    rate = fooling.rates(answers(fooled if by == "people" else fooled.T))["a"]
    error = np.sqrt(rate.value * (1 - rate.value) / 100)
    assert rate.high - rate.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_of_answers_at_random_the_interval_is_cautious(rng):
    """Owen (2007): the variance is then three times that of independent answers."""
    rate = fooling.rates(answers(rng.random((60, 60)) < 0.3))["a"]
    error = np.sqrt(3 * 0.3 * 0.7 / 3600)
    assert rate.high - rate.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def damaged(change):
    def make(key, folder):
        content = sit(key, 0, lambda *_: False)
        change(content)
        return [save(folder, content, "bad.json")]

    return make


def repeated(content):
    content["answers"][1] = content["answers"][0]


def cut_short(key, folder):
    path = folder / "bad.json"
    path.write_text(json.dumps(sit(key, 0, lambda *_: False))[:400], encoding="utf-8")
    return [str(path)]


def twice(key, folder):
    content = sit(key, 0, lambda *_: False)
    return [save(folder, content, "good.json"), save(folder, content, "bad.json")]


def foreign(key, folder):
    (folder / "bad.json").write_text('{"name": "package"}', encoding="utf-8")
    return [str(folder / "bad.json")]


BAD = {
    "cut short": (cut_short, "cannot read the JSON"),
    "not of the page": (foreign, "realism.answers wants files that the page"),
    "of other pictures": (
        damaged(lambda c: c.update(sitting="feed")),
        "answers to other pictures: its sitting is feed, that of",
    ),
    "twice": (twice, "the same sitting as .*good.json"),
    "a photograph twice": (damaged(repeated), "one photograph was answered twice"),
    "half a sitting": (
        damaged(lambda c: c.update(answers=c["answers"][:5])),
        "5 answers, and a sitting has 14",
    ),
    "an unknown pair": (
        damaged(lambda c: c["answers"][0].update(pair="beef")),
        "the pair 'beef' is not in the sitting",
    ),
    "a practice pair": (
        damaged(lambda c: c["answers"][0].update(pair=f"{0:016x}")),
        "damaged: 14 answers, 1 of them practice, and a sitting has 14",
    ),
    "an answer that is none": (
        damaged(lambda c: c["answers"][0].update(fake=2)),
        "answers: 0: fake: 2 is wrong",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_by_name(case, tmp_path):
    make, said = BAD[case]
    key = make_key()
    with pytest.raises(StageError, match=said) as error:
        fooling.read(make(key, tmp_path), key)
    assert str(error.value).startswith(str(tmp_path / "bad.json"))
    assert "\n" not in str(error.value)
