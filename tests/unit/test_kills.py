"""A training job killed at random moments ends as if nothing had happened."""

import pandas as pd

from tests.support.killing import digest, kill_at_random, start_job, train

STEPS = 200


def test_ten_kills_change_no_bit(make_job, tmp_path):
    jobs = {}
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        jobs[name] = make_job(tmp_path / name, steps=STEPS, validate_every=50)
    expected = train(jobs["undisturbed"])
    checkpoints = tmp_path / "killed" / "checkpoints"
    hits = kill_at_random(
        lambda: start_job(jobs["killed"], seconds=0.05), checkpoints, STEPS, 10, seed=0
    )
    assert len(hits) == 10
    assert hits.count("during a write") >= 2, hits
    assert digest(tmp_path / "killed" / "model.safetensors") == digest(expected)
    columns = ["step", "images", "train_loss", "validation_loss", "learning_rate"]
    histories = [pd.read_csv(tmp_path / n / "history.csv")[columns] for n in jobs]
    pd.testing.assert_frame_equal(*histories, check_exact=True)
    assert not list(checkpoints.glob("*/.step-*")), "leftovers of killed writes"
