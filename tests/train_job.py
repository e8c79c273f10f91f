"""python -m tests.train_job JOB.json PROCESSES SECONDS: train in a process of its own."""

import json
import sys

from colorization import log
from colorization.training.run import Job
from colorization.training.settings import Running
from colorization.training.start import Resources, start

if __name__ == "__main__":
    path, processes, seconds = sys.argv[1:]
    log_path = path.replace(".json", ".log")
    log.configure(log_path, append=True)
    with open(path, encoding="utf-8") as file:
        job = Job(**json.load(file))
    running = Running(checkpoint_seconds=float(seconds))
    start(job, running, Resources(int(processes), threads=2, log=log_path))
