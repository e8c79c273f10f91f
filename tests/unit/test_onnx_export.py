import re
import shutil
import textwrap

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from colorization.data.dataset import open_split
from colorization.evaluation import onnx_check
from colorization.inference import onnx_export
from colorization.inference.model_file import Model
from colorization.method.decoding import Decoding
from colorization.method.network import ColorizationNet
from colorization.runtime.log import StageError
from tests.support.models import make_model
from tests.support.workflows import ROOT

METADATA = dict(name="full", temperature=0.38, settings=dict(network=dict(width=0.125)))
DECODINGS = [Decoding(t) for t in (0.1, 0.38, 1.0)]
REBALANCED = [Decoding(t, share) for t in (0.1, 0.38, 1.0) for share in (0.0, 0.5, 1.0)]


@pytest.fixture(scope="module")
def exported(bins, tmp_path_factory):
    """By kind: the model, its graph, and its file."""
    folder, models = tmp_path_factory.mktemp("onnx"), {}
    weights = np.random.default_rng(2).uniform(0.3, 9, len(bins)).astype(np.float32)
    weights[7] = 0  # as of a bin that never occurred, without a share of the uniform
    kinds = dict(classification=len(bins), weighted=len(bins), regression=2)
    for kind, outputs in kinds.items():
        model = make_model(bins, outputs)
        model.weights = weights if kind == "weighted" else None
        proto = onnx_export.to_onnx(model, METADATA | dict(bins=bins.tolist()))
        onnx_export.save(proto, folder / kind)
        models[kind] = model, proto, folder / kind
    return models


@pytest.mark.parametrize("kind", ["classification", "weighted", "regression"])
def test_onnxruntime_agrees_with_pytorch(exported, dataset, kind):
    model, _, path = exported[kind]
    decodings = REBALANCED if kind == "weighted" else DECODINGS
    rows = onnx_check.agreement(
        onnx_export.in_pytorch(model),
        onnx_export.in_onnxruntime(path),
        open_split(dataset, "test"),
        decodings,
    )
    onnx_check.check(rows, path)
    shapes = {(row["height"], row["width"]) for row in rows}
    assert shapes == {(32, 32), (32, 16), (32, 64)}
    assert len(rows) == len(shapes) * len(decodings)
    assert (onnx_check.worst(rows)["logits"] is None) == (kind == "regression")


def test_the_documented_example(exported, tmp_path, monkeypatch):
    text = (ROOT / "docs/photographs.md").read_text(encoding="utf-8")
    example = re.search(r"(?:    .*\n)*    ab, logits = .*\n", text)[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/export/full").mkdir(parents=True)
    shutil.copy(exported["weighted"][2], "results/export/full/model.onnx")
    lightness = np.linspace(0, 100, 32 * 40, dtype=np.float32).reshape(1, 1, 32, 40)
    names = dict(onnxruntime=onnxruntime, np=np, lightness=lightness)
    exec(textwrap.dedent(example), names)
    run = onnx_export.in_onnxruntime(exported["weighted"][2])
    np.testing.assert_array_equal(names["ab"], run(lightness, Decoding(0.38, 0.5))[0])
    assert names["ab"].shape == (1, 2, 8, 10)


def test_the_temperature_matters(exported, dataset):
    run = onnx_export.in_onnxruntime(exported["classification"][2])
    lightness = np.linspace(0, 100, 32 * 40, dtype=np.float32).reshape(1, 1, 32, 40)
    sharp, mean = (run(lightness, Decoding(t))[0] for t in (0.1, 1.0))
    assert (sharp - mean).abs().max() > 1


def test_the_class_weights_matter(exported):
    run = onnx_export.in_onnxruntime(exported["weighted"][2])
    lightness = np.linspace(0, 100, 32 * 40, dtype=np.float32).reshape(1, 1, 32, 40)
    without, with_all = (run(lightness, Decoding(0.38, s)) for s in (0.0, 1.0))
    assert (without[0] - with_all[0]).abs().max() > 1
    assert torch.equal(without[1], with_all[1])  # the logits are the network's


def row(temperature=1.0, **differences):
    return dict(temperature=temperature, ab=1e-5, logits=1e-5) | differences


@pytest.mark.parametrize("wrong", [2e-3, float("nan")])
@pytest.mark.parametrize("output", ["ab", "logits"])
def test_a_difference_is_an_error(wrong, output):
    with pytest.raises(StageError, match=f"{output} differs from PyTorch by .* 0.001"):
        onnx_check.check([row(), row(**{output: wrong}), row()], "m.onnx")


def test_at_a_low_temperature_rounding_counts_more():
    onnx_check.check([row(0.25, ab=3.9e-3), row(logits=None)], "m.onnx")
    with pytest.raises(
        StageError, match=r"ab differs .* at T = 0\.25, more than 0\.004"
    ):
        onnx_check.check([row(0.25, ab=4.1e-3)], "m.onnx")


def test_another_model_is_noticed(exported, dataset, bins):
    _, _, path = exported["regression"]
    torch.manual_seed(1)
    other = Model(ColorizationNet(2, 0.125).eval(), bins, {}, {})
    rows = onnx_check.agreement(
        onnx_export.in_pytorch(other),
        onnx_export.in_onnxruntime(path),
        open_split(dataset, "test")[:1],
        [Decoding(1.0)],
    )
    with pytest.raises(StageError, match="ab differs"):
        onnx_check.check(rows, path)


def test_the_same_model_gives_the_same_bytes(exported, bins, tmp_path):
    model, _, path = exported["classification"]
    again = onnx_export.to_onnx(model, METADATA | dict(bins=bins.tolist()))
    onnx_export.save(again, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_the_file_describes_itself_and_no_machine(exported, bins):
    _, proto, path = exported["classification"]
    metadata = onnx_export.read_metadata(path)
    assert metadata == METADATA | dict(bins=bins.tolist())
    lightness, temperature = proto.graph.input
    names = [d.dim_param or d.dim_value for d in lightness.type.tensor_type.shape.dim]
    assert names == ["n", 1, "8*h", "8*w"]
    assert not temperature.type.tensor_type.shape.dim
    assert b".py" not in path.read_bytes()
    (ab,) = exported["regression"][1].graph.output
    assert ab.name == "ab" and len(exported["regression"][1].graph.input) == 1


def test_what_is_no_model_is_one_clear_error(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"x" * 100)
    with pytest.raises(StageError, match=r"m\.onnx: not a model"):
        onnx_export.read_metadata(tmp_path / "m.onnx")


def test_half_weights_are_half_the_file_and_nearly_as_good(exported, dataset, tmp_path):
    model, proto, path = exported["classification"]
    half = onnx_export.with_half_weights(proto)
    onnx_export.save(half, tmp_path / "half.onnx")
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * path.stat().st_size
    assert onnx.TensorProto.FLOAT16 in {t.data_type for t in half.graph.initializer}
    images = open_split(dataset, "test")
    runs = (
        onnx_export.in_pytorch(model),
        onnx_export.in_onnxruntime(tmp_path / "half.onnx"),
    )
    whole, less = (onnx_check.quality(run, images, Decoding(0.38), 8) for run in runs)
    assert whole["auc"] == pytest.approx(less["auc"], abs=1e-3)
    assert (
        0
        < onnx_check.worst(onnx_check.agreement(*runs, images, [Decoding(1.0)]))["ab"]
        < 1
    )
