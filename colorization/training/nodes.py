"""Training on several nodes of a SLURM job, with one launcher on each.

The first node writes the task to a file and starts the launchers with srun.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from colorization.planning.train_schema import Running
from colorization.runtime import log
from colorization.runtime.log import StageError
from colorization.training import distributed
from colorization.training.distributed import STOPPED
from colorization.training.run import Job, train


class Task(BaseModel):
    """What each node's launcher is told, as JSON."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    job: Job
    running: Running
    identity: str
    threads: int  # of a process
    log: str
    nodes: int
    processes: int  # of all nodes together
    endpoint: str = ""  # host:port where the launchers meet


def launch(task: Task, file: Path) -> None:
    """Run `train` in the task's processes, shared among its nodes.

    `file` is where to hand the task over, in a folder that all nodes see. Raises
    StageError; SystemExit(STOPPED) when a signal stopped it.
    """
    nodes, processes = task.nodes, task.processes
    if "SLURM_JOB_ID" not in os.environ or processes % nodes:
        raise StageError(
            f"{nodes} nodes and {processes} processes (resources nodes and gpu of train): "
            "this needs a SLURM job, and the same number of processes on each node"
        )
    with socket.socket() as probe:
        probe.bind(("", 0))
        endpoint = f"{socket.gethostname()}:{probe.getsockname()[1]}"
    logging.info("%d processes on %d nodes meet at %s", processes, nodes, endpoint)
    task = task.model_copy(update=dict(endpoint=endpoint))
    file.write_text(task.model_dump_json(), encoding="utf-8")
    command = ["srun", "--overlap", "--kill-on-bad-exit=1", f"--nodes={nodes}"]
    command += [f"--ntasks={nodes}", "--ntasks-per-node=1", *_gpus(processes // nodes)]
    command += [sys.executable, "-m", "colorization.training.nodes", str(file)]
    srun = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: srun.send_signal(number))
    status = srun.wait()
    if status == STOPPED:
        raise SystemExit(STOPPED)
    if status:
        raise StageError(
            f"a launcher on one of {nodes} nodes ended with status {status}; run again "
            "to go on from the last saved state"
        )


def _gpus(each: int) -> list[str]:
    """Options that give srun's step the GPUs of its job, if it has any."""
    has = os.environ.get("CUDA_VISIBLE_DEVICES") or os.environ.get("SLURM_GPUS")
    return [f"--gpus-per-node={each}"] if has else []


def read_task(path: Path) -> Task:
    """What `launch` wrote."""
    return Task.model_validate_json(path.read_text(encoding="utf-8"))


def main(task: Task) -> None:
    """One node's launcher."""
    log.configure(task.log, append=True)
    arguments = task.job, task.running, task.identity, task.threads
    distributed.launch(
        task.processes // task.nodes,
        task.log,
        train,
        *arguments,
        nodes=task.nodes,
        endpoint=task.endpoint,
    )


if __name__ == "__main__":
    main(read_task(Path(sys.argv[1])))
