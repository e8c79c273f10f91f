"""Beginning a training from another model."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file

from colorization.inference.model_file import load_model, save_model
from colorization.method.network import ColorizationNet
from colorization.planning.config import ConfigError
from colorization.planning.start_model import check_starts
from colorization.runtime.log import StageError
from colorization.training.run import train
from tests.conftest import RARELY


@pytest.fixture
def start(bins, tmp_path):
    """A function of outputs and a width that writes a model and gives its path."""

    def write(outputs=bins, width=0.125, network_outputs=None):
        torch.manual_seed(3)
        network = ColorizationNet(network_outputs or len(outputs), width)
        settings = dict(network=dict(width=width), train=dict(crop=24))
        path = tmp_path / "start.safetensors"
        save_model(path, network.state_dict(), outputs, settings, {})
        return path

    return write


def result(job):
    train(job, RARELY, job.identity(), 1)
    return load_model(job.model)


def test_no_step_leaves_the_model_as_it_is_and_measures_it(start, make_job, tmp_path):
    path = start()
    job = make_job(tmp_path, start=str(path), steps=0)
    trained, expected = result(job), load_model(path).network.state_dict()
    for name, value in trained.network.state_dict().items():
        assert torch.equal(value, expected[name]), name
    history = pd.read_csv(job.history)
    assert history["step"].tolist() == [0]
    assert history["validation_loss"].iloc[0] == trained.provenance["validation_loss"]
    assert history["train_loss"].isna().all()


def test_training_goes_on_from_the_model(start, make_job, tmp_path):
    # With a learning rate of nearly nothing, it stays where it was.
    path = start()
    job = make_job(tmp_path, start=str(path), learning_rate=1e-12, weight_decay=0.0)
    trained, expected = result(job), load_model(path).network.state_dict()
    # Batch norm's statistics stay the model's, too.
    names = [name for name in expected if name.endswith(("weight", "mean", "var"))]
    for name in names:
        torch.testing.assert_close(
            trained.network.state_dict()[name], expected[name], rtol=0, atol=1e-6
        )


@pytest.mark.parametrize("other", ["bins", "ab"])
def test_another_last_layer_begins_anew(other, bins, start, make_job, tmp_path, caplog):
    path = start(bins[:-1]) if other == "bins" else start(network_outputs=2)
    job = make_job(tmp_path, start=str(path), steps=1, learning_rate=1e-12)
    with caplog.at_level("INFO"):
        trained = result(job)
    assert f"the last layer begins anew: {path} has other outputs" in caplog.text
    expected = load_model(path).network.state_dict()
    value = trained.network.state_dict()["conv7.0.weight"]
    torch.testing.assert_close(value, expected["conv7.0.weight"], rtol=0, atol=1e-6)
    assert trained.network.out.out_channels == len(bins)
    with pytest.raises(StageError, match=r"train\.steps: 0 leaves the last layer"):
        result(make_job(tmp_path, start=str(path), steps=0))


def test_the_content_of_the_start_counts_and_its_time_does_not(
    start, make_job, tmp_path
):
    path = start()
    job = make_job(tmp_path, start=str(path))
    before = job.identity()
    path.touch()
    assert job.identity() == before
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert job.identity() != before


def damaged(path):
    path.write_bytes(b"\xff" * 20)


def of_another_program(path):
    save_file({"weight": np.zeros(2, np.float32)}, path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), "cannot read .*: No such file"),
        (lambda path: path.write_bytes(b""), "is no model of this pipeline"),
        (damaged, "is no model of this pipeline"),
        (of_another_program, "is no model of this pipeline"),
        (lambda path: None, r"has network\.width 0\.125, this run 0\.25: set"),
    ],
)
def test_a_start_that_does_not_fit_is_named_before_any_job(change, reason, start):
    path = start()
    change(path)
    run = dict(kind="trained", network=dict(width=0.25))
    runs = {"a": run | dict(train=dict(start=str(path)))}
    with pytest.raises(ConfigError, match=rf"^runs\.a\.train\.start: .*{reason}"):
        check_starts(runs)


def test_an_endless_header_is_not_read(tmp_path):
    path = tmp_path / "long.safetensors"
    path.write_bytes((1 << 40).to_bytes(8, "little") + json.dumps({}).encode())
    runs = {"a": dict(kind="trained", train=dict(start=str(path)), network={})}
    with pytest.raises(ConfigError, match="is no model of this pipeline"):
        check_starts(runs)


def test_a_width_that_was_changed_after_planning(start, make_job, tmp_path):
    path = start(width=0.25)
    with pytest.raises(StageError, match=re.escape(f"{path} has network.width 0.25")):
        result(make_job(tmp_path, start=str(path)))
