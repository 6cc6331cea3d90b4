"""Figures of merit on made-up predictions whose merit is known."""

import numpy as np
import pytest

from sonoreach.policies.training.evaluate import auc, dice, evaluate, std_scale


def truth(n: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    offset = rng.uniform(-12, 12, (n, 5, 3))
    return {
        "classes": rng.integers(0, 8, (n, 6, 6)).astype(np.uint8),
        "probability": (rng.random((n, 5)) < 0.3).astype(np.float32),
        "near": np.ones((n, 5), np.float32),
        "known": np.ones((n, 5), np.float32),
        "offset": offset,
        "angle": np.abs(offset[..., 2]),
        "quality": rng.random(n),
    }


def perfect(t: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        "labels": t["classes"],
        "probability": t["probability"],
        "near": t["near"],
        "offset": t["offset"],
        "offset_std": np.ones_like(t["offset"]),
        "quality": t["quality"],
    }


def test_a_perfect_network() -> None:
    t = truth()
    figures = evaluate(perfect(t), t)
    assert figures["dice_gland"] == 1.0 and figures["probability_auc"] == 1.0
    assert figures["close_error_median_x_mm"] == 0.0 and figures["quality_error_mean"] == 0.0
    assert figures["false_rate_at_0.5"] == 0.0 and figures["passing_at_0.5"] > 0


def test_errors_and_their_calibration() -> None:
    t = truth()
    seen = perfect(t)
    noise = np.random.default_rng(1).normal(size=t["offset"].shape) * [1.0, 2.0, 3.0]
    seen["offset"] = t["offset"] + noise
    assert std_scale(seen, t) == pytest.approx((1.0, 2.0, 3.0), rel=0.1)
    figures = evaluate(seen, t)
    assert figures["close_error_median_y_mm"] == pytest.approx(2 * 0.674, rel=0.1)


def test_false_planes_are_counted() -> None:
    t = truth()
    seen = perfect(t)
    seen["probability"] = np.ones_like(t["probability"])
    seen["offset"] = np.zeros_like(t["offset"])
    wrong = (np.hypot(t["offset"][..., 0], t["offset"][..., 1]) > 8) | (t["angle"] > 15)
    assert evaluate(seen, t)["false_rate_at_0.7"] == pytest.approx(wrong.mean(), abs=1e-4)


def test_auc_and_dice() -> None:
    assert auc(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])) == 1.0
    assert auc(np.array([0.5, 0.5, 0.5, 0.5]), np.array([False, True, False, True])) == 0.5
    ones = np.ones((1, 4, 4), np.uint8)
    half = ones.copy()
    half[0, :2] = 0
    assert dice(half, ones)["dice_soft"] == pytest.approx(2 / 3, abs=1e-3)
