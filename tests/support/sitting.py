"""Sittings of people who are made up, and are fooled as often as told."""

import json

import numpy as np

from colorization.evaluation.answer_key import Key, Pair


def make_key(runs=("a", "b"), photographs=20, tests=10, controls=4):
    """A key whose pairs have names without meaning."""
    rng = np.random.default_rng(0)
    kinds = [("practice", runs[0], image) for image in range(3)]
    kinds += [("control", "", 3 + i) for i in range(controls)]
    kinds += [("test", run, 10 + i) for run in runs for i in range(photographs)]
    pairs = {
        f"{i:016x}": Pair(kind=kind, run=run, image=image, real=int(rng.integers(2)))
        for i, (kind, run, image) in enumerate(kinds)
    }
    return Key(sitting="0123456789abcdef", tests=tests, pairs=pairs)


def sit(key, person, fooled, wrong_controls=0):
    """The content of a file as the page saves it.

    The person sees photographs that its number chooses, of each run equally many, and is
    fooled where `fooled(run, i)` says so, of the run's pairs in their order.
    """
    rng = np.random.default_rng(person)
    by_image = {}
    for name, pair in key.named("test").items():
        by_image.setdefault(pair.image, []).append(name)
    images = rng.permutation(sorted(by_image))[: key.tests].tolist()
    seen, answers = {}, []
    for i, image in enumerate(images):
        name = by_image[image][i % len(by_image[image])]
        run = key.pairs[name].run
        number = seen[run] = seen.get(run, -1) + 1
        answers.append((name, bool(fooled(run, number))))
    for i, name in enumerate(key.named("control")):
        answers.append((name, i < wrong_controls))
    return dict(
        format="colorization sitting 1",
        sitting=key.sitting,
        person=f"{person:032x}",
        seed=person,
        answers=[
            dict(
                pair=name,
                first=int(rng.integers(2)),
                # Fooled: the photograph was called colorized.
                fake=key.pairs[name].real if wrong else 1 - key.pairs[name].real,
                shown=[1000.0, 1000.0],
                waited=800.0,
            )
            for name, wrong in answers
        ],
    )


def save(folder, content, name=None):
    """Write the content of a file of answers, and return the path as text."""
    path = folder / (name or f"answers-{content['person'][-4:]}.json")
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)
