# A warning before training that takes hours. A Snakefile that imports this one as a module
# calls it itself, because Snakemake runs only its own onstart.
import subprocess

from colorization.planning.training_hours import cpu_hours


def warn_of_hours():
    """Print one line if training will take hours because this machine has no GPU."""
    # Not "train": a Snakefile that imports this one as a module may add a prefix.
    train = rules.train.rule.name
    hours = sum(
        cpu_hours(RUNS[job.wildcards.run])
        for job in workflow.dag.needrun_jobs()
        if job.rule.name == train
    )
    # The nodes of a cluster may have GPUs where this machine has none.
    if hours >= 1 and workflow.local_exec and not may_have_gpu():
        print(
            f"no GPU: training takes about {hours:.0f} hours on two cores; "
            "network.width and train.steps make it shorter",
            file=sys.stderr,
        )


def may_have_gpu():
    """Whether torch sees a GPU; True as well where torch is not installed."""
    code = "from colorization.runtime.device import available; print(available() != ['cpu'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip() != "False"
