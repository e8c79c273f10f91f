"""The network of the paper's appendix, at any width."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

# (channels, layers, stride of the last layer, dilation) of conv1…conv7 at width 1.
BLOCKS = [
    (64, 2, 2, 1),
    (128, 2, 2, 1),
    (256, 3, 2, 1),
    (512, 3, 1, 1),
    (512, 3, 1, 2),
    (512, 3, 1, 2),
    (512, 3, 1, 1),
]
OUTPUT_STRIDE = 4


def scaled(channels: int, width: float) -> int:
    """Channels at a width multiplier, a multiple of 8, which suits matrix units."""
    return max(8, round(channels * width / 8) * 8)


class ColorizationNet(nn.Module):
    """L to `outputs` channels (scores of the bins, or ab) at a quarter of its size.

    `conv1`…`conv7` are 3×3 convolutions with ReLU, each block closed by batch norm;
    `conv8` doubles the size with a transposed 4×4 convolution; `out` is 1×1. Blocks are
    numbered as in the authors' prototxt.
    """

    def __init__(self, outputs: int, width: float = 1.0):
        super().__init__()
        self.width, self.blocks = width, len(BLOCKS)
        inputs = 1
        for number, (channels, depth, stride, dilation) in enumerate(BLOCKS, start=1):
            channels = scaled(channels, width)
            layers: list[nn.Module] = []
            for i in range(depth):
                step = stride if i == depth - 1 else 1
                conv = nn.Conv2d(inputs, channels, 3, step, dilation, dilation)
                layers += [conv, nn.ReLU(inplace=True)]
                inputs = channels
            layers.append(nn.BatchNorm2d(channels))
            self.add_module(f"conv{number}", nn.Sequential(*layers))
        channels = scaled(256, width)
        layers = [nn.ConvTranspose2d(inputs, channels, 4, 2, 1), nn.ReLU(inplace=True)]
        for _ in range(2):
            layers += [nn.Conv2d(channels, channels, 3, 1, 1), nn.ReLU(inplace=True)]
        self.conv8 = nn.Sequential(*layers)
        self.out = nn.Conv2d(channels, outputs, 1)

    def trunk(
        self, lightness: Float[Tensor, "B 1 H W"]
    ) -> Iterator[tuple[str, Float[Tensor, "B channels h w"]]]:
        """Yield ("conv1", its output) … ("conv7", its output) for L in 0…100."""
        x = (lightness - 50) / 100
        for number in range(1, self.blocks + 1):
            x = getattr(self, f"conv{number}")(x)
            yield f"conv{number}", x

    def forward(
        self, lightness: Float[Tensor, "B 1 H W"]
    ) -> Float[Tensor, "B outputs h w"]:
        """L in 0…100 to the outputs; h = H / 4 and w = W / 4, for multiples of 8."""
        x = (lightness - 50) / 100
        for number in range(1, self.blocks + 2):
            x = getattr(self, f"conv{number}")(x)
        return self.out(x)


def initialise(
    network: ColorizationNet, log_marginal: Float[Tensor, " Q"] | None
) -> None:
    """He initialisation for ReLU; the output starts at `log_marginal` everywhere.

    Starting at the (rebalanced) distribution of bins saves the steps that would learn
    it; with None the output starts at zero.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.get_parameter("bias"))
    nn.init.normal_(network.out.weight, std=1e-3)
    if log_marginal is not None:
        with torch.no_grad():
            network.out.get_parameter("bias").copy_(log_marginal)
