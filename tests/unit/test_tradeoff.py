"""The chart of raw against rebalanced AuC: what is drawn and written in it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from colorization.figures import tradeoff


def scores(name, kind, raw, rebalanced):
    """Rows of comparison.csv."""
    values = dict(auc=raw, auc_rebalanced=rebalanced, colourfulness=20.0)
    return [
        dict(run=name, kind=kind, dataset="d", metric=metric, value=value)
        | dict(low=value - 0.004, high=value + 0.004)
        for metric, value in values.items()
    ]


TABLE = pd.DataFrame(
    scores("full", "run", 0.90, 0.68)
    + scores("l2", "run", 0.93, 0.64)
    + scores("gray", "baseline", 0.907, 0.578)
    + scores("ground truth", "baseline", 1.0, 1.0)
)


def sweep(temperature, shares):
    """A run's sweep over two temperatures; τ in no order."""
    rows = [
        dict(temperature=t, rebalance=share, auc=0.91 - 0.03 * share * t)
        | dict(auc_rebalanced=0.65 + 0.04 * share)
        for t in (0.38, 1.0)
        for share in sorted(shares, reverse=True)
    ]
    return tradeoff.Sweep(temperature, pd.DataFrame(rows))


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A function of sweeps: the axes that are drawn."""
    monkeypatch.setattr("colorization.figures.style.plt.close", lambda _: None)

    def draw(sweeps):
        tradeoff.draw(TABLE, sweeps, tmp_path / "chart.png", tmp_path / "chart.svg")
        assert (tmp_path / "chart.svg").stat().st_size > 0
        return plt.gcf().axes[0]

    yield draw
    monkeypatch.undo()
    plt.close("all")


def curves(axes):
    """The curves, without the legend's empty one."""
    lines = [line for line in axes.lines if line.get_marker() == "."]
    return [line.get_xydata() for line in lines if len(line.get_xdata())]


def texts(axes):
    return {text.get_text() for text in axes.texts}


def test_a_run_is_a_curve_over_its_shares_at_its_temperature(drawn):
    axes = drawn(dict(full=sweep(0.38, [0, 0.5, 1])))
    (curve,) = curves(axes)
    raw = [91, 91 - 1.5 * 0.38, 91 - 3 * 0.38]
    np.testing.assert_allclose(curve, np.transpose([raw, [65, 67, 69]]))
    assert texts(axes) == {"full", "l2", "gray", "τ = 0", "τ = 1"}
    entries = [text.get_text() for text in axes.get_legend().get_texts()]
    assert entries[-1] == "a run at several τ"


@pytest.mark.parametrize(
    "one", [sweep(0.38, [0]), sweep(0.5, [0, 1]), sweep(0.38, [0.5])]
)
def test_a_run_without_a_choice_of_shares_has_no_curve(drawn, one):
    axes = drawn(dict(full=one))
    assert curves(axes) == []
    assert texts(axes) == {"full", "l2", "gray"}
    assert len(axes.get_legend().get_texts()) == 3


def test_the_title_stands_clear_above_the_legend(drawn):
    axes = drawn(dict(full=sweep(0.38, [-1, 0, 1])))
    assert "τ = −1" in texts(axes)
    drawing = axes.figure
    title = next(t for t in (axes._left_title, axes.title) if t.get_text())
    box = title.get_window_extent()
    legend = axes.get_legend().get_window_extent()
    assert not box.overlaps(legend)
    for each in (box, legend):
        assert drawing.bbox.x0 <= each.x0 and each.x1 <= drawing.bbox.x1
        assert each.y1 <= drawing.bbox.y1


def test_texts_keep_apart(drawn):
    shares = [0, 0.25, 0.5, 0.75, 1]
    axes = drawn({name: sweep(0.38, shares) for name in ("full", "other", "third")})
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) > 3
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
