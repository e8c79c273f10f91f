"""The training loop."""

import logging
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from colorization.device import autocast_dtype
from colorization.encoding import SoftEncoder
from colorization.files import atomic
from colorization.log import StageError
from colorization.loss import pixel_weights, soft_cross_entropy, squared_error
from colorization.network import ColorizationNet
from colorization.progress import Progress
from colorization.training.batches import (
    Example,
    RawBatch,
    crop_and_mirror,
    load_batches,
    make_example,
)
from colorization.training.settings import TrainSettings
from colorization.training.state import StateFolder

log = logging.getLogger(__name__)
# Steps between two looks at the loss: each look makes the host wait for the device.
LOOK_EVERY = 20
# Exit status of a run that was asked to stop and saved its state (EX_TEMPFAIL).
STOPPED = 75


@dataclass
class Progression:
    """What changes while training, besides weights and optimizer."""

    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0  # over the steps since the last validation
    loss_steps: int = 0
    best_loss: float = math.inf
    best_step: int = 0
    history: list[dict] = field(default_factory=list)


class Trainer:
    """Trains one run; every result is a function of the arguments and the step."""

    def __init__(
        self,
        settings: TrainSettings,
        network: ColorizationNet,
        encoder: SoftEncoder,
        weights: np.ndarray,
        device: torch.device,
    ):
        """`weights` float32 (Q,): the class-rebalancing weights (ones without)."""
        self.settings, self.device = settings, device
        self.dtype = autocast_dtype(settings.precision, device)
        self.encoder = encoder.to(device)
        self.weights = torch.from_numpy(weights).to(device)
        self.network = network.to(device, memory_format=torch.channels_last)
        self.averaged = ColorizationNet(network.out.out_channels, network.width)
        self.averaged.load_state_dict(network.state_dict())
        self.averaged.to(device, memory_format=torch.channels_last).eval()
        self.best = {k: v.clone() for k, v in self.averaged.state_dict().items()}
        kind = dict(adam=torch.optim.Adam, adamw=torch.optim.AdamW)[settings.optimizer]
        self.optimizer = kind(
            self.network.parameters(),
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.at = Progression()
        self.saved_step = 0
        self._loss = torch.zeros((), device=device, dtype=torch.float64)

    def loss(self, network: ColorizationNet, example: Example) -> tuple[Tensor, Tensor]:
        """Mean over pixels of the training loss and of the plain one.

        The plain loss is the cross-entropy in nats, or the squared error; the training
        loss weighs it by the rarity of colours and leaves out gray images.
        """
        lightness = example.lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(
            self.device.type, self.dtype, enabled=self.dtype is not None
        ):
            output = network(lightness)
        if self.settings.loss == "regression":
            plain = squared_error(output, example.ab)
        else:
            plain = soft_cross_entropy(output, example.indices, example.soft)
        nearest, threshold = example.indices[..., 0], self.settings.gray_threshold
        weight = pixel_weights(nearest, self.weights, example.ab, threshold)
        return (weight * plain).mean(), plain.mean()

    def step(self, batch: RawBatch) -> None:
        """One optimizer step on a raw batch; nothing here waits for the device."""
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate(self.at.step)
        batch = RawBatch(*(part.to(self.device, non_blocking=True) for part in batch))
        example = make_example(crop_and_mirror(batch, self.settings.crop), self.encoder)
        loss, _ = self.loss(self.network, example)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self._average()
        self._loss += loss.detach()
        self.at.step += 1
        self.at.loss_steps += 1

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential moving average; short at first, so that the start is forgotten."""
        keep = min(self.settings.averaging, (1 + self.at.step) / (10 + self.at.step))
        new, old = self.network.state_dict(), self.averaged.state_dict()
        pairs = [(old[key], new[key]) for key in new if new[key].is_floating_point()]
        torch._foreach_lerp_([a for a, _ in pairs], [b for _, b in pairs], 1 - keep)

    @torch.no_grad()
    def validate(self, images: np.ndarray) -> tuple[float, float]:
        """Both losses of the averaged weights, mean over uint8 (N, H, W, 3)."""
        totals = torch.zeros(2, dtype=torch.float64, device=self.device)
        for start in range(0, len(images), self.settings.batch):
            part = images[start : start + self.settings.batch].copy()
            rgb = torch.from_numpy(part).to(self.device, non_blocking=True)
            losses = self.loss(self.averaged, make_example(rgb, self.encoder))
            totals += torch.stack(losses).double() * len(part)
        return tuple((totals / len(images)).tolist())

    def look(self) -> float:
        """Mean training loss since the last validation; StageError if it is not finite."""
        self.at.loss_sum = self._loss.item()
        mean = self.at.loss_sum / max(1, self.at.loss_steps)
        if not math.isfinite(mean):
            rate = self.settings.rate(self.at.step - 1)
            raise StageError(
                f"the loss is not finite at step {self.at.step} (learning rate {rate:.3g}): "
                "lower train.learning_rate, or set train.precision to float32; the last "
                f"good state is that of step {self.saved_step}"
            )
        return mean

    def record(self, validation: np.ndarray) -> None:
        """Validate, keep the best weights, and append to the history."""
        train_loss = self.look()
        loss, plain = self.validate(validation)
        if loss < self.at.best_loss:
            self.at.best_loss, self.at.best_step = loss, self.at.step
            self.best = {k: v.clone() for k, v in self.averaged.state_dict().items()}
        row = dict(step=self.at.step, images=self.at.step * self.settings.batch)
        row |= dict(seconds=round(self.at.seconds, 2), train_loss=train_loss)
        row |= dict(validation_loss=loss, validation_plain=plain)
        row |= dict(learning_rate=self.settings.rate(self.at.step - 1))
        self.at.history.append(row)
        self._loss.zero_()
        self.at.loss_sum, self.at.loss_steps = 0.0, 0
        log.info(
            "step %d: training loss %.4f, validation loss %.4f (best %.4f at step %d)",
            self.at.step,
            train_loss,
            loss,
            self.at.best_loss,
            self.at.best_step,
        )

    def state(self) -> dict:
        """All that is needed to go on, for StateFolder."""
        return dict(
            network=self.network.state_dict(),
            averaged=self.averaged.state_dict(),
            best=self.best,
            optimizer=self.optimizer.state_dict(),
            at=vars(self.at),
        )

    def restore(self, state: dict) -> None:
        """Go back to a saved state."""
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best, self.at = state["best"], Progression(**state["at"])
        self._loss.fill_(self.at.loss_sum)
        self.saved_step = self.at.step


def write_history(path: Path, history: list[dict]) -> None:
    """The history so far as CSV, atomically."""
    with atomic(path) as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)


def run(
    trainer: Trainer,
    train: np.ndarray,
    validation: np.ndarray,
    states: StateFolder,
    history_path: Path,
) -> None:
    """Train to the last step, from the newest state if there is one.

    States are written every `checkpoint_seconds` and when SIGTERM or SIGINT asks to
    stop; the process then exits with status STOPPED.
    """
    with _only_trainer(states.folder), _stop_requests() as stop:
        if saved := states.load(trainer.device):
            trainer.restore(saved)
            log.info(
                "resuming at step %d of %d", trainer.at.step, trainer.settings.steps
            )
        _loop(trainer, train, validation, states, history_path, stop)


def _loop(
    trainer: Trainer,
    train: np.ndarray,
    validation: np.ndarray,
    states: StateFolder,
    history_path: Path,
    stop: list[int],
) -> None:
    settings, at = trainer.settings, trainer.at
    started = time.monotonic() - at.seconds
    saved_at = time.monotonic()
    batches = load_batches(train, settings, at.step, trainer.device)
    with Progress(
        settings.steps * settings.batch, "train", "img", at.step * settings.batch
    ) as bar:
        for batch in batches:
            trainer.step(batch)
            bar.advance(settings.batch)
            at.seconds = time.monotonic() - started
            last = at.step == settings.steps
            if at.step % LOOK_EVERY == 0:
                bar.note(f"loss {trainer.look():.3f}")
            if last or at.step % settings.validate_every == 0:
                trainer.record(validation)
                write_history(history_path, at.history)
            if (
                last
                or stop
                or time.monotonic() - saved_at >= settings.checkpoint_seconds
            ):
                trainer.look()
                states.save(at.step, trainer.state())
                trainer.saved_step = at.step
                saved_at = time.monotonic()
            if stop and not last:
                log.warning("stopped at step %d; run again to go on from here", at.step)
                raise SystemExit(STOPPED)
    write_history(history_path, at.history)


@contextmanager
def _stop_requests() -> Iterator[list[int]]:
    """A list that is empty until SIGTERM or SIGINT arrives; a second one stops at once."""
    received: list[int] = []

    def handle(number, frame) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)

    before = {n: signal.signal(n, handle) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _only_trainer(folder: Path) -> Iterator[None]:
    """Hold the lock of a state folder; the system releases it when its owner dies."""
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("another process trains this run; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
