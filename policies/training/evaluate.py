"""How good a network is on patients that it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from sonoreach.policies.training.vocabulary import CLASSES, PLANES
from sonoreach.types.structures import Structure

# An image counts as close to a plane within these errors, and as false-qualified beyond those.
CLOSE_MM, CLOSE_DEG = 10.0, 15.0
FALSE_MM, FALSE_DEG = 8.0, 15.0
# Limits of an ordinary plane of a protocol, under which the rate of false qualification is reported.
LIMIT_MM, LIMIT_DEG = 5.0, 11.5
THRESHOLDS = (0.3, 0.5, 0.7)

Arrays = dict[str, NDArray[Any]]


def evaluate(seen: Arrays, truth: Arrays) -> dict[str, float]:
    """Flat figures, units in their names.

    Args:
        seen: outputs of the deployed network by name, the image as first axis.
        truth: arrays of `dataset.load`.
    """
    return {
        "images": len(truth["quality"]),
        **dice(seen["labels"], truth["classes"]),
        **offset_errors(seen, truth),
        **plane_figures(seen, truth),
        "quality_error_mean": _rounded(np.abs(seen["quality"] - truth["quality"]).mean()),
    }


def dice(labels: NDArray[np.uint8], classes: NDArray[np.uint8]) -> dict[str, float]:
    """Dice coefficient of each class over all images together; of the gland, with its nodules, too."""
    figures = {}
    for index, structure in enumerate(CLASSES):
        figures[f"dice_{structure.name.lower()}"] = _dice(labels == index, classes == index)
    gland = [CLASSES.index(Structure.THYROID), CLASSES.index(Structure.NODULE)]
    figures["dice_gland"] = _dice(np.isin(labels, gland), np.isin(classes, gland))
    return figures


def offset_errors(seen: Arrays, truth: Arrays) -> dict[str, float]:
    """Median errors of the offsets close to the planes and far from them, and rms error over predicted std."""
    error = np.abs(seen["offset"] - truth["offset"])
    scaled = error / seen["offset_std"]
    near = truth["near"] > 0.5
    close = near & (np.hypot(truth["offset"][..., 0], truth["offset"][..., 1]) < CLOSE_MM)
    close &= np.abs(truth["offset"][..., 2]) < CLOSE_DEG
    figures = {}
    for i, name in enumerate(("x_mm", "y_mm", "yaw_deg")):
        figures[f"close_error_median_{name}"] = _rounded(np.median(error[close][:, i]))
        figures[f"far_error_median_{name}"] = _rounded(np.median(error[near & ~close][:, i]))
        figures[f"error_over_std_rms_{name.rsplit('_', 1)[0]}"] = _rounded(_capped_rms(scaled[near][:, i]))
    return figures


def plane_figures(seen: Arrays, truth: Arrays) -> dict[str, float]:
    """AUC of probability and reach, and how often images that pass the ordinary limits are false.

    The false rate is among passing images drawn evenly around the planes, not along a servoed exam, where most
    images that pass lie deep inside the limits.
    """
    known = truth["known"] > 0.5
    figures = {
        "probability_auc": auc(seen["probability"][known], truth["probability"][known] >= 0.5),
        "near_auc": auc(seen["near"][known], truth["near"][known] > 0.5),
    }
    for i, plane in enumerate(PLANES):
        chosen = known[:, i]
        figures[f"probability_auc_{plane}"] = auc(
            seen["probability"][chosen, i], truth["probability"][chosen, i] >= 0.5
        )
    true_mm = np.hypot(truth["offset"][..., 0], truth["offset"][..., 1])
    false = (true_mm > FALSE_MM) | (truth["angle"] > FALSE_DEG)
    passing = known & (seen["near"] >= 0.5) & (np.abs(seen["offset"][..., :2]) < LIMIT_MM).all(axis=-1)
    passing &= np.abs(seen["offset"][..., 2]) < LIMIT_DEG
    for threshold in THRESHOLDS:
        chosen = passing & (seen["probability"] >= threshold)
        if chosen.any():
            figures[f"false_rate_at_{threshold:g}"] = _rounded(false[chosen].mean())
            figures[f"passing_at_{threshold:g}"] = int(chosen.sum())
    return figures


def std_scale(seen: Arrays, truth: Arrays) -> tuple[float, float, float]:
    """Factors by which the predicted standard deviations of x, y, yaw must grow to match the errors."""
    near = truth["near"] > 0.5
    scaled = (np.abs(seen["offset"] - truth["offset"]) / seen["offset_std"])[near]
    x, y, yaw = (_capped_rms(scaled[:, i]) for i in range(3))
    return x, y, yaw


def auc(scores: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> float:
    """Area under the receiver operating characteristic: chance that a positive outranks a negative."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    ranks = rankdata(scores)
    return _rounded((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def _dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return _rounded(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


def _capped_rms(scaled: NDArray[np.floating[Any]]) -> float:
    """Root mean square with outliers capped at six median errors, so that a few wild ones do not set the scale."""
    return float(np.sqrt(np.mean(np.minimum(scaled, 6.0 * np.median(scaled)) ** 2)))


def _rounded(value: Any) -> float:
    return round(float(value), 4)
