"""The speed of sound that focuses best: echoes of one place are most alike across the array at the true speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


@dataclass(frozen=True, eq=False)
class SoundSpeed:
    """An estimate.

    Attributes:
        speed_m_s: the best speed [m/s].
        speeds_m_s: speeds that were tried, shape (n,) [m/s].
        coherence: power-weighted mean coherence factor at each, shape (n,).
    """

    speed_m_s: float
    speeds_m_s: NDArray[np.float64]
    coherence: NDArray[np.float64]


def estimate_sound_speed(
    data: ChannelData,
    grid: Grid,
    *,
    f_number: float = 1.0,
    low_m_s: float = 1400.0,
    high_m_s: float = 1660.0,
    step_m_s: float = 20.0,
) -> SoundSpeed:
    """Try speeds, and take the top of the parabola through the best one and its neighbours.

    The measure is the coherence factor (Mallart, Fink, JASA 96 (1994)) averaged over the grid with the power as
    weight, as in Anderson, Trahey, "The direct estimation of sound speed using pulse-echo ultrasound", JASA 104
    (1998), which fits the same curvature of echoes across the array. One speed for the whole path.

    Args:
        data: one frame.
        grid: region to judge by, with echoes in it; its depths are those at the middle speed.
        f_number: receive f-number; wide apertures tell speeds apart.
        low_m_s, high_m_s, step_m_s: speeds to try [m/s].

    Raises:
        InputError: fewer than three speeds, silence, or the best speed at the end of the range.
    """
    if not (100 <= low_m_s < high_m_s <= 10000 and (high_m_s - low_m_s) / 1000 <= step_m_s < np.inf):
        wanted = f"{low_m_s} to {high_m_s} by {step_m_s}"
        raise InputError(f"speeds must rise within 100 to 10000 m/s in at most 1000 steps, got {wanted}.")
    speeds = np.arange(low_m_s, high_m_s + step_m_s / 2, step_m_s)
    if len(speeds) < 3:
        raise InputError(f"at least three speeds must be tried, got {len(speeds)}.")
    coherence = np.array([_coherence(data, grid, f_number, speed, speeds.mean()) for speed in speeds])
    best = int(np.argmax(coherence))
    if not coherence[best] > 0:
        raise InputError("the region is silent: no speed of sound can be found in it.")
    if best in (0, len(speeds) - 1):
        raise InputError(f"the best speed lies at the end of the range, {speeds[best]:.0f} m/s; widen the range.")
    left, top, right = coherence[best - 1 : best + 2]
    shift = 0.5 * (left - right) / (left - 2 * top + right)
    return SoundSpeed(float(speeds[best] + shift * step_m_s), speeds, coherence)


def _coherence(data: ChannelData, grid: Grid, f_number: float, speed: float, middle: float) -> float:
    """Power-weighted mean coherence factor, on the grid stretched so that it holds the same echoes."""
    stretched = Grid.cartesian(grid.x_m, grid.z_m * speed / middle, float(grid.origin_m[0, 1]))
    aperture = ReceiveAperture(f_number)
    plain = DelayAndSum(stretched, aperture, sound_speed_m_s=speed, check_record=False)(data)
    weighted = DelayAndSum(stretched, aperture, sound_speed_m_s=speed, check_record=False, coherence_factor=True)(data)
    power = np.sum(np.abs(plain.astype(np.complex128)) ** 2)
    return float(np.sum(np.abs(weighted) * np.abs(plain).astype(np.float64)) / power) if power > 0 else 0.0
