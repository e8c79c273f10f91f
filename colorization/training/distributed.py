"""Training in several processes, one a device, as if in one.

Every process sees its share of each batch; gradients, batch norm's statistics and losses
are taken over all of them. Alone, everything here does nothing.
"""

import ctypes
import logging
import os
import signal
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

# Exit status of a run that was asked to stop and saved its state (EX_TEMPFAIL).
STOPPED = 75
# A process that waits longer than this for another gives up.
PATIENCE = timedelta(minutes=10)
# Seconds in which processes that are asked to stop may finish a step and save.
GRACE = 60
PR_SET_PDEATHSIG = 1


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
    """Which flags are set in any process: the same answer in all, without the device."""
    if world() == 1:
        return list(flags)
    raised = torch.tensor(flags, dtype=torch.uint8)
    dist.all_reduce(raised, dist.ReduceOp.MAX)
    return [bool(flag) for flag in raised]


def wrap(network: nn.Module) -> nn.Module:
    """The network as it is trained: itself, or sharing gradients and batch statistics.

    `network` keeps its parameters and the names of its state.
    """
    if world() == 1:
        return network
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__ = SharedBatchNorm
    # find_unused_parameters for what it turns off: after the first step gradients would
    # be summed in a new order, and a resumed run would differ in the last bits.
    return DistributedDataParallel(
        network,
        forward_sync_buffers=False,
        gradient_as_bucket_view=True,
        find_unused_parameters=True,
    )


class _Sum(torch.autograd.Function):
    """Sum over processes, whose gradient is the sum of the gradients."""

    @staticmethod
    def forward(ctx: Any, value: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return total(value.clone())

    @staticmethod
    def backward(
        ctx: Any, *gradients: Float[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape"]:
        return total(gradients[0].clone())


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes, which all have the same shape.

    (torch's own SyncBatchNorm wants a GPU, and makes the host wait for it.)
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
    """Call `function(*args)` in so many processes; when it is one, in this one.

    With several `nodes`, this is one of as many launchers with the same arguments, which
    meet at `endpoint` (host:port, on one of the nodes).
    `function` and `args` must be picklable. When one process dies, all are ended, and
    StageError says which; SystemExit(STOPPED) when they were asked to stop.
    """
    if processes == nodes == 1:
        return function(*args)
    # Its messages come with a traceback for what is one line here.
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
        signals_to_handle="SIGTERM,SIGINT",  # what the processes answer by saving
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
    """One of several processes, started by the process number `launcher`."""
    # Whoever kills the launcher kills its processes: none goes on without the lock.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:
        raise SystemExit(1)
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
        elif "onnection" in str(error):  # closed, or reset, by the death of another
            logging.error("process %d lost another process", number)
        else:
            logging.critical("process %d failed unexpectedly", number, exc_info=True)
        raise SystemExit(1) from None
    dist.destroy_process_group()
