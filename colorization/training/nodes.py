"""Training on several nodes of a SLURM job, with one launcher on each.

The first node writes the task to a file and starts the launchers with srun.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from colorization.runtime import log
from colorization.runtime.log import StageError
from colorization.training import distributed
from colorization.training.distributed import STOPPED


def launch(nodes: int, processes: int, task: Path, arguments: dict[str, Any]) -> None:
    """Run `train` with `arguments` in `processes` processes, divided among the nodes.

    `task` is the path of a file for the arguments, in a folder that all nodes share. Raises
    StageError; SystemExit(STOPPED) if a signal stopped it.
    """
    if "SLURM_JOB_ID" not in os.environ or processes % nodes:
        raise StageError(
            f"{nodes} nodes and {processes} processes (resources nodes and gpu of train): "
            "this needs a SLURM job, and the same number of processes on each node"
        )
    with socket.socket() as probe:
        probe.bind(("", 0))
        endpoint = f"{socket.gethostname()}:{probe.getsockname()[1]}"
    logging.info("%d processes on %d nodes meet at %s", processes, nodes, endpoint)
    meeting = dict(nodes=nodes, processes=processes // nodes, endpoint=endpoint)
    task.write_text(json.dumps(meeting | arguments), encoding="utf-8")
    command = ["srun", "--overlap", "--kill-on-bad-exit=1", f"--nodes={nodes}"]
    command += [f"--ntasks={nodes}", "--ntasks-per-node=1", *_gpus(processes // nodes)]
    command += [sys.executable, "-m", "colorization.training.nodes", str(task)]
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


def main(task: dict[str, Any]) -> None:
    """The launcher on one node."""
    from colorization.planning.train_schema import Running
    from colorization.training.run import Job, train

    log.configure(task["log"], append=True)
    job, running = Job(**task["job"]), Running(**task["running"])
    meeting = dict(nodes=task["nodes"], endpoint=task["endpoint"])
    arguments = job, running, task["identity"], task["threads"]
    distributed.launch(task["processes"], task["log"], train, *arguments, **meeting)


def describe(job: Any, running: Any, **more: Any) -> dict[str, Any]:
    """The arguments of `launch`, as values for JSON."""
    return dict(job=job.model_dump(), running=running.model_dump()) | more


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
