"""Soft encoding of ab colours: weights on the nearest bins (section 2.2 of the paper)."""

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

# Half the width of the lookup table in Lab units; sRGB stays within ±108.
TABLE_EXTENT = 128
# Side of a table cell in Lab units: smaller cells have fewer candidates, larger tables.
CELL = 2.0


def candidate_table(
    bins: Float[np.ndarray, "Q 2"], neighbours: int
) -> Int64[np.ndarray, "cells M"]:
    """For each cell of the table, the bins that can be nearest to a point in it.

    A bin is a candidate when its least distance to the cell does not exceed the
    `neighbours`-th smallest of the bins' greatest distances: no other bin can be among
    the nearest. A row holds ascending indices, padded with Q; cell (i, j) has row
    i · cells + j.
    """
    edges = np.arange(-TABLE_EXTENT, TABLE_EXTENT, CELL) + CELL / 2
    offset = np.abs(
        edges[:, None, None] - bins.T[None]
    )  # (cells, 2, Q), to cell centres
    nearest = np.maximum(offset - CELL / 2, 0) ** 2
    farthest = (offset + CELL / 2) ** 2
    rows = []
    for i in range(len(edges)):
        least = nearest[i, 0] + nearest[:, 1]  # (cells, Q)
        most = farthest[i, 0] + farthest[:, 1]
        bound = np.partition(most, neighbours - 1, axis=1)[:, neighbours - 1, None]
        rows.append(least <= bound)
    candidate = np.concatenate(rows)  # (cells², Q)
    width = candidate.sum(1).max()
    order = np.argsort(~candidate, axis=1, kind="stable")[:, :width]
    return np.where(np.take_along_axis(candidate, order, 1), order, len(bins))


class SoftEncoder(nn.Module):
    """Encodes ab as the Gaussian-weighted nearest bins, without a dense Q-vector.

    Equal distances go to the lower bin index. Colours beyond ±128 are clamped; colours
    outside of the gamut's hull are encoded like any other, by their nearest bins.
    """

    table: Int64[Tensor, "cells M"]
    bins: Float32[
        Tensor, "Q+1 2"
    ]  # the last is far away: what the table is padded with

    def __init__(self, bins: Float[np.ndarray, "Q 2"], neighbours: int, sigma: float):
        """`bins`, and `sigma` of the Gaussian, are in Lab units."""
        super().__init__()
        if not 1 <= neighbours <= len(bins):
            raise ValueError(f"neighbours must be 1…{len(bins)}, not {neighbours}")
        if not sigma > 0:
            raise ValueError(f"sigma must be positive, not {sigma}")
        self.neighbours, self.sigma = neighbours, sigma
        far = np.full((1, 2), 1e6)
        self.register_buffer(
            "table", torch.from_numpy(candidate_table(bins, neighbours))
        )
        self.register_buffer("bins", torch.tensor(np.concatenate([bins, far])).float())
        self.cells = round(2 * TABLE_EXTENT / CELL)

    def forward(
        self, ab: Float[Tensor, "*shape 2"]
    ) -> tuple[Int64[Tensor, "*shape k"], Float32[Tensor, "*shape k"]]:
        """Indices of the k nearest bins, nearest first, and their shares.

        The shares are positive and sum to one.
        """
        ab = ab.float().clamp(-TABLE_EXTENT, TABLE_EXTENT)
        cell = ((ab + TABLE_EXTENT) / CELL).long().clamp_(0, self.cells - 1)
        candidates = self.table[cell[..., 0] * self.cells + cell[..., 1]]  # (..., M)
        squared = (self.bins[candidates] - ab.unsqueeze(-2)).square().sum(-1)
        squared, order = squared.sort(dim=-1, stable=True)
        squared, order = squared[..., : self.neighbours], order[..., : self.neighbours]
        # Relative to the nearest: a far colour must not underflow to 0 / 0.
        soft = torch.exp((squared[..., :1] - squared) / (2 * self.sigma**2))
        return candidates.gather(-1, order), soft / soft.sum(-1, keepdim=True)
