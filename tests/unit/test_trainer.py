import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from colorization.data.dataset import open_split
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.planning.train_schema import TrainSettings
from colorization.runtime.log import StageError
from colorization.training import loop
from colorization.training.checkpoints import StateFolder
from colorization.training.distributed import STOPPED
from colorization.training.schedule import rate
from colorization.training.trainer import Trainer
from tests.conftest import ALWAYS, RARELY, TRAIN

SETTINGS = TrainSettings(**TRAIN)


def make(bins, **changes):
    torch.manual_seed(0)
    network = ColorizationNet(len(bins), 0.125)
    initialise(network, None)
    settings = TrainSettings(**TRAIN | changes)
    encoder, weights = SoftEncoder(bins, 5, 5), np.ones(len(bins), np.float32)
    return Trainer(settings, network, encoder, weights, torch.device("cpu"))


def run(engine, dataset, folder, running=RARELY, name="a"):
    images = [open_split(dataset, split) for split in ("train", "validation")]
    states = StateFolder(folder, name)
    session = loop.Session(engine, *images, states, running)
    loop.run(session, folder / "history.csv")
    return states


def same(left, right):
    return all(torch.equal(left[key], right[key]) for key in left)


@pytest.fixture(scope="module")
def undisturbed(bins, dataset, tmp_path_factory):
    engine = make(bins)
    folder = tmp_path_factory.mktemp("undisturbed")
    run(engine, dataset, folder)
    return engine, pd.read_csv(folder / "history.csv")


def test_learns_and_records(undisturbed):
    engine, history = undisturbed
    assert history["step"].tolist() == [5, 10, 12]
    assert history["images"].tolist() == [40, 80, 96]
    assert history["validation_loss"].iloc[-1] < history["validation_loss"].iloc[0]
    assert engine.at.best_loss == history["validation_loss"].min()


def test_two_runs_are_equal_bit_for_bit(undisturbed, bins, dataset, tmp_path):
    engine = make(bins)
    run(engine, dataset, tmp_path)
    assert same(engine.network.state_dict(), undisturbed[0].network.state_dict())
    assert same(engine.best, undisturbed[0].best)


def _train_until_killed(bins, dataset, folder, number):
    engine = make(bins)
    step = engine.step

    def step_and_die(batch):
        step(batch)
        if engine.at.step == 7:
            os.kill(os.getpid(), number)

    engine.step = step_and_die
    run(engine, dataset, folder, ALWAYS)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stopped_run_goes_on_bit_for_bit(
    undisturbed, bins, dataset, tmp_path, number
):
    context = multiprocessing.get_context("spawn")
    arguments = bins, dataset, tmp_path, number
    process = context.Process(target=_train_until_killed, args=arguments)
    process.start()
    process.join()
    stopped = number == signal.SIGTERM
    assert process.exitcode == (STOPPED if stopped else -number)
    saved = StateFolder(tmp_path, "a").states()[-1].name
    assert saved == ("step-000000007.pt" if stopped else "step-000000006.pt")
    engine = make(bins)
    run(engine, dataset, tmp_path)
    assert same(engine.network.state_dict(), undisturbed[0].network.state_dict())
    assert same(engine.best, undisturbed[0].best)
    columns = ["step", "images", "train_loss", "validation_loss"]
    found = pd.read_csv(tmp_path / "history.csv")[columns]
    pd.testing.assert_frame_equal(found, undisturbed[1][columns], check_exact=True)


def test_a_damaged_state_is_passed_over(undisturbed, bins, dataset, tmp_path, caplog):
    states = run(make(bins), dataset, tmp_path, ALWAYS)
    newest = states.states()[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    engine = make(bins)
    run(engine, dataset, tmp_path)
    assert "damaged" in caplog.text
    assert same(engine.network.state_dict(), undisturbed[0].network.state_dict())


def test_other_settings_do_not_resume(bins, dataset, tmp_path):
    run(make(bins), dataset, tmp_path)
    assert StateFolder(tmp_path, "b").load(torch.device("cpu")) is None


def test_a_run_has_one_trainer_whatever_its_settings(tmp_path, caplog):
    first, second = StateFolder(tmp_path, "a"), StateFolder(tmp_path, "b")

    def wait_and_go_on():
        with second.only_trainer():
            return second.folder.is_dir()

    with ThreadPoolExecutor(1) as pool:
        with first.only_trainer():
            waiting = pool.submit(wait_and_go_on)
            end = time.monotonic() + 60
            while "another process trains this run" not in caplog.text:
                assert time.monotonic() < end and not waiting.done()
                time.sleep(0.01)
            first.drop_others()  # it has no states yet
            assert not second.folder.exists()
        assert waiting.result()


def test_of_other_states_the_newest_are_kept(tmp_path):
    for number, name in enumerate("cab"):
        states = StateFolder(tmp_path, name)
        states.save(1, {})
        os.utime(states.states()[0], (number, number))
    (tmp_path / "empty").mkdir()
    states = StateFolder(tmp_path, "d")
    assert [other.name for other in states.others()] == ["b", "a", "c"]
    states.drop_others()
    assert {path.name for path in tmp_path.iterdir()} == {"b", "d"}


def test_a_loss_that_is_not_finite_stops_the_run(bins, dataset, tmp_path):
    engine = make(bins)
    with torch.no_grad():
        engine.network.out.bias.fill_(float("nan"))
    with pytest.raises(
        StageError, match=r"not finite at step 5 .learning rate .* state"
    ):
        run(engine, dataset, tmp_path)
    assert not list(tmp_path.glob("a/step-*.pt"))


def test_a_full_disk_leaves_the_last_state(bins, tmp_path, monkeypatch):
    states = StateFolder(tmp_path, "a")
    states.save(1, dict(step=1))

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StageError, match=r"No space left.*make room"):
        states.save(2, dict(step=2))
    monkeypatch.undo()
    assert states.load(torch.device("cpu")) == dict(step=1)
    assert [path.name for path in states.states()] == ["step-000000001.pt"]


def test_a_malicious_state_runs_no_code(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path}/attacked",)

    states = StateFolder(tmp_path, "a")
    states.save(1, dict(attack=Attack()))
    with pytest.raises(StageError, match="not a training state"):
        states.load(torch.device("cpu"))
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [1, 1, 1]),
        ("linear", [1, 0.5, 0.01]),
        ("paper", [1, 1 / 3, 1 / 10]),
    ],
)
def test_schedules(schedule, rates):
    changes = dict(schedule=schedule, steps=100, warmup=0.0, learning_rate=1.0)
    settings = TrainSettings(**TRAIN | changes)
    found = [rate(settings, step) for step in (0, 50, 99)]
    assert found == pytest.approx(rates)


def test_warm_up_rises_to_the_rate():
    changes = dict(steps=100, warmup=0.1, learning_rate=1.0)
    settings = TrainSettings(**TRAIN | changes)
    rates = [rate(settings, step) for step in range(11)]
    assert rates == sorted(rates)
    assert rates[10] == 1
