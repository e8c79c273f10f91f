"""Sentences on the measured limits of a model."""

import pandas as pd

from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.pages.report.metrics import METRICS
from colorization.pages.report.numbers import loss, number
from colorization.pages.report.results import FinishedRun
from colorization.pages.report.runs import kept

# A last validation loss that is higher than the least by this share means overfitting.
OVERFITTED = 0.01
# The share of the test images that count as the worst.
WORST = 0.05
# Above this share of gray training images there is a warning.
MOSTLY = 0.5
SAME_PHOTOGRAPHS = (
    "Training, validation and test windows are different parts of the same five "
    "photographs: the numbers say how well it knows these, and little about others."
)


def limits(run: FinishedRun, per_image: pd.DataFrame) -> list[str]:
    """All sentences; `per_image` is the run's table per_image.csv."""
    return [
        *_images(per_image),
        _colourfulness(run),
        *_unseen(run),
        *mostly_gray(run),
        *_training(run),
        *_unmeasured(run),
    ]


def _images(per_image: pd.DataFrame) -> list[str]:
    scores = per_image.pivot(index="image", columns="method", values="auc")
    worse = 100 * (scores[MODEL] < scores[GRAY]).mean()
    worst = 100 * scores[MODEL].quantile([WORST, 0]).to_numpy()
    return [
        f"{number(worse)} % of the test images come out with a lower raw AuC than if "
        "they had been left gray.",
        f"The worst {100 * WORST:.0f} % of the test images have a raw AuC below "
        f"{number(worst[0])} %, the very worst {number(worst[1])} %.",
    ]


def _colourfulness(run: FinishedRun) -> str:
    model, truth = (
        run.metrics.methods[name]["colourfulness"].value for name in (MODEL, TRUTH)
    )
    change = round(100 * (model / truth - 1)) if truth else 0
    how = f"{abs(change)} % {'more' if change > 0 else 'less'} colourful than"
    return (
        f"Its images are {how if change else 'as colourful as'} the true ones "
        f"({number(model)} against {number(truth)})."
    )


def _unseen(run: FinishedRun) -> list[str]:
    unseen = int(run.prior["count"].lt(1).sum())
    if not (run.trained and run.classifies and unseen):
        return []
    start = run.settings["train"]["start"]
    lesson = "could learn only before, as the model that it began with"
    return [
        f"{unseen} of its {len(run.prior)} bins hold no pixel of the training images: "
        f"these colours it {lesson if start else 'cannot have learned'}."
    ]


def mostly_gray(run: FinishedRun) -> list[str]:
    """A sentence if the loss left out most training images."""
    share = run.model["provenance"].get(
        "gray_share", 0
    )  # unknown for a published model
    if share <= MOSTLY:
        return []
    threshold = run.settings["train"]["gray_threshold"]
    return [
        f"{number(100 * share)} % of the training images are gray (no |a| or |b| above "
        f"{threshold:g}) and were left out of the loss: it learned from the others alone."
    ]


def _training(run: FinishedRun) -> list[str]:
    if run.history is None:
        return ["How it was trained is the authors' to say; here it was only measured."]
    best, last = kept(run.history), run.history.iloc[-1]
    rise = last["validation_loss"] / best["validation_loss"] - 1
    passes = last["images"] / run.splits["train"]
    seen = f"{number(last['images'], 0)} windows, {number(passes)} passes over the data"
    if rise > OVERFITTED:
        return [
            f"It overfits: the validation loss was least, {loss(best['validation_loss'])}, "
            f"at step {best['step']:.0f}, and {number(100 * rise)} % higher at the end, "
            f"after {seen}. The weights of step {best['step']:.0f} are the ones kept."
        ]
    return [
        f"The validation loss was {loss(last['validation_loss'])} at the end of training, "
        f"{loss(best['validation_loss'])} at its least, after {seen}; the training loss "
        f"was {loss(last['train_loss'])}. No overfitting was seen."
    ]


def _unmeasured(run: FinishedRun) -> list[str]:
    missing = [METRICS[name].label for name in run.metrics.unavailable]
    size = run.settings["data"]["size"]
    lines = [f"Not measured: {', '.join(missing)}."] if missing else []
    return [
        *lines,
        f"It was measured on images of {size}×{size} pixels alone, whose lightness is a "
        "colour photograph's. Old photographs (grain, scratches, film that sees red as "
        "black) are something else, and were not measured.",
        *([SAME_PHOTOGRAPHS] if run.settings["data"]["source"] == "sample" else []),
    ]
