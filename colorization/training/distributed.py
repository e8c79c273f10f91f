"""Training in several processes, one for each device, as if in one.

Each process sees its share of a batch. Gradients, statistics of batch norm and losses are
taken over all processes. With one process, the functions here do nothing.
"""

import logging
import os
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torch.nn.parallel import DistributedDataParallel

from colorization.runtime import log
from colorization.runtime.log import StageError
from colorization.runtime.system import end_with

# Exit status of a run that a signal stopped, after it saved its state (EX_TEMPFAIL).
STOPPED = 75
# How long a process waits for the others before it fails.
PATIENCE = timedelta(minutes=10)
# Seconds that processes have to finish a step and save after a signal.
GRACE = 60


def rank() -> int:
    """Number of this process, 0…world() − 1."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def total(value: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
    """Sum over all processes, in place."""
    if world() > 1:
        dist.all_reduce(value)
    return value


def agree(*flags: bool) -> list[bool]:
    """Which flags are set in any process, by way of the CPU. All get the same answer."""
    if world() == 1:
        return list(flags)
    raised = torch.tensor(flags, dtype=torch.uint8)
    dist.all_reduce(raised, dist.ReduceOp.MAX)
    return [bool(flag) for flag in raised]


def wrap(network: nn.Module) -> nn.Module:
    """The network for training; of several processes, they share gradients and statistics.

    `network` keeps its parameters, and its state dict its names.
    """
    if world() == 1:
        return network
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__ = SharedBatchNorm
    # Without find_unused_parameters, gradients are summed in a new order after the first
    # step, and a resumed run differs in the last bits.
    return DistributedDataParallel(
        network,
        forward_sync_buffers=False,
        gradient_as_bucket_view=True,
        find_unused_parameters=True,
    )


class _Sum(torch.autograd.Function):
    """The sum over processes. Its gradient is the sum of the processes' gradients."""

    @staticmethod
    def forward(ctx: Any, value: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return total(value.clone())

    @staticmethod
    def backward(
        ctx: Any, *gradients: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return total(gradients[0].clone())


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes, which must have the same shape.

    (torch's SyncBatchNorm needs a GPU, and makes the host wait for it.)
    """

    def forward(self, input: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
        if not self.training:
            return super().forward(input)
        count = input.numel() // input.shape[1] * world()
        values = input.float()
        mean = _Sum.apply(values.sum((0, 2, 3))) / count
        centred = values - mean[:, None, None]
        variance = _Sum.apply(centred.square().sum((0, 2, 3))) / count
        with torch.no_grad():
            assert self.momentum is not None  # with None, torch takes a cumulative mean
            unbiased = variance * count / (count - 1)
            self.get_buffer("num_batches_tracked").add_(1)
            self.get_buffer("running_mean").lerp_(mean, self.momentum)
            self.get_buffer("running_var").lerp_(unbiased, self.momentum)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(
            input.dtype
        )


def launch(
    processes: int,
    log_path: str,
    function: Callable[..., Any],
    *args: Any,
    nodes: int = 1,
    endpoint: str = "localhost:0",
) -> None:
    """Call `function(*args)` in so many processes; a single call runs in this process.

    With several `nodes`, each node has a launcher with the same arguments, and they meet at
    `endpoint` (host:port, on one of the nodes). `function` and `args` must be picklable.
    When a process dies, all are ended. Raises StageError that says which;
    SystemExit(STOPPED) if a signal stopped them.
    """
    if processes == nodes == 1:
        return function(*args)
    # Its messages have tracebacks; here the reason is one line.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    settings = LaunchConfig(
        min_nodes=nodes,
        max_nodes=nodes,
        nproc_per_node=processes,
        run_id=endpoint if nodes > 1 else str(os.getpid()),
        rdzv_backend="c10d",
        rdzv_endpoint=endpoint,
        local_addr="localhost" if nodes == 1 else None,
        max_restarts=0,
        signals_to_handle="SIGTERM,SIGINT",  # on which the processes save their state
        shutdown_timeout=GRACE,
        logs_specs=DefaultLogsSpecs(),
    )
    try:
        elastic_launch(settings, _work)(os.getpid(), log_path, function, args)
    except SignalException:
        raise SystemExit(STOPPED) from None
    except ChildFailedError as error:
        ended = {number: failure.exitcode for number, failure in error.failures.items()}
        if STOPPED in ended.values():
            raise SystemExit(STOPPED) from None
        first = error.get_first_failure()
        raise StageError(
            f"process {first[0]} of {processes} ended with status {first[1].exitcode}, and "
            "the others were ended with it; run again to go on from the last saved state"
        ) from None


def _work(
    launcher: int, log_path: str, function: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    """The main function of a process that the process number `launcher` started."""
    end_with(launcher)  # none may go on without the lock
    number = int(os.environ["RANK"])
    log.configure(
        log_path, append=True, level=logging.ERROR if number else logging.INFO
    )
    warnings.filterwarnings("ignore", message="find_unused_parameters")
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        function(*args)
    except StageError as error:
        logging.error("process %d: %s", number, error)
        raise SystemExit(1) from None
    except Exception as error:
        if line := log.advice(error):
            logging.error("process %d: %s", number, line)
        elif "onnection" in str(error):  # another process died
            logging.error("process %d lost its connection to another process", number)
        else:
            logging.critical("process %d failed unexpectedly", number, exc_info=True)
        raise SystemExit(1) from None
    dist.destroy_process_group()
