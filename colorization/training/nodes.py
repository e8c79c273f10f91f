"""Training on several nodes of a SLURM job: one launcher a node, which find each other.

The node where the job begins writes down what to do and starts the launchers by srun.
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
    """Run `train` with `arguments` in `processes` processes, shared among the nodes.

    `task` is a file to hand it over, in a folder that all nodes see. Raises StageError;
    SystemExit(STOPPED) when a signal stopped it.
    """
    if "SLURM_JOB_ID" not in os.environ or processes % nodes:
        raise StageError(
            f"{nodes} nodes and {processes} processes (resources nodes and gpu of train): "
            "this wants a SLURM job, and as many processes on each node"
        )
    with socket.socket() as probe:
        probe.bind(("", 0))
        endpoint = f"{socket.gethostname()}:{probe.getsockname()[1]}"
    logging.info("%d processes on %d nodes meet at %s", processes, nodes, endpoint)
    place = dict(nodes=nodes, processes=processes // nodes, endpoint=endpoint)
    task.write_text(json.dumps(place | arguments), encoding="utf-8")
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
    """What gives the step the GPUs of its job, if the job has some."""
    has = os.environ.get("CUDA_VISIBLE_DEVICES") or os.environ.get("SLURM_GPUS")
    return [f"--gpus-per-node={each}"] if has else []


def main(task: dict[str, Any]) -> None:
    """One node's launcher."""
    from colorization.planning.train_schema import Running
    from colorization.training.run import Job, train

    log.configure(task["log"], append=True)
    job, running = Job(**task["job"]), Running(**task["running"])
    place = dict(nodes=task["nodes"], endpoint=task["endpoint"])
    arguments = job, running, task["identity"], task["threads"]
    distributed.launch(task["processes"], task["log"], train, *arguments, **place)


def describe(job: Any, running: Any, **more: Any) -> dict[str, Any]:
    """Arguments of a launcher, as JSON takes them."""
    return dict(job=job.model_dump(), running=running.model_dump()) | more


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
