import numpy as np
import torch
from torch import nn

from colorization.method.network import ColorizationNet, initialise
from colorization.method.prior import log_marginal

# The paper's appendix: kernel, channels, stride, dilation, layer by layer.
LAYERS = [
    *[(3, 64, 1, 1), (3, 64, 2, 1), (3, 128, 1, 1), (3, 128, 2, 1)],
    *[(3, 256, 1, 1), (3, 256, 1, 1), (3, 256, 2, 1)],
    *[(3, 512, 1, 1)] * 3,
    *[(3, 512, 1, 2)] * 6,
    *[(3, 512, 1, 1)] * 3,
    *[(4, 256, 2, 1), (3, 256, 1, 1), (3, 256, 1, 1), (1, 326, 1, 1)],
]


def test_is_the_papers_network():
    network = ColorizationNet(326)
    assert sum(p.numel() for p in network.parameters()) == 32_238_726
    convolutions = [
        module
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    ]
    layers = [
        (m.kernel_size[0], m.out_channels, m.stride[0], m.dilation[0])
        for m in convolutions
    ]
    assert layers == LAYERS
    assert sum(isinstance(m, nn.BatchNorm2d) for m in network.modules()) == 7


def test_output_is_a_quarter_of_the_input():
    network = ColorizationNet(326, 0.125)
    assert network(torch.zeros(2, 1, 64, 96)).shape == (2, 326, 16, 24)


def test_starts_at_the_marginal():
    network = ColorizationNet(4, 0.125)
    share = np.array([0.5, 0.3, 0.2, 0.0])
    initialise(network, log_marginal(share))
    with torch.no_grad():
        scores = network(torch.rand(2, 1, 32, 32) * 100)
    np.testing.assert_allclose(scores.softmax(1).mean((0, 2, 3)), share, atol=0.02)
