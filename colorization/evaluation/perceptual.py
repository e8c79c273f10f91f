"""Metrics by networks trained elsewhere: LPIPS, FID, KID and semantic interpretability.

Their weights are taken from a given path or from torchvision's usual cache and never
downloaded; what is missing is left out, and `unavailable` says why.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torchmetrics.functional.image.lpips import (
    _LPIPS,  # pyright: ignore[reportPrivateUsage]  # no public one takes weights
)
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from colorization.inference.model_file import read_state_dict
from colorization.runtime.log import StageError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Which of ImageNet's 1,000 classes, by number, are which of STL-10's. ImageNet has no
# deer; its antelopes stand for them, as the nearest.
STL10_CLASSES = {
    "airplane": [404, 895],
    "bird": [*range(7, 25), *range(80, 101), *range(127, 147)],
    "car": [407, 436, 468, 511, 609, 627, 656, 661, 751, 817],
    "cat": [281, 282, 283, 284, 285],
    "deer": [351, 352, 353],
    "dog": [*range(151, 269)],
    "horse": [339],
    "monkey": [*range(365, 383)],
    "ship": [403, 472, 484, 510, 554, 576, 625, 628, 724, 780, 814, 833, 871, 914],
    "truck": [555, 569, 675, 717, 734, 864, 867],
}


class Unavailable(Exception):
    """Why a metric cannot be computed here."""


def load_network(name: str, path: str | None, **options) -> nn.Module:
    """A torchvision model with weights from `path` or the cache; raises Unavailable.

    A given path that cannot be used is the user's mistake: StageError.
    """
    weights = torchvision.models.get_model_weights(name).DEFAULT
    cached = Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)
    if path is None and not cached.is_file():
        raise Unavailable(
            f"no weights of {name}: neither a path nor {cached.name} in the cache"
        )
    network = torchvision.models.get_model(name, weights=None, **options)
    try:
        network.load_state_dict(read_state_dict(path or cached))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise StageError(f"{path or cached}: not weights of {name}: {reason}") from None
    return network.eval()


def _normalise(rgb: Tensor, side: int) -> Tensor:
    """uint8 (B, H, W, 3) to what ImageNet networks take: (B, 3, side, side)."""
    images = rgb.permute(0, 3, 1, 2).float() / 255
    images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    mean, std = (
        torch.tensor(v, device=rgb.device) for v in (IMAGENET_MEAN, IMAGENET_STD)
    )
    return (images - mean[:, None, None]) / std[:, None, None]


class _InceptionFeatures(nn.Module):
    """torchvision's Inception v3 up to its last pooling: uint8 (B, 3, H, W) to (B, 2048)."""

    num_features = 2048

    def __init__(self, path: str | None):
        super().__init__()
        self.network = load_network("inception_v3", path, init_weights=False)
        self.network.fc = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        return self.network(_normalise(images.permute(0, 2, 3, 1), 299))


class Lpips:
    """LPIPS (Zhang et al. 2018) with AlexNet, per image."""

    def __init__(self, path: str | None, device: torch.device):
        backbone = load_network("alexnet", path)
        self.network = _LPIPS(
            pretrained=True, net="alex", pnet_rand=True, eval_mode=True
        )
        own, other = (
            self.network.net.state_dict(),
            backbone.get_submodule("features").state_dict(),
        )
        # torchmetrics cuts the same layers, in the same order, into slices.
        renamed = dict(zip(own, other.values(), strict=True))
        self.network.net.load_state_dict(renamed)
        self.network.to(device)

    def __call__(self, coloured: Tensor, truth: Tensor) -> Tensor:
        """uint8 (B, H, W, 3) twice to (B,)."""
        pair = [
            rgb.permute(0, 3, 1, 2).float() / 127.5 - 1 for rgb in (coloured, truth)
        ]
        # AlexNet's last layers vanish on images smaller than this.
        pair = [F.interpolate(x, 64) if x.shape[-1] < 64 else x for x in pair]
        return self.network(*pair).flatten()


