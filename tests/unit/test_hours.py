import yaml

from colorization.planning.config import SHIPPED, merge, read_file, resolve_runs
from colorization.planning.training_hours import cpu_hours


def hours(text):
    nothing = dict(network=dict(width=0.25), train=dict(start=None))
    config = merge(merge(read_file(SHIPPED), nothing), yaml.safe_load(text))
    return cpu_hours(resolve_runs(config)["full"])


def test_hours_on_two_cores():
    # 360,000 images of 96 pixels an hour at width 0.25, and 27,000 at width 1.
    quarter = "train: {steps: 36000, batch: 10}"
    assert round(hours(quarter), 1) == 1.0
    assert (
        round(hours("{network: {width: 1}, train: {steps: 2700, batch: 10}}"), 1) == 1
    )
    half = "{train: {steps: 36000, batch: 10, crop: 48}}"
    assert round(hours(half) / hours(quarter), 3) == 0.25


def test_a_run_that_asks_for_a_device_is_not_warned_of():
    assert hours("train: {steps: 36000, device: cpu}") == 0
    assert hours("train: {steps: 36000, device: cuda}") == 0
