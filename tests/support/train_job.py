"""python -m tests.support.train_job JOB.json PROCESSES SECONDS: train in a process of its own."""

import sys
from pathlib import Path

from colorization.planning.train_schema import Running
from colorization.runtime import log
from colorization.training.run import Job
from colorization.training.start import Resources, start

if __name__ == "__main__":
    path, processes, seconds = sys.argv[1:]
    log_path = path.replace(".json", ".log")
    log.configure(log_path, append=True)
    job = Job.model_validate_json(Path(path).read_text(encoding="utf-8"))
    running = Running(gpus=1, checkpoint_seconds=float(seconds), tensorboard=False)
    start(job, running, Resources(int(processes), threads=1, log=log_path))