class Distances:
    """FID and KID of one method's images against the truth (torchvision's Inception)."""

    def __init__(self, path: str | None, images: int, device: torch.device):
        features = _InceptionFeatures(path)
        subset = min(images, 100)
        self.fid = FrechetInceptionDistance(features).to(device)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # it keeps all features: 8 kB each
            kid = KernelInceptionDistance(features, subset_size=subset)
        self.kid = kid.to(device)

    def update(self, coloured: Tensor, truth: Tensor) -> None:
        """Count uint8 (B, H, W, 3) twice."""
        for metric in (self.fid, self.kid):
            for rgb, real in ((truth, True), (coloured, False)):
                metric.update(rgb.permute(0, 3, 1, 2), real=real)

    def compute(self) -> dict[str, float]:
        """fid and kid; the subsets of KID are drawn from a fixed seed."""
        torch.manual_seed(0)
        return dict(fid=self.fid.compute().item(), kid=self.kid.compute()[0].item())


class Classifier:
    """An ImageNet classifier whose classes are mapped onto the set's."""

    def __init__(
        self,
        name: str,
        path: str | None,
        mapping: dict[str, list[int]],
        classes: list[str],
        device: torch.device,
    ):
        """`mapping` gives ImageNet numbers by class; STL-10's is known."""
        mapping = STL10_CLASSES | mapping
        unmapped = [label for label in classes if label not in mapping]
        if unmapped:
            raise Unavailable(f"no ImageNet classes given for {', '.join(unmapped)}")
        self.network = load_network(name, path).to(device)
        self.groups = [torch.tensor(mapping[label], device=device) for label in classes]

    def __call__(self, rgb: Tensor) -> Tensor:
        """uint8 (B, H, W, 3) to class numbers (B,): the likeliest group."""
        share = self.network(_normalise(rgb, 224)).softmax(1)
        return torch.stack([share[:, group].sum(1) for group in self.groups], 1).argmax(
            1
        )


class Perceptual:
    """All of these that are available, for several methods on one split."""

    def __init__(
        self,
        settings: dict,
        images: int,
        labels: tuple[np.ndarray, list[str]] | None,
        device: torch.device,
    ):
        """`settings` is the config's `evaluate.perceptual`; `labels` of the images."""
        self.unavailable: dict[str, str] = {}
        self._labels = labels and labels[0]
        self._distances: dict[str, Distances] = {}
        self._new = lambda: Distances(settings["inception"], images, device)
        try:
            self._lpips = Lpips(settings["alexnet"], device)
        except Unavailable as reason:
            self._lpips, self.unavailable["lpips"] = None, str(reason)
        try:
            self._new()
        except Unavailable as reason:
            self._new = None
            self.unavailable |= dict(fid=str(reason), kid=str(reason))
        own = settings["classifier"]
        try:
            if labels is None:
                raise Unavailable("the test images have no classes")
            place = own["model"], own["weights"], own["classes"]
            self._classifier = Classifier(*place, labels[1], device)
        except Unavailable as reason:
            self._classifier, self.unavailable["classified"] = None, str(reason)

    def measure(
        self, method: str, index: np.ndarray, coloured: Tensor, truth: Tensor
    ) -> dict[str, Tensor]:
        """Per-image values of one method's batch; counts it for FID and KID too."""
        values = {}
        if self._lpips:
            values["lpips"] = self._lpips(coloured, truth)
        if self._classifier and self._labels is not None:
            known = torch.from_numpy(self._labels[index]).to(coloured.device)
            values["classified"] = (self._classifier(coloured) == known).double()
        if self._new:
            if method not in self._distances:
                self._distances[method] = self._new()
            self._distances[method].update(coloured, truth)
        return values

    def distances(self, method: str) -> dict[str, float]:
        """fid and kid of a method, where available."""
        return self._distances[method].compute() if self._new else {}
