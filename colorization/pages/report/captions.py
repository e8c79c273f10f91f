"""Captions: what each kind of figure shows, and what to look for in it."""

from typing import NamedTuple


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
        "Left: how often the training pixels fall on each bin. Middle: the same, smoothed "
        "over the ab plane. Right: the weights. Look for the peak at the centre: most "
        "pixels are nearly gray. The weights are its inverse and make rare, vivid colours "
        "count as much as common, dull ones. White cells are no bins.",
        "Three maps of the ab plane: empirical prior, smoothed prior, weights",
    ),
    "history": Caption(
        "Loss",
        "Look for the gap: a validation curve that rises while the training curve falls "
        "shows overfitting. The weights at the circle, the best on the validation images, "
        "are the ones that were kept and measured. Training is measured on random windows "
        "while weights still change, validation on whole images with averaged weights.",
        "Training and validation loss against images seen",
    ),
    "curves": Caption(
        "Cumulative error",
        "Share of test pixels whose predicted ab lies within a threshold of the truth; "
        "the area under a curve is its AuC. Left: all pixels alike. Right: weighted by the "
        "rarity of their true colour. Look for the distance to gray: on the left it is "
        "small, because most pixels are nearly gray and any colour is a risk.",
        "Share of pixels within each threshold for the model and the baselines",
    ),
    "temperatures": Caption(
        "Temperature of the annealed mean",
        "The same model decoded at different temperatures: towards 0 the likeliest bin "
        "alone, at 1 the mean of all. Look for where the error is least and where the "
        "colourfulness meets the dotted line, the ground truth's. A rebalanced model is "
        "most vivid at low temperatures; without rebalancing the likeliest bin is often "
        "gray, and low temperatures fade.",
        "AuC, error and colourfulness against temperature",
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
        "Test images by their AuC. Look at what the worst have in common: often vivid "
        "things whose colour nothing in the gray image tells.",
        "Rows of test images, the best, middling and worst colorized",
    ),
    "strip": Caption(
        "The same images at each temperature",
        "From the likeliest bin on the left to the mean of all. Look for the "
        "compromise: vivid, with hard edges and specks on the left, smooth and paler on "
        "the right.",
        "Rows of test images decoded at rising temperatures",
    ),
    "tradeoff": Caption(
        "Raw against rebalanced",
        "Each run and baseline by its AuC. Up and to the right is better. Look for runs "
        "whose bars do not overlap, and for the trade: rebalancing gives up raw AuC for "
        "rebalanced AuC and colour. (Bars that overlap may still hide a clear difference: "
        "the table below compares image by image.)",
        "Scatter of raw against rebalanced AuC",
    ),
    "comparison": Caption(
        "The same images in all runs",
        "Between what the networks saw and the ground truth. Look along a row for what "
        "changes with the method: rebalancing gives more daring colours, and more daring "
        "mistakes.",
        "Rows of test images, a column for each run",
    ),
    "probe": Caption(
        "What the layers know of classes",
        "Accuracy of a linear classifier on the pooled features of each layer, fitted to "
        "labelled training images and scored on test images. Look at the distance between "
        "the curves: it is what colorization taught the trunk about classes that it was "
        "never shown.",
        "Accuracy by layer for the trained and the untrained trunk",
    ),
}
