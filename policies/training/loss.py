"""What the network is trained for: one sum of segmentation, plane, reach, offset and quality losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sonoreach.policies.training.network import OFFSET_UNITS
from sonoreach.policies.training.vocabulary import CLASSES
from sonoreach.types.structures import Structure

# Small structures would be outvoted by the tissue around them.
CLASS_WEIGHTS = {Structure.THYROID: 2.0, Structure.NODULE: 3.0, Structure.CAROTID: 2.0, Structure.JUGULAR: 2.0}
BETA = 0.5


def total_loss(output: dict[str, Tensor], truth: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Sum of all losses, and each by name for the log."""
    known, near = truth["known"], truth["near"]
    parts = {
        "classes": segmentation_loss(output["classes"], truth["classes"]),
        "probability": 2.0 * _masked_bce(output["probability"], truth["probability"], known),
        "near": 0.5 * _masked_bce(output["near"], near, known),
        "offset": offset_loss(output["offset"], output["log_variance"], truth["offset"], near),
        "quality": 0.5 * functional.binary_cross_entropy_with_logits(output["quality"], truth["quality"]),
    }
    total = torch.stack(list(parts.values())).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


def segmentation_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Weighted cross-entropy at half resolution; a pixel on a border belongs to each side by its share.

    Args:
        logits: (n, n_classes, rows/2, columns/2).
        classes: int64 (n, rows, columns).
    """
    weights = torch.tensor([CLASS_WEIGHTS.get(c, 1.0) for c in CLASSES])
    shares = functional.one_hot(classes, len(CLASSES)).permute(0, 3, 1, 2).float()
    shares = functional.avg_pool2d(shares, 2) * weights[None, :, None, None]
    return -(shares * logits.log_softmax(dim=1)).sum(dim=1).mean()


def offset_loss(offset: Tensor, log_variance: Tensor, truth: Tensor, near: Tensor) -> Tensor:
    """Gaussian negative log-likelihood, weighted by variance^beta against giving up on hard samples.

    Seitzer et al., "On the pitfalls of heteroscedastic uncertainty estimation", ICLR 2022.
    """
    error = offset - truth / torch.tensor(OFFSET_UNITS)
    likelihood = 0.5 * (error**2 * torch.exp(-log_variance) + log_variance)
    weighted = likelihood * torch.exp(BETA * log_variance.detach())
    return (weighted * near[:, :, None]).sum() / (3.0 * near.sum()).clamp(min=1.0)


def _masked_bce(logits: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Binary cross-entropy against soft truth, over the known entries only."""
    loss = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return (loss * mask).sum() / mask.sum().clamp(min=1.0)
