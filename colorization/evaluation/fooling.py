"""How often people took a colorized picture for the photograph: the fooling rate.

Section 3.1 and the last column of Table 1 of the paper. 50 % would be perfect.
"""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from colorization.evaluation.answer_key import Key, Place
from colorization.evaluation.bootstrap import interval, resampling
from colorization.evaluation.metrics_file import Interval
from colorization.runtime.json_file import Stored, Text, read_json
from colorization.runtime.log import StageError

METRIC = "fooling_rate"
# People who recognized a smaller share of the controls were not looking.
ATTENTIVE = 0.75


class Answer(Stored):
    """One pair as a person saw it; 0 and 1 are the places of a picture in its pair file."""

    pair: Text
    first: Place  # the picture that was shown first
    # The one that was called colorized; null if a picture was not seen for its second.
    fake: Place | None
    shown: list[float]  # milliseconds, of the first and of the second picture
    waited: float | None  # milliseconds from the second picture's end to the answer


class Answers(Stored):
    """A file that the page saves: one person's answers, without the practice."""

    format: Literal["colorization sitting 1"]
    sitting: Text
    person: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]  # random
    seed: int
    answers: list[Answer]


class Rate(Interval):
    """The fooling rate of a run, 0…1, over so many answers about so many photographs."""

    answers: int
    photographs: int


class Fooling(Stored):
    """What people answered, by run. A run without answers is missing."""

    people: int  # whose answers count
    inattentive: int  # others, who did not recognize the controls
    unseen: int  # pairs that were out of sight during their second
    controls: float | None  # share of controls that was recognized, by all people
    runs: dict[str, Rate]


def read(paths: list[str], key: Key) -> list[Answers]:
    """The answers in files. Raises StageError, with its name, for a file not to be used."""
    people: dict[str, str] = {}
    found = []
    for path in paths:
        answers = _read(path, key)
        first = people.setdefault(answers.person, path)
        if first != path:
            raise StageError(
                f"{path}: the same sitting as {first}: name one of them in "
                "realism.answers"
            )
        found.append(answers)
    return found


def _read(path: str, key: Key) -> Answers:
    try:
        found = read_json(Path(path), Answers)
    except StageError as error:
        raise StageError(
            f"{error}; realism.answers wants files that the page "
            "results/realism/index.html saved"
        ) from None
    if found.sitting != key.sitting:
        raise StageError(
            f"{path}: answers to other pictures: its sitting is {found.sitting}, that of "
            f"results/realism/index.html is {key.sitting}; take it out of realism.answers"
        )
    pairs = [key.pairs.get(answer.pair) for answer in found.answers]
    if unknown := [a.pair for a, p in zip(found.answers, pairs, strict=True) if not p]:
        raise StageError(
            f"{path}: damaged: the pair {unknown[0]!r} is not in the sitting"
        )
    images = [pair.image for pair in pairs if pair]
    if len(set(images)) < len(images):
        raise StageError(f"{path}: damaged: one photograph was answered twice")
    wanted = key.tests + len(key.named("control"))
    practice = sum(pair.kind == "practice" for pair in pairs if pair)
    if len(images) != wanted or practice:
        of_them = f", {practice} of them practice," if practice else ","
        raise StageError(
            f"{path}: damaged: {len(images)} answers{of_them} and a sitting has {wanted}"
        )
    return found


def tabulate(sittings: list[Answers], key: Key) -> pd.DataFrame:
    """One row an answer: person, kind, run, image, and whether it was fooled.

    `fooled` is 1 if the photograph was called colorized, else 0, and NaN without an answer.
    """
    rows = [
        dict(
            person=sitting.person,
            **(pair := key.pairs[answer.pair]).model_dump(exclude={"real"}),
            fooled=np.nan if answer.fake is None else float(answer.fake == pair.real),
        )
        for sitting in sittings
        for answer in sitting.answers
    ]
    return pd.DataFrame(rows, columns=["person", "kind", "run", "image", "fooled"])


def summarise(table: pd.DataFrame) -> Fooling:
    """The rate of each run in a table as `tabulate` makes it."""
    seen = table[table["fooled"].notna()]
    controls = seen[seen["kind"] == "control"]
    recognized = 1 - controls.groupby("person")["fooled"].mean()
    people = recognized.index[recognized >= ATTENTIVE]
    counted = seen[seen["person"].isin(people) & (seen["kind"] == "test")]
    return Fooling(
        people=len(people),
        inattentive=table["person"].nunique() - len(people),
        unseen=len(table) - len(seen),
        controls=None if controls.empty else float(1 - controls["fooled"].mean()),
        runs=rates(counted),
    )


def rates(counted: pd.DataFrame) -> dict[str, Rate]:
    """The rate of each run with its interval over people and photographs.

    People and photographs are drawn anew, both with replacement, and an answer counts as
    often as its person times its photograph: Owen's pigeonhole bootstrap (2007). It is
    cautious: with few answers, intervals are rather too wide than too narrow.
    """
    if counted.empty:
        return {}
    person, people = pd.factorize(counted["person"], sort=True)
    image, images = pd.factorize(counted["image"], sort=True)
    drawn_people, drawn_images = resampling(len(people)), resampling(len(images), 1)
    found = {}
    for run, rows in counted.assign(person=person, image=image).groupby("run"):
        answers = np.zeros((2, len(people), len(images)))
        np.add.at(answers[0], (rows["person"], rows["image"]), 1)
        np.add.at(answers[1], (rows["person"], rows["image"]), rows["fooled"])
        counts, fooled = (
            (drawn_people @ part * drawn_images).sum(1) for part in answers
        )
        drawn = counts > 0  # of few answers, a resample may hold none
        found[str(run)] = Rate(
            **interval(fooled[drawn] / counts[drawn]),
            answers=len(rows),
            photographs=rows["image"].nunique(),
        )
    return found


def rows(fooling: Fooling, judged: list[str], datasets: dict[str, str]) -> list[dict]:
    """Rows of comparison.csv, one a run; `judged` are the runs of the sitting."""
    found = []
    for run, dataset in datasets.items():
        row = dict(run=run, kind="run", dataset=dataset, metric=METRIC)
        if run in fooling.runs:
            ends = fooling.runs[run].model_dump(include={"value", "low", "high"})
            found.append(row | ends)
        else:
            reason = "no answers that count" if run in judged else "not in the sitting"
            found.append(row | dict(reason=reason))
    return found
