"""Metrics by networks trained elsewhere: LPIPS, FID, KID and semantic interpretability.

Weights come from a given file or from torchvision's cache, and are never downloaded. A
metric without them is left out, and `unavailable` says why.
"""

import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colorization.inference.model_file import read_state_dict
from colorization.runtime.log import StageError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# LPIPS's scaling of images in −1…1, and its weights, which torchmetrics ships.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
LPIPS_WEIGHTS = "functional/image/lpips_models/alex.pth"
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


def load_network(name: str, weights_file: str | None, **options) -> nn.Module:
    """A torchvision model with the weights of a file, or of the cache for None.

    Raises Unavailable if the cache lacks them, and StageError for an unusable file.
    """
    import torchvision  # slow to import

    url = torchvision.models.get_model_weights(name).DEFAULT.url
    cached = Path(torch.hub.get_dir(), "checkpoints", Path(url).name)
    if weights_file is None and not cached.is_file():
        raise Unavailable(
            f"no weights of {name}: neither a path nor {cached.name} in the cache"
        )
    network = torchvision.models.get_model(name, weights=None, **options)
    path = weights_file or cached
    try:
        network.load_state_dict(read_state_dict(path))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise StageError(f"{path}: not weights of {name}: {reason}") from None
    return network.eval()


def _normalise(rgb: Tensor, side: int) -> Tensor:
    """sRGB uint8 (B, H, W, 3) to the input of ImageNet networks, (B, 3, side, side)."""
    images = rgb.permute(0, 3, 1, 2).float() / 255
    images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    mean, std = (
        torch.tensor(v, device=rgb.device) for v in (IMAGENET_MEAN, IMAGENET_STD)
    )
    return (images - mean[:, None, None]) / std[:, None, None]


class _InceptionFeatures(nn.Module):
    """torchvision's Inception v3 up to its last pooling: uint8 (B, 3, H, W) to (B, 2048)."""

    num_features = 2048

    def __init__(self, weights_file: str | None):
        super().__init__()
        self.network = load_network("inception_v3", weights_file, init_weights=False)
        self.network.fc = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        return self.network(_normalise(images.permute(0, 2, 3, 1), 299))


class Lpips:
    """LPIPS 0.1 (Zhang et al. 2018) with AlexNet, per image.

    torchmetrics has it, too, but downloads AlexNet's weights.
    """

    def __init__(self, path: str | None, device: torch.device):
        # Up to the last ReLU: five are looked at.
        features = load_network("alexnet", path).get_submodule("features")
        assert isinstance(features, nn.Sequential)
        self.layers = features[:-1].to(device)
        weights = read_state_dict(str(files("torchmetrics") / LPIPS_WEIGHTS))
        self.linear = [weights[f"lin{i}.model.1.weight"].to(device) for i in range(5)]
        shift, scale = (torch.tensor(v, device=device) for v in (SHIFT, SCALE))
        self.shift, self.scale = shift[:, None, None], scale[:, None, None]

    def _features(self, images: Tensor) -> list[Tensor]:
        """Of (B, 3, H, W): what comes out of each ReLU, with channels of length 1."""
        found, x = [], (images - self.shift) / self.scale
        for layer in self.layers:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(x / torch.sqrt(1e-8 + x.square().sum(1, keepdim=True)))
        return found

    @torch.no_grad()
    def __call__(self, coloured: Tensor, truth: Tensor) -> Tensor:
        """sRGB uint8 (B, H, W, 3) twice to distances (B,)."""
        pair = [
            rgb.permute(0, 3, 1, 2).float() / 127.5 - 1 for rgb in (coloured, truth)
        ]
        # AlexNet's last layers need images of at least 64 pixels.
        pair = [F.interpolate(x, 64) if x.shape[-1] < 64 else x for x in pair]
        layers = zip(*map(self._features, pair), self.linear, strict=True)
        distances = [F.conv2d((a - b).square(), w).mean((2, 3)) for a, b, w in layers]
        return sum(distances, torch.tensor(0.0)).flatten()


