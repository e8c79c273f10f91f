"""Starting a training run: in how many processes, on how many nodes, and only once."""

import logging
from dataclasses import dataclass
from pathlib import Path

from colorization.planning.train_schema import Running
from colorization.runtime.device import count
from colorization.runtime.files import drop_leftovers
from colorization.runtime.log import StageError
from colorization.runtime.system import cores
from colorization.training import distributed, nodes
from colorization.training.checkpoints import StateFolder
from colorization.training.run import Job, train


@dataclass(frozen=True)
class Resources:
    """What a run is given to train with."""

    processes: int  # of all nodes together, one a device
    threads: int  # of a node
    log: str  # the file that all processes write their log to
    nodes: int = 1


def start(job: Job, running: Running, resources: Resources) -> None:
    """Train, unless another process trains the same run: then wait for it first.

    Raises StageError; SystemExit(STOPPED) if a signal stopped it.
    """
    processes, on_nodes = resources.processes, resources.nodes
    batch = job.settings.train.batch
    if batch % processes:
        raise StageError(
            f"train.batch: {batch} cannot be shared equally by {processes} processes "
            "(running.gpus); make it a multiple"
        )
    gpus = count(job.settings.train.device) if on_nodes == 1 else None
    if gpus is not None and processes > gpus:
        raise StageError(
            f"running.gpus: {processes} processes, but this machine shows {gpus} GPUs"
        )
    identity = job.identity()
    states = StateFolder(Path(job.model).parent / "checkpoints", identity)
    available = min(resources.threads, cores())
    threads = max(1, available * on_nodes // processes)
    with states.only_trainer():
        for path in (job.model, job.history):
            drop_leftovers(path)
        if not states.states():
            for other in states.others():
                logging.warning(
                    "not going on from %s: of other settings, data or code", other
                )
        arguments = job, running, identity, threads
        if on_nodes == 1:
            distributed.launch(processes, resources.log, train, *arguments)
        else:
            task = nodes.Task(
                job=job,
                running=running,
                identity=identity,
                threads=threads,
                log=resources.log,
                nodes=on_nodes,
                processes=processes,
            )
            nodes.launch(task, states.folder / "task.json")
        states.drop_others()
