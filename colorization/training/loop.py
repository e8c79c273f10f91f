"""The training loop: steps, validations, saved states, and stopping."""

import logging
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8

from colorization.planning.train_schema import Running
from colorization.runtime.log import StageError
from colorization.runtime.progress import Progress
from colorization.training import distributed
from colorization.training.batches import Batches, load_batches
from colorization.training.checkpoints import StateFolder
from colorization.training.distributed import STOPPED
from colorization.training.monitor import Watch
from colorization.training.trainer import Trainer

log = logging.getLogger(__name__)
# Steps between readings of the loss, each of which makes the host wait for the device.
LOOK_EVERY = 20


class Session(NamedTuple):
    """What trains, on which images, and where its states are kept."""

    trainer: Trainer
    train: UInt8[np.ndarray, "N H W 3"]
    validation: UInt8[np.ndarray, "M H W 3"]
    states: StateFolder
    running: Running


def run(session: Session, history_path: Path) -> None:
    """Train to the last step, from the newest state if there is one.

    A state is written every `checkpoint_seconds`, and after SIGTERM or SIGINT; then the
    process exits with status STOPPED.
    """
    trainer, states = session.trainer, session.states
    with _stop_requests() as stop:
        if saved := states.load(trainer.device):
            trainer.restore(saved)
            settings = trainer.settings
            log.info("resuming at step %d of %d", trainer.at.step, settings.steps)
        steps = distributed.total(torch.tensor(trainer.at.step))
        if steps != distributed.world() * trainer.at.step:
            raise StageError(
                f"the processes see different saved states in {states.folder}: all must "
                "train on one shared folder"
            )
        tensorboard = session.running.tensorboard
        with Watch(history_path, trainer.at.step, tensorboard) as watch:
            _loop(session, watch, stop)


def _loop(session: Session, watch: Watch, stop: list[int]) -> None:
    trainer, running = session.trainer, session.running
    settings, at = trainer.settings, trainer.at
    started = time.monotonic() - at.seconds
    saved_at = time.monotonic()
    batches = Batches(session.train, settings, distributed.rank(), distributed.world())
    watch.show(at.history)
    done, whole = (steps * settings.batch for steps in (at.step, settings.steps))
    if not at.history and not settings.steps:
        trainer.record(session.validation)
        watch.show(at.history)
        _save(trainer, session.states)
    with Progress(whole, "train", "img", done, distributed.rank() == 0) as bar:
        for batch in load_batches(batches, at.step, trainer.device):
            with _explained_memory(trainer):
                trainer.step(batch)
            bar.advance(settings.batch)
            at.seconds = time.monotonic() - started
            last = at.step == settings.steps
            if at.step % LOOK_EVERY == 0:
                bar.note(f"loss {trainer.look():.3f}")
            if last or at.step % settings.validate_every == 0:
                with _explained_memory(trainer):
                    trainer.record(session.validation)
                watch.show(at.history)
            due = time.monotonic() - saved_at >= running.checkpoint_seconds
            stopping, due = distributed.agree(bool(stop), due)
            if last or stopping or due:
                _save(trainer, session.states)
                saved_at = time.monotonic()
            if stopping and not last:
                log.warning("stopped at step %d; run again to go on from here", at.step)
                raise SystemExit(STOPPED)


@contextmanager
def _explained_memory(trainer: Trainer) -> Generator[None, None, None]:
    """StageError that says what to set where torch says that memory is out."""
    try:
        yield
    except RuntimeError as error:
        # Those of the CPU and of MPS have no error class of their own.
        words = "DefaultCPUAllocator", "MPS backend out of memory"
        short = any(word in str(error) for word in words)
        if not short and not isinstance(error, torch.OutOfMemoryError):
            raise
        settings, part = trainer.settings, trainer.part
        less = f"set train.micro_batch to {part // 2} or less (train.batch {settings.batch} "
        less += "is then added up from parts), or "
        raise StageError(
            f"out of memory on {trainer.device} with {part} images of {settings.crop} "
            f"pixels at a time: {less if part > 1 else ''}lower train.batch or train.crop"
        ) from None


def _save(trainer: Trainer, states: StateFolder) -> None:
    """Write the state in one process; the others wait until it is written."""
    state = trainer.state()
    if distributed.rank() == 0:
        states.save(trainer.at.step, state)
    distributed.agree(True)
    trainer.saved_step = trainer.at.step


@contextmanager
def _stop_requests() -> Generator[list[int], None, None]:
    """A list that is empty until SIGTERM or SIGINT arrives; a second one stops at once.

    A second signal ends a single process at once. One of several processes gets a signal
    from the terminal and from its launcher, which ends it if it takes too long.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if distributed.world() == 1:
            signal.signal(number, signal.SIG_DFL)

    before = {n: signal.signal(n, handle) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
