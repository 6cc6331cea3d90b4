"""The body's own motion as functions of absolute time [s]: breathing, arterial pulse, swallows."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sonoreach.simulation.patient import packing as k

TWO_PI = 2 * math.pi


@njit(cache=True)
def unit_hash(seed: float, index: int) -> float:
    """A number in [0, 1) that depends on seed and index only (splitmix64)."""
    h = np.uint64(int(seed)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(index) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h = h ^ (h >> np.uint64(31))
    return float(h >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def breath(p, t):  # type: ignore[no-untyped-def]
    """Breathing in -1..1 (inspiration positive), not quite regular."""
    phase = TWO_PI * p[k.BREATH_HZ] * t + p[k.BREATH_PHASE]
    wobble = 0.35 * math.sin(phase / 5.3)
    return (math.sin(phase + wobble) + 0.15 * math.sin(2.0 * (phase + wobble) - 0.9)) / 1.15


@njit(cache=True)
def pulse(p, t):  # type: ignore[no-untyped-def]
    """Arterial pressure wave in 0..1."""
    phase = TWO_PI * p[k.PULSE_HZ] * t + p[k.PULSE_PHASE]
    wave = math.sin(phase) + 0.42 * math.sin(2.0 * phase + 0.7)
    return min(1.0, max(0.0, 0.5 + wave / 2.6))


@njit(cache=True)
def swallow(p, t):  # type: ignore[no-untyped-def]
    """Swallow in 0..1: one in every time bin, its start hashed, so that intervals are 2/3 to 4/3 of the period."""
    period = p[k.SWALLOW_PERIOD]
    index = math.floor(t / period)
    start = period * (index + unit_hash(p[k.SEED] + 77.0, int(index)) / 3.0 + 0.3)
    u = (t - start) / p[k.SWALLOW_S]
    if u <= 0.0 or u >= 1.0:
        return 0.0
    return math.sin(math.pi * u) ** 2


@njit(cache=True)
def body_shift(p, t):  # type: ignore[no-untyped-def]
    """Rigid shift of the whole neck in patient axes at time t: (x, y, z) [m]."""
    b = breath(p, t) * p[k.BREATH_M]
    return 0.0, -b - 0.08 * swallow(p, t) * p[k.SWALLOW_M], 0.3 * b
