import torch

from colorization.method.encoding import SoftEncoder
from colorization.method.loss import pixel_weights, soft_cross_entropy


def dense(indices, soft, q):
    return torch.zeros(*indices.shape[:-1], q).scatter_(-1, indices, soft)


def test_value_and_gradient_match_the_dense_cross_entropy(bins):
    torch.manual_seed(0)
    indices, soft = SoftEncoder(bins, 5, 5)(torch.randn(2, 3, 4, 2) * 30)
    logits = torch.randn(2, len(bins), 3, 4, requires_grad=True)
    reference = logits.detach().clone().requires_grad_()
    weight = torch.rand(2, 3, 4)
    loss = (weight * soft_cross_entropy(logits, indices, soft)).sum()
    target = dense(indices, soft, len(bins)).permute(0, 3, 1, 2)
    expected = torch.nn.functional.cross_entropy(reference, target, reduction="none")
    expected = (weight * expected).sum()
    loss.backward()
    expected.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(logits.grad, reference.grad)


def test_extreme_scores_stay_finite():
    logits = torch.tensor([1e4, -1e4, 0.0]).reshape(1, 3, 1, 1).requires_grad_()
    indices = torch.tensor([1, 0]).reshape(1, 1, 1, 2)
    loss = soft_cross_entropy(
        logits, indices, torch.tensor([0.5, 0.5]).reshape(1, 1, 1, 2)
    )
    loss.sum().backward()
    assert loss.item() == 1e4
    assert torch.isfinite(logits.grad).all()


def test_gray_images_have_no_weight():
    ab = torch.zeros(3, 2, 2, 2)
    ab[1, 0, 0, 1] = -5.0  # not above the threshold
    ab[2, 1, 1, 0] = -5.1
    nearest = torch.tensor([0, 1]).expand(3, 2, 2)
    weight = pixel_weights(nearest, torch.tensor([2.0, 3.0]), ab, 5)
    assert weight[:2].abs().sum() == 0
    assert torch.equal(weight[2], torch.tensor([[2.0, 3.0], [2.0, 3.0]]))
    assert pixel_weights(nearest, torch.tensor([2.0, 3.0]), ab, None).min() == 2
