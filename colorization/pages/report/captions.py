"""Captions: what each kind of figure shows, and what to look for in it."""

from typing import Any, NamedTuple

import pandas as pd

from colorization.pages.report.numbers import minus, number, temperature


class Caption(NamedTuple):
    """`title` names the figure; `alt` describes it to readers who cannot see it."""

    title: str
    text: str
    alt: str


CAPTIONS = {
    "gamut": Caption(
        "The bins",
        "Each bin in its own colour at L = 50, as vivid as sRGB has it. The solid line encloses all ab that sRGB "
        "can show at some lightness, the dashed one those at L = 50. Look at the small "
        "panels: dark and light pixels have few colours to choose from. Bins outside of "
        "the solid line are colours that no image has.",
        "Map of the ab plane with a coloured square for each bin and sRGB's outline",
    ),
    "prior": Caption(
        "Prior and weights",
        "Left: how often the training pixels fall on each bin; on hatched ones none did. "
        "Middle: the same, smoothed over the ab plane. Right: the weights, with which rare "
        "colours can count more than common ones. Look for the peak: its colours are the "
        "commonest. The centre is gray; the text above says how many pixels are near it.",
        "Three maps of the ab plane: empirical prior, smoothed prior, weights",
    ),
    "history": Caption(
        "Loss",
        "Thick: validation, on whole images with averaged weights. Thin: training, on random "
        "windows while weights still change. Look for the gap: a validation curve that rises "
        "while the training curve falls shows overfitting. The weights at the ring, the best "
        "on the validation images, are the ones that were kept and measured.",
        "Training and validation loss of each run against images seen",
    ),
    "curves": Caption(
        "Cumulative error",
        "Share of test pixels whose predicted ab lies within a threshold of the truth; "
        "the area under a curve is its AuC. Left: all pixels alike. Right: weighted by the "
        "rarity of their true colour. Look at the distance to gray on both sides, and at "
        "which thresholds it arises: an image left gray is right where the truth is gray, "
        "and any colour is a risk there.",
        "Share of pixels within each threshold for the runs and the baselines",
    ),
    "temperatures": Caption(
        "Temperature and rebalancing when decoding",
        "The same model decoded in several ways. To the right, the temperature T: towards 0 "
        "the likeliest bin alone, at 1 the mean of all. A line for each τ, the share of the "
        "class weights that is put in: 0 leaves the scores as they are. Look for where "
        "either AuC is highest, for what the lines gain and lose against each other, and "
        "for where the colourfulness meets the dotted line, the ground truth's.",
        "Raw AuC, rebalanced AuC and colourfulness against temperature, a line for each "
        "share of rebalancing",
    ),
    "grid": Caption(
        "A fixed selection",
        "Test images, never seen in training: what the network saw, what it made of it, "
        "and the ground truth. Look for plausible colours, not for equal ones: a car may "
        "be red or blue. Patches of colour that end inside a thing are faults.",
        "Rows of test images: gray, colorized, ground truth",
    ),
    "ranked": Caption(
        "Best, median, worst",
        "Test images by their raw AuC, and gray's on the same image below it: beside that, "
        "a high AuC may be little. No two of a kind are windows of one photograph, unless "
        "there are too few. Look at what the worst have in common that the best have "
        "not: their subjects, how vivid they are, whether the gray image tells their colour.",
        "Rows of test images, the best, middling and worst colorized",
    ),
    "strip": Caption(
        "The same images at each temperature",
        "From the likeliest bin on the left to the mean of all. Look for where colours are "
        "vivid, where they are smooth, and where there are hard edges or specks.",
        "Rows of test images decoded at rising temperatures",
    ),
    "tradeoff": Caption(
        "Raw against rebalanced",
        "Each run and baseline by its AuC. Up and to the right is better. Look for runs "
        "whose bars do not overlap, and for those that have more of one AuC and less of the "
        "other. (Bars that overlap may still hide a clear difference: the table below "
        "compares image by image.)",
        "Scatter of raw against rebalanced AuC",
    ),
    "comparison": Caption(
        "The same images in all runs",
        "Between what the networks saw and the ground truth. Look along a row for what "
        "changes with the method: which colours are more daring, and which mistakes.",
        "Rows of test images, a column for each run",
    ),
    "probe": Caption(
        "What the layers know of classes",
        "Accuracy of a linear classifier on the pooled features of each layer, fitted to "
        "labelled training images and scored on test images. Look at the distance between "
        "the curves: it is what learning to colorize did for telling classes, which the "
        "network was never shown; where the trained curve is lower, it did harm.",
        "Accuracy by layer for the trained and the untrained trunk",
    ),
}

# What is said of the figure `tradeoff` where it has curves.
CURVES = (
    "A thin curve is one run decoded at its T with each τ, the share of the class weights "
    "that is put in. It is measured on the images of the sweep, which may be fewer, so it "
    "can pass beside the run's marker. Where a curve runs up and to the left, rebalancing "
    "trades raw AuC for rebalanced AuC."
)


def of_sweep(table: pd.DataFrame, images: int, available: int) -> str:
    """The best of a run's temperatures.csv, measured on `images` of the test images."""
    several = table["rebalance"].nunique() > 1
    raw = table.loc[table["auc"].idxmax()]
    rebalanced = table.loc[table["auc_rebalanced"].idxmax()]
    distance = (table["colourfulness"] - table["colourfulness_truth"]).abs()
    nearest = table.loc[distance.idxmin()]
    return (
        f"On {number(images, 0)} of {number(available, 0)} test images, raw AuC is highest at {_place(raw, several)} "
        f"({number(100 * raw['auc'])} %), rebalanced AuC at {_place(rebalanced, several)} "
        f"({number(100 * rebalanced['auc_rebalanced'])} %), and the colourfulness is nearest "
        f"to the ground truth's at {_place(nearest, several)} "
        f"({number(nearest['colourfulness'])} against "
        f"{number(nearest['colourfulness_truth'])})."
    )


def _place(row: Any, with_share: bool) -> str:
    """T and τ of a row of temperatures.csv; τ where several were measured."""
    text = temperature(row["temperature"])
    return f"{text}, τ = {minus(format(row['rebalance'], 'g'))}" if with_share else text
