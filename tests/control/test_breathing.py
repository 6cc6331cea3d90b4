"""Breathing: learned from a speed signal, trusted only when it explains it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

from sonoreach.control.breathing import breathing_speed, forget_breathing, learn_breathing
from sonoreach.control.memory import memory_type


@njit(cache=True)
def follow(memory: Any, speeds: Any, predicted: Any) -> None:
    for k in range(speeds.shape[0]):
        predicted[k] = breathing_speed(memory[0])
        learn_breathing(memory[0], speeds[k], 1e-3)


def learned(speed: Callable[[float], float], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Memory after the learning, and the error of the prediction over the last period."""
    memory = np.zeros(1, memory_type(7))
    speeds = np.array([speed(1e-3 * k) for k in range(round(seconds * 1000))])
    predicted = np.zeros_like(speeds)
    follow(memory, speeds, predicted)
    return memory, (speeds - predicted)[-4000:]


@pytest.mark.parametrize("rate_hz", [0.18, 0.25, 0.35])
def test_rate_and_stroke_are_learned(rate_hz: float) -> None:
    memory, errors = learned(lambda t: 0.012 * math.sin(2.0 * math.pi * rate_hz * t + 1.0), 40.0)
    assert memory["breath_rate"][0] / (2.0 * math.pi) == pytest.approx(rate_hz, rel=0.05)
    assert np.sqrt(np.mean(errors**2)) < 0.15 * 0.012 / math.sqrt(2.0)


def test_noise_and_rest_are_not_trusted() -> None:
    rng = np.random.default_rng(3)
    for scale in (0.0, 0.01):
        memory, _ = learned(lambda t, scale=scale: scale * rng.standard_normal(), 10.0)  # type: ignore[misc]
        assert memory["breath_trust"][0] == 0.0


def test_lost_contact_drops_the_trust_and_keeps_the_rhythm() -> None:
    memory, _ = learned(lambda t: 0.012 * math.sin(2.0 * math.pi * 0.3 * t), 30.0)
    rate = memory["breath_rate"][0].copy()
    assert memory["breath_trust"][0] > 0.5
    forget_breathing(memory[0])
    assert breathing_speed(memory[0]) == 0.0
    assert memory["breath_rate"][0] == rate
