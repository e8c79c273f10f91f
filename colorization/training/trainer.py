"""One step of training, validation, and the state between steps."""

import logging
import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from torch.optim.swa_utils import get_ema_multi_avg_fn

from colorization.data.memory_map import take
from colorization.method.encoding import SoftEncoder
from colorization.method.loss import pixel_weights, soft_cross_entropy, squared_error
from colorization.method.network import ColorizationNet
from colorization.planning.train_schema import TrainSettings
from colorization.runtime.device import autocast_dtype, memory_format, widest
from colorization.runtime.log import StageError
from colorization.training import distributed
from colorization.training.batches import (
    Example,
    RawBatch,
    crop_and_mirror,
    make_example,
    resize,
    sides,
)
from colorization.training.schedule import rate

log = logging.getLogger(__name__)


@dataclass
class Progression:
    """What changes during training, beside parameters and optimizer."""

    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0  # over the steps since the last validation
    loss_steps: int = 0
    best_loss: float = math.inf
    best_step: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """Trains a run. All results are a function of the arguments and the step."""

    def __init__(
        self,
        settings: TrainSettings,
        network: ColorizationNet,
        encoder: SoftEncoder,
        class_weights: Float32[np.ndarray, " Q"],
        device: torch.device,
    ):
        """`class_weights` are all 1 without rebalancing."""
        self.settings, self.device = settings, device
        self.dtype = autocast_dtype(settings.precision, device)
        self.layout = memory_format(device)
        self.encoder = encoder.to(device)
        self.class_weights = torch.from_numpy(class_weights).to(device)
        self.network = network.to(device).to(memory_format=self.layout)
        if settings.compile:
            network.compile()
        # The network that is called in training; it exchanges gradients with other processes.
        self.forward = distributed.wrap(self.network)
        self.averaged = ColorizationNet(network.out.out_channels, network.width)
        self.averaged.load_state_dict(network.state_dict())
        self.averaged.to(device).to(memory_format=self.layout).eval()
        self.best = {k: v.clone() for k, v in self.averaged.state_dict().items()}
        kind = dict(adam=torch.optim.Adam, adamw=torch.optim.AdamW)[settings.optimizer]
        self.optimizer = kind(
            self.network.parameters(),
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        norms = (m for m in network.modules() if isinstance(m, nn.BatchNorm2d))
        self.norms = list(norms)
        # Images on the device at a time.
        share = settings.batch // distributed.world()
        self.part = min(settings.micro_batch or share, share)
        self.at = Progression()
        self.saved_step = 0
        self._loss = torch.zeros((), device=device, dtype=widest(device))

    def loss(
        self, network: nn.Module, example: Example
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Mean over pixels of the training loss and of the plain one.

        The plain loss is the cross-entropy in nats, or the squared error. The training loss
        weights it by the rarity of colours and leaves out gray images.
        """
        lightness = example.lightness.contiguous(memory_format=self.layout)
        with torch.autocast(
            self.device.type, self.dtype, enabled=self.dtype is not None
        ):
            output = network(lightness)
        if self.settings.loss == "regression":
            plain = squared_error(output, example.ab)
        else:
            plain = soft_cross_entropy(output, example.indices, example.soft)
        nearest, threshold = example.indices[..., 0], self.settings.gray_threshold
        weights = pixel_weights(nearest, self.class_weights, example.ab, threshold)
        return (weights * plain).mean(), plain.mean()

    def step(self, batch: RawBatch) -> None:
        """One optimizer step on a raw batch; reads nothing back from the device."""
        self.network.train()
        if self.settings.start is not None:
            # A few photographs of one kind have other statistics than those of the model.
            for norm in self.norms:
                norm.eval()
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.settings, self.at.step)
        batch = RawBatch(*(part.to(self.device, non_blocking=True) for part in batch))
        size = min(batch.images.shape[1:3])
        window, crop = sides(self.settings, self.at.step, size)
        rgb = resize(crop_and_mirror(batch, window), crop)
        parts = rgb.split(self.part)
        alone = getattr(self.forward, "no_sync", nullcontext)
        self.optimizer.zero_grad(set_to_none=True)
        for part in parts:
            # Gradients are added up here, and exchanged after the last part.
            with nullcontext() if part is parts[-1] else alone():
                loss, _ = self.loss(self.forward, make_example(part, self.encoder))
                loss = loss * (len(part) / len(rgb))
                loss.backward()
            self._loss += loss.detach()
        self.optimizer.step()
        self._average()
        self.at.step += 1
        self.at.loss_steps += 1

    @torch.no_grad()
    def _average(self) -> None:
        """Update the exponential moving average, which is short at first to forget the start."""
        keep = min(self.settings.averaging, (1 + self.at.step) / (10 + self.at.step))
        new, old = self.network.state_dict(), self.averaged.state_dict()
        pairs = [(old[key], new[key]) for key in new if new[key].is_floating_point()]
        average = get_ema_multi_avg_fn(keep)
        average([a for a, _ in pairs], [b for _, b in pairs], self.at.step)

    @torch.no_grad()
    def validate(self, images: UInt8[np.ndarray, "N H W 3"]) -> tuple[float, float]:
        """Both losses of the averaged parameters, means over the images."""
        totals = torch.zeros(2, dtype=widest(self.device), device=self.device)
        size, stride = self.part, self.part * distributed.world()
        for start in range(distributed.rank() * size, len(images), stride):
            part = take(images, range(start, min(start + size, len(images))))
            rgb = torch.from_numpy(part).to(self.device, non_blocking=True)
            losses = self.loss(self.averaged, make_example(rgb, self.encoder))
            totals += torch.stack(losses).to(totals.dtype) * len(part)
        loss, plain = (distributed.total(totals) / len(images)).tolist()
        return loss, plain

    def look(self) -> float:
        """Mean training loss since the last validation. Raises StageError if it is not finite."""
        losses = distributed.total(self._loss.clone()) / distributed.world()
        self.at.loss_sum = losses.item()
        mean = self.at.loss_sum / max(1, self.at.loss_steps)
        if not math.isfinite(mean):
            raise self._not_finite("loss")
        return mean

    def check_weights(self) -> None:
        """StageError if a weight is not finite; the loss would only show it a step later."""
        if not get_total_norm(self.network.parameters()).isfinite():
            raise self._not_finite("network")

    def _not_finite(self, what: str) -> StageError:
        last = rate(self.settings, self.at.step - 1)
        return StageError(
            f"the {what} is not finite at step {self.at.step} (learning rate {last:.3g}): "
            "lower train.learning_rate, or set train.precision to float32; the last "
            f"good state is that of step {self.saved_step}"
        )

    def record(self, validation: UInt8[np.ndarray, "N H W 3"]) -> None:
        """Validate, keep the best parameters, and append a row to the history."""
        train_loss = self.look() if self.at.step else math.nan
        self.check_weights()
        loss, plain = self.validate(validation)
        if loss < self.at.best_loss:
            self.at.best_loss, self.at.best_step = loss, self.at.step
            self.best = {k: v.clone() for k, v in self.averaged.state_dict().items()}
        row = dict(step=self.at.step, images=self.at.step * self.settings.batch)
        row |= dict(seconds=round(self.at.seconds, 2), train_loss=train_loss)
        row |= dict(validation_loss=loss, validation_plain=plain)
        row |= dict(learning_rate=rate(self.settings, self.at.step - 1))
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

    def state(self) -> dict[str, Any]:
        """All that is needed to go on, for StateFolder; StageError if it is not finite."""
        self.look()
        self.check_weights()
        return dict(
            network=self.network.state_dict(),
            averaged=self.averaged.state_dict(),
            best=self.best,
            optimizer=self.optimizer.state_dict(),
            at=vars(self.at),
        )

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state."""
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best, self.at = state["best"], Progression(**state["at"])
        self._loss.fill_(self.at.loss_sum)
        self.saved_step = self.at.step
