"""Breathing, learned while in contact and fed forward along the probe's axis.

The probe's axial speed v is followed by an adaptive-frequency oscillator (Righetti, Buchli, Ijspeert, Physica D 216,
2006) with two harmonics, y = a sin φ + a₂ sin 2φ + b₂ cos 2φ + c, φ' = ω. What is left of v, e = v - y, trains
amplitudes, phase and frequency. The law adds trust·(y - c) to the wanted speed and its derivative to the wanted
acceleration; the trust grows with the part of v that y explains, so a body that does not breathe, or stops
breathing, is left to the force loop alone.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.linear import clip

LOWEST_HZ, HIGHEST_HZ, START_HZ = 0.12, 0.6, 0.25
AMPLITUDE_PER_S, PHASE_PER_S, FREQUENCY_PER_S2 = 1.0, 2.0, 0.8
VARIANCE_PER_S = 0.25
LEAST_SPEED_M_S = 0.001
LARGEST_SPEED_M_S = 0.04
EXPLAINED = 0.7  # share of the variance that must be explained before anything is fed forward


@njit(cache=True)
def learn_breathing(s: Any, speed: float, dt: float) -> None:
    """Advance the oscillator by one cycle in contact. Real-time safe.

    Args:
        s: the controller's memory (one record).
        speed: axial speed of the probe [m/s].
        dt: period [s].
    """
    if s.breath_rate <= 0.0:
        s.breath_rate = 2.0 * math.pi * START_HZ
    sine, cosine = math.sin(s.breath_phase), math.cos(s.breath_phase)
    sine2, cosine2 = 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
    left = speed - (s.breath[0] * sine + s.breath[1] * sine2 + s.breath[2] * cosine2 + s.breath[3])
    forget = VARIANCE_PER_S * dt
    s.breath_total += forget * (speed * speed - s.breath_total)
    s.breath_left += forget * (left * left - s.breath_left)
    gain = 2.0 * AMPLITUDE_PER_S * left * dt
    s.breath[0] += gain * sine
    s.breath[1] += 0.5 * gain * sine2
    s.breath[2] += 0.5 * gain * cosine2
    s.breath[3] += 0.25 * gain
    scale = math.sqrt(s.breath_total) + LEAST_SPEED_M_S
    sign = 1.0 if s.breath[0] >= 0.0 else -1.0
    miss = sign * left * cosine / scale
    s.breath_rate = clip(
        s.breath_rate + FREQUENCY_PER_S2 * miss * dt, 2.0 * math.pi * LOWEST_HZ, 2.0 * math.pi * HIGHEST_HZ
    )
    s.breath_phase = (s.breath_phase + (s.breath_rate + PHASE_PER_S * miss) * dt) % (2.0 * math.pi)
    explained = (s.breath_total - s.breath_left) / (s.breath_total + LEAST_SPEED_M_S**2)
    wanted = clip((explained - EXPLAINED) / (1.0 - EXPLAINED), 0.0, 1.0)
    s.breath_trust += clip(wanted - s.breath_trust, -2.0 * dt, 0.5 * dt)


@njit(cache=True)
def forget_breathing(s: Any) -> None:
    """Out of contact: keep the rhythm, drop the trust."""
    s.breath_trust = 0.0
    s.breath_left = s.breath_total


@njit(cache=True)
def breathing_speed(s: Any) -> float:
    """Speed to feed forward [m/s]."""
    sine, cosine = math.sin(s.breath_phase), math.cos(s.breath_phase)
    y = s.breath[0] * sine + s.breath[1] * 2.0 * sine * cosine + s.breath[2] * (1.0 - 2.0 * sine * sine)
    return float(clip(s.breath_trust * y, -LARGEST_SPEED_M_S, LARGEST_SPEED_M_S))


@njit(cache=True)
def breathing_acceleration(s: Any) -> float:
    """Its derivative [m/s²]."""
    sine, cosine = math.sin(s.breath_phase), math.cos(s.breath_phase)
    slope = s.breath[0] * cosine + 2.0 * s.breath[1] * (1.0 - 2.0 * sine * sine) - 4.0 * s.breath[2] * sine * cosine
    return float(clip(s.breath_trust * s.breath_rate * slope, -0.2, 0.2))
