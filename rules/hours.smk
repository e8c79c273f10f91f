# Said before a line starts that will take long.
import subprocess

from colorization.planning.hours import cpu_hours
from colorization.planning.train_schema import TrainSettings


def say_what_takes_hours():
    """Once a line, before it starts: what trains for hours because there is no GPU here."""
    trained = [
        RUNS[job.wildcards.run]
        for job in workflow.dag.needrun_jobs()
        if job.rule.name == "train"
    ]
    hours = sum(
        cpu_hours(TrainSettings(**run["train"]), run["network"]["width"])
        for run in trained
        if run["train"]["device"] == "auto"
    )
    # A cluster's nodes are others than this one.
    if hours >= 1 and workflow.local_exec and not cuda_is_there():
        print(
            f"no CUDA device: training takes about {hours:.0f} hours on two cores; "
            "network.width and train.steps make it shorter",
            file=sys.stderr,
        )


def cuda_is_there():
    """Whether torch sees a device; True, too, where torch itself is elsewhere."""
    ask = "import torch; print(torch.cuda.is_available())"
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip() != "False"
