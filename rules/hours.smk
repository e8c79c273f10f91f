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
    if hours >= 1 and workflow.local_exec and not may_have_cuda():
        print(
            f"no CUDA device: training takes about {hours:.0f} hours on two cores; "
            "network.width and train.steps make it shorter",
            file=sys.stderr,
        )


def may_have_cuda():
    """Whether torch sees a CUDA device; True as well where torch is not installed."""
    code = "import torch; print(torch.cuda.is_available())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip() != "False"
