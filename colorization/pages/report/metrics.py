"""How each metric is shown: its name, unit and direction."""

from typing import NamedTuple


class Metric(NamedTuple):
    """`factor` and `digits` are for display; `better` is higher, lower or empty."""

    label: str
    unit: str
    factor: float
    digits: int
    better: str
    meaning: str

    @property
    def title(self) -> str:
        """Name, unit, and an arrow towards better."""
        arrow = {"higher": " ↑", "lower": " ↓"}.get(self.better, "")
        return self.label + (f", {self.unit}" if self.unit else "") + arrow


METRICS = {
    "auc": Metric(
        *("AuC raw", "%", 100, 1, "higher"),
        "area under the curve of pixels within 0…150 Lab units of the truth",
    ),
    "auc_rebalanced": Metric(
        *("AuC rebalanced", "%", 100, 1, "higher"),
        "the same, each pixel counted by the rarity of its true colour",
    ),
    "rmse_ab": Metric(
        "RMSE", "Lab units", 1, 1, "lower", "root mean square error in a and b"
    ),
    "ciede2000": Metric(
        "CIEDE2000", "", 1, 1, "lower", "mean perceived colour difference"
    ),
    "chroma": Metric("chroma", "Lab units", 1, 1, "", "mean distance from gray"),
    "colourfulness": Metric(
        *("colourfulness", "", 1, 1, ""),
        "Hasler and Süsstrunk's measure; right when it is the ground truth's",
    ),
    "delta_colourfulness": Metric(
        *("Δ colourfulness", "", 1, 1, "lower"),
        "distance of the mean colourfulness from the ground truth's",
    ),
    "psnr": Metric(
        *("PSNR", "dB", 1, 1, "higher"), "of RGB; 99 stands for an equal image"
    ),
    "ssim": Metric("SSIM", "", 1, 3, "higher", "structural similarity"),
    "lpips": Metric(
        "LPIPS", "", 1, 3, "lower", "distance in the features of an AlexNet"
    ),
    "fid": Metric(
        *("FID", "", 1, 1, "lower"),
        "distance of the images as a set, in the features of an Inception v3",
    ),
    "kid": Metric("KID", "", 1, 4, "lower", "like FID, without bias at few images"),
    "classified": Metric(
        *("recognized", "%", 100, 1, "higher"),
        "colorized images whose class a network trained on colour photographs names",
    ),
    "cross_entropy": Metric(
        *("cross-entropy", "nats", 1, 2, "lower"),
        "of the predicted distribution over the bins, per pixel",
    ),
    "kl": Metric(
        *("KL", "nats", 1, 2, "lower"),
        "cross-entropy less what no prediction can avoid",
    ),
    "top1": Metric(
        "top 1", "%", 100, 1, "higher", "pixels whose true bin is the likeliest"
    ),
    "top5": Metric(
        *("top 5", "%", 100, 1, "higher"),
        "pixels whose true bin is among the five likeliest",
    ),
}
GROUPS = {
    "Colours": [
        *("auc", "auc_rebalanced", "rmse_ab", "ciede2000"),
        *("chroma", "colourfulness", "delta_colourfulness"),
    ],
    "Images": ["psnr", "ssim", "lpips", "fid", "kid", "classified"],
    "Distributions over the bins": ["cross_entropy", "kl", "top1", "top5"],
}
