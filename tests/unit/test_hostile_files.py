"""Files that are damaged, or made to run code when they are read."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from colorization.data.dataset import open_split, read_labels
from colorization.evaluation.metrics_file import (
    MAIN,
    read_metrics,
    write_metrics,
)
from colorization.inference import onnx_export
from colorization.inference.model_file import load_model, read_state_dict, save_model
from colorization.method.constants import BASELINES, MODEL
from colorization.method.network import ColorizationNet
from colorization.provenance.record import read_record
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_array, read_arrays, read_table
from colorization.training.checkpoints import StateFolder


class Malice:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def pwned(tmp_path):
    """A folder that must not come to be."""
    path = tmp_path / "pwned"
    pickle.loads(pickle.dumps(Malice(path)))
    assert path.exists()  # so it would
    path.rmdir()
    yield path
    assert not path.exists()


def npy(value):
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=True)
    return buffer.getvalue()


def malicious(path):
    """The same malice as each kind of file may carry it."""
    plain = pickle.dumps(Malice(path), protocol=2)
    array = npy(np.array([Malice(path)], object))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("index.npy", "gray.npy"):
            file.writestr(name, array)
    saved = io.BytesIO()
    torch.save(dict(weight=Malice(path)), saved)
    return [plain, array, archive.getvalue(), saved.getvalue()]


READERS = {
    "array": lambda path: read_array(path, (None,)),
    "arrays": lambda path: read_arrays(path, ["index"]),
    "table": lambda path: read_table(path, ["a"]),
    "words": lambda path: read_table(path, [], ["name"]),
    "metrics": read_metrics,
    "model": load_model,
    "published weights": read_state_dict,
    "onnx": onnx_export.read_metadata,
    "description": lambda path: open_split(path, "train"),
    "record": read_record,
}


@pytest.mark.parametrize("reader", READERS)
def test_nothing_that_is_read_runs(reader, pwned, tmp_path):
    for number, content in enumerate(malicious(pwned)):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(content)
        with pytest.raises(StageError) as error:
            READERS[reader](path)
        assert str(path) in str(error.value)


def test_no_saved_state_of_training_runs(pwned, tmp_path):
    states = StateFolder(tmp_path / "checkpoints", "identity")
    for content in malicious(pwned):
        whole = content + hashlib.sha256(content).digest()
        (states.folder / "step-000000001.pt").write_bytes(whole)
        with pytest.raises(
            StageError, match=r"step-000000001.pt: not a training state"
        ):
            states.load(torch.device("cpu"))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY\x01\0", b"PK\x03\x04cut", b"\0" * 99]
)
def test_what_is_cut_short_is_named(reader, content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(StageError) as error:
        READERS[reader](path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_missing_is_named(reader, tmp_path):
    with pytest.raises(StageError, match="nowhere"):
        READERS[reader](tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((3, 3)), r"the shape is \(3, 3\), not n × 2"),
        (np.zeros(3), r"the shape is \(3,\), not n × 2"),
        (np.array([[1, np.nan]]), "not finite"),
        (np.array([["a", "b"]]), "not an array of numbers"),
    ],
)
def test_a_wrong_array_says_how(value, message, tmp_path):
    np.save(tmp_path / "bins.npy", value)
    with pytest.raises(StageError, match=f"bins.npy: .*{message}"):
        read_array(tmp_path / "bins.npy", (None, 2))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "the column 'c' is missing"),
        ("a,c\n1,2\n1,\n", "line 3: 'c' is not a finite number"),
        ("a,c\n1,inf\n", "line 2: 'c' is not a finite number"),
        ("a,c\n1,x\n", "line 2: 'c' is not a finite number"),
        ("a,c\n", "the table has no rows"),
    ],
)
def test_a_wrong_table_says_where(text, message, tmp_path):
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(StageError, match=f"table.csv: {message}"):
        read_table(tmp_path / "table.csv", ["a", "c"])


METHOD = {key: dict(value=0.5, low=0.4, high=0.6) for key in MAIN}
MEASURED = dict(
    images=3,
    methods=dict.fromkeys((MODEL, *BASELINES), METHOD),
    unavailable=dict(fid="few"),
)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (dict(images="3"), "images: '3' is wrong: .* a valid integer"),
        (dict(images=0), "images: 0 is wrong: .* than or equal to 1"),
        (dict(methods=dict(model=METHOD)), "methods: .* 'gray' is missing"),
        (dict(methods=dict(MEASURED["methods"], gray=[])), "methods: gray: "),
        (
            dict(methods=dict(MEASURED["methods"], gray={})),
            "methods: gray: {} is wrong: .*'auc' is missing",
        ),
        (
            dict(methods=dict(MEASURED["methods"], gray=dict(auc={}))),
            "methods: gray: auc: 'value' is missing",
        ),
        (dict(images=float("nan")), "cannot read the JSON: holds NaN"),
        (dict(unavailable=dict(fid=1)), "unavailable: fid: 1 is wrong: .* string"),
        (
            dict(unavailable=dict(x="y")),
            "unavailable: x: .*'x' is wrong: .* 'lpips', 'fid'",
        ),
    ],
)
def test_a_wrong_json_says_where(damage, message, tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(MEASURED), encoding="utf-8")
    assert read_metrics(path).model_dump() == MEASURED
    write_metrics(path, read_metrics(path))
    assert json.loads(path.read_text(encoding="utf-8")) == MEASURED
    path.write_text(json.dumps(MEASURED | damage), encoding="utf-8")
    with pytest.raises(StageError, match=rf"metrics\.json: {message}"):
        read_metrics(path)


def test_a_json_that_nests_without_end_is_named(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(StageError, match=r"deep\.json: cannot read"):
        read_metrics(tmp_path / "deep.json")


def test_an_optional_number_is_one_or_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,\n,\n2,3\n", encoding="utf-8")
    table = read_table(path, [], optional=["a", "b"])
    np.testing.assert_equal(table["a"].to_numpy(), [1, np.nan, 2])
    np.testing.assert_equal(table["b"].to_numpy(), [np.nan, np.nan, 3])
    for wrong in ("x", "inf"):
        path.write_text(f'a\n""\n{wrong}\n', encoding="utf-8")
        with pytest.raises(StageError, match="line 3: 'a' is not a finite number"):
            read_table(path, [], optional=["a"])
    with pytest.raises(StageError, match="the column 'b' is missing"):
        read_table(path, [], optional=["b"])


def test_a_right_table_and_arrays_are_read(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,name\n1,x\n2,NA\n3,\n4,\xff\n")
    table = read_table(tmp_path / "t.csv", ["a"], ["name"])
    assert table["a"].tolist() == [1, 2, 3, 4]
    assert table["name"].tolist() == ["x", "NA", "", "\udcff"]
    with pytest.raises(StageError, match=r"t\.csv: the column 'kind' is missing"):
        read_table(tmp_path / "t.csv", ["a"], ["kind"])
    np.savez(tmp_path / "a.npz", index=[3], gray=[4])
    assert read_arrays(tmp_path / "a.npz", ["index"])["gray"].tolist() == [4]
    with pytest.raises(StageError, match=r"a.npz: the array 'model' is missing"):
        read_arrays(tmp_path / "a.npz", ["model"])


def test_a_model_with_a_nan_is_named(bins, tmp_path):
    weights = ColorizationNet(len(bins), 0.125).state_dict()
    weights["conv3.2.weight"][0, 0, 0, 0] = float("nan")
    settings = dict(network=dict(width=0.125))
    save_model(tmp_path / "m.safetensors", weights, bins, settings, {})
    with pytest.raises(StageError, match=r"m.safetensors: .*conv3.2.weight holds"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (dict(settings=[]), "list indices"),
        (dict(settings=dict(network=dict(width="wide"))), ""),
        (dict(settings=dict(network=dict(width=float("inf")))), ""),
        (dict(bins=[[1, 2, 3]] * 326), "its bins are not finite pairs"),
        (dict(bins=[[float("nan"), 1]] * 326), "its bins are not finite pairs"),
        (dict(provenance=None), "'provenance'"),
    ],
)
def test_a_model_of_a_damaged_description_is_named(damage, message, bins, tmp_path):
    weights = ColorizationNet(len(bins), 0.125).state_dict()
    whole = dict(bins=bins.tolist(), settings=dict(network=dict(width=0.125)))
    about = whole | dict(provenance={}) | damage
    metadata = {k: json.dumps(v) for k, v in about.items() if v is not None}
    save_file(weights, tmp_path / "m.safetensors", metadata)
    with pytest.raises(StageError, match=f"m.safetensors: not a model.*{message}"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("seed", range(20))
def test_damaged_weights_from_elsewhere_are_named(seed, tmp_path):
    path, rng = tmp_path / "weights.pth", np.random.default_rng(seed)
    torch.save(dict(a=torch.zeros(3), b=torch.ones(2)), path)
    content = bytearray(path.read_bytes())
    start = content.index(b"data.pkl") + 8
    for place in rng.integers(start, start + 200, 4):
        content[place] = rng.integers(256)
    path.write_bytes(content)
    with contextlib.suppress(StageError):  # and nothing else
        read_state_dict(path)


def test_a_model_of_other_bins_is_named(bins, tmp_path):
    weights = ColorizationNet(313, 0.125).state_dict()
    settings = dict(network=dict(width=0.125))
    save_model(tmp_path / "m.safetensors", weights, bins, settings, {})
    with pytest.raises(StageError, match="313 outputs for 326 bins"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize(("key", "value"), [("count", 10**30), ("offset", 10**30)])
def test_a_description_beyond_all_bounds_is_refused(dataset, key, value, tmp_path):
    description = json.loads(dataset.read_text(encoding="utf-8"))
    description["splits"]["train"][key] = value
    (tmp_path / "dataset.json").write_text(json.dumps(description), encoding="utf-8")
    (tmp_path / "train.npy").write_bytes(b"few")
    with pytest.raises(StageError, match=r"train\.npy: cannot map"):
        open_split(tmp_path / "dataset.json", "train")


def test_an_array_beyond_all_memory_is_refused(tmp_path):
    header = io.BytesIO()
    shape = dict(descr="<f8", fortran_order=False, shape=(10**15, 2))
    np.lib.format.write_array_header_1_0(header, shape)
    (tmp_path / "bins.npy").write_bytes(header.getvalue())
    with pytest.raises(StageError, match=r"bins\.npy: cannot read the array"):
        read_array(tmp_path / "bins.npy", (None, 2))


def test_a_description_from_elsewhere_is_refused(tmp_path):
    (tmp_path / "dataset.json").write_text(
        json.dumps(dict(splits=[])), encoding="utf-8"
    )
    with pytest.raises(StageError, match=r"dataset.json: 'source' is missing"):
        open_split(tmp_path / "dataset.json", "train")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot read the table"),
        ("split,index\ntest,0\n", "the column 'label' is missing"),
        ("split,index,label\ntest,x,cat\n", "line 2: 'index' is not a finite number"),
        ("split,index,label\ntest,0,cat\ntest,1\n", "an image has no label"),
        ("a,b\n1,2,3\n4,5\n", "the column 'index' is missing"),
    ],
)
def test_labels_that_are_none_are_named(content, message, tmp_path):
    (tmp_path / "labels.csv").write_text(content, encoding="utf-8")
    with pytest.raises(StageError, match=rf"labels\.csv: {message}"):
        read_labels(tmp_path / "dataset.json", "test")


def test_a_class_may_have_the_name_of_a_missing_value(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "split,index,label\ntest,0,cat\ntest,1,NA\n", encoding="utf-8"
    )
    numbers, classes = read_labels(tmp_path / "dataset.json", "test")
    assert classes == ["NA", "cat"] and numbers.tolist() == [1, 0]
