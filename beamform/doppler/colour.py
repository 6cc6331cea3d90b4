"""Colour and power Doppler by autocorrelation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from sonoreach.beamform.check_numbers import check_positive, check_samples, check_window
from sonoreach.beamform.threads import for_ranges
from sonoreach.errors import InputError

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FlowMap:
    """Motion along the beam at every point.

    Attributes:
        velocity_m_s: velocity towards the probe, shape (n_lines, n_samples) [m/s]; away is negative.
        power_db: power of the moving echoes, same shape [dB].
        spread_m_s: standard deviation of the velocity within the ensemble (turbulence), same shape [m/s]; 0 in silence.
        nyquist_m_s: largest velocity that can be told apart; beyond it the sign turns over.
    """

    velocity_m_s: Floats
    power_db: Floats
    spread_m_s: Floats
    nyquist_m_s: float


def colour_doppler(
    ensemble: NDArray[np.complex64],
    *,
    repetition_frequency_hz: float,
    center_frequency_hz: float,
    sound_speed_m_s: float,
    smooth: tuple[int, int] = (1, 1),
) -> FlowMap:
    """Velocity from the phase of the lag-one autocorrelation R1, spread from |R1| / R0.

    v = c PRF / (4 pi f) arg R1 and s = c PRF / (4 pi f) sqrt(2 (1 - |R1| / R0)): Kasai et al., "Real-time
    two-dimensional blood flow imaging using an autocorrelation technique", IEEE Sonics Ultrason. 32 (1985).

    Args:
        ensemble: beamformed and clutter-filtered, shape (n_lines, n_samples, n_frames).
        repetition_frequency_hz: frames a second [Hz].
        center_frequency_hz: frequency of the echoes [Hz].
        sound_speed_m_s: [m/s].
        smooth: lines and samples over which R0 and R1 are averaged.

    Raises:
        InputError: a wrong shape, fewer than two frames, samples that are not finite, or numbers out of range.
    """
    if ensemble.ndim != 3 or ensemble.shape[2] < 2:
        raise InputError(f"ensemble must have shape (n_lines, n_samples, >= 2 frames), got {ensemble.shape}.")
    check_samples("ensemble", ensemble)
    check_positive(
        repetition_frequency_hz=repetition_frequency_hz,
        center_frequency_hz=center_frequency_hz,
        sound_speed_m_s=sound_speed_m_s,
    )
    check_window("smooth", smooth)
    shape = ensemble.shape[:2]
    power, real, imaginary = (np.empty(shape, np.float32) for _ in range(3))
    whole = np.ascontiguousarray(ensemble, dtype=np.complex64)
    for_ranges(partial(_autocorrelate, power, real, imaginary, whole), len(whole))
    if max(smooth) > 1:
        power, real, imaginary = (uniform_filter(a, smooth, mode="nearest") for a in (power, real, imaginary))
    per_radian = sound_speed_m_s * repetition_frequency_hz / (4 * math.pi * center_frequency_hz)
    sounds = power > np.finfo(np.float32).tiny
    coherence = np.divide(np.hypot(real, imaginary), power, out=np.ones(shape, np.float32), where=sounds)
    return FlowMap(
        (per_radian * np.arctan2(imaginary, real)).astype(np.float32),
        (10 * np.log10(np.maximum(power, 1e-30))).astype(np.float32),
        (per_radian * np.sqrt(2 * np.clip(1 - coherence, 0, None))).astype(np.float32),
        math.pi * per_radian,
    )


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _autocorrelate(power: Any, real: Any, imaginary: Any, ensemble: Any, begin: int, beyond: int) -> None:
    """Mean |x|^2 and mean x[n + 1] conj(x[n]) along the last axis, for the lines begin..beyond - 1."""
    _, n_samples, n_frames = ensemble.shape
    for line in range(begin, beyond):
        for i in range(n_samples):
            r0, re, im = np.float32(0), np.float32(0), np.float32(0)
            before = ensemble[line, i, 0]
            for n in range(1, n_frames):
                now = ensemble[line, i, n]
                r0 += now.real * now.real + now.imag * now.imag
                re += now.real * before.real + now.imag * before.imag
                im += now.imag * before.real - now.real * before.imag
                before = now
            power[line, i] = r0 / (n_frames - 1)
            real[line, i] = re / (n_frames - 1)
            imaginary[line, i] = im / (n_frames - 1)