class Distances:
    """FID and KID of one method's images against the truth (torchvision's Inception)."""

    def __init__(self, weights_file: str | None, images: int, device: torch.device):
        from torchmetrics.image.fid import FrechetInceptionDistance  # slow to import
        from torchmetrics.image.kid import KernelInceptionDistance

        features = _InceptionFeatures(weights_file)
        subset = min(images, 100)
        self.fid = FrechetInceptionDistance(features).to(device)
        with warnings.catch_warnings():
            # That it keeps all features in memory: 8 kB an image.
            warnings.simplefilter("ignore", UserWarning)
            kid = KernelInceptionDistance(features, subset_size=subset)
        self.kid = kid.to(device)

    def update(self, coloured: Tensor, truth: Tensor) -> None:
        """Add a batch of images, sRGB uint8 (B, H, W, 3) twice."""
        for metric in (self.fid, self.kid):
            for rgb, real in ((truth, True), (coloured, False)):
                metric.update(rgb.permute(0, 3, 1, 2), real=real)

    def compute(self) -> dict[str, float]:
        """fid and kid; the subsets of KID are drawn from a fixed seed."""
        torch.manual_seed(0)
        return dict(fid=self.fid.compute().item(), kid=self.kid.compute()[0].item())


class Classifier:
    """An ImageNet classifier whose classes are grouped into the dataset's classes."""

    def __init__(
        self,
        name: str,
        weights_file: str | None,
        mapping: dict[str, list[int]],
        classes: list[str],
        device: torch.device,
    ):
        """`mapping` has the numbers of ImageNet's classes by class, beside STL-10's.

        Raises Unavailable for a class without numbers.
        """
        mapping = STL10_CLASSES | mapping
        unmapped = [label for label in classes if label not in mapping]
        if unmapped:
            raise Unavailable(f"no ImageNet classes given for {', '.join(unmapped)}")
        self.network = load_network(name, weights_file).to(device)
        self.groups = [torch.tensor(mapping[label], device=device) for label in classes]

    def __call__(self, rgb: Tensor) -> Tensor:
        """sRGB uint8 (B, H, W, 3) to class numbers (B,): the most probable group."""
        probability = self.network(_normalise(rgb, 224)).softmax(1)
        by_class = [probability[:, group].sum(1) for group in self.groups]
        return torch.stack(by_class, 1).argmax(1)


class Perceptual:
    """All of these metrics that are available, for several methods on one split."""

    def __init__(
        self,
        settings: dict,
        images: int,
        labels: tuple[np.ndarray, list[str]] | None,
        device: torch.device,
    ):
        """`settings` is the config's `evaluate.perceptual`.

        `labels` are the class numbers of the `images` images, and the classes' names.
        """
        self.unavailable: dict[str, str] = {}
        self._labels = labels and labels[0]
        self._distances: dict[str, Distances] = {}
        self._new_distances = lambda: Distances(settings["inception"], images, device)
        try:
            self._lpips = Lpips(settings["alexnet"], device)
        except Unavailable as reason:
            self._lpips, self.unavailable["lpips"] = None, str(reason)
        try:
            self._new_distances()
        except Unavailable as reason:
            self._new_distances = None
            self.unavailable |= dict(fid=str(reason), kid=str(reason))
        classifier = settings["classifier"]
        try:
            if labels is None:
                raise Unavailable("the test images have no classes")
            self._classifier = Classifier(
                classifier["model"],
                classifier["weights"],
                classifier["classes"],
                labels[1],
                device,
            )
        except Unavailable as reason:
            self._classifier, self.unavailable["classified"] = None, str(reason)

    def measure(
        self, method: str, index: np.ndarray, coloured: Tensor, truth: Tensor
    ) -> dict[str, Tensor]:
        """Values of one method's batch per image (B,). Adds the batch to FID and KID."""
        values = {}
        if self._lpips:
            values["lpips"] = self._lpips(coloured, truth)
        if self._classifier and self._labels is not None:
            labels = torch.from_numpy(self._labels[index]).to(coloured.device)
            values["classified"] = (self._classifier(coloured) == labels).double()
        if self._new_distances:
            if method not in self._distances:
                self._distances[method] = self._new_distances()
            self._distances[method].update(coloured, truth)
        return values

    def distances(self, method: str) -> dict[str, float]:
        """fid and kid of a method; empty if they are not available."""
        return self._distances[method].compute() if self._new_distances else {}
