"""Shear-wave speed from a movie of the tissue's displacement: how fast the wave runs along the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check_numbers import check_positive
from sonoreach.errors import InputError

Array = NDArray[np.float64]

MAX_SPEEDS = 8000
"""Speeds that are tried at most: half a minute for a long movie."""


@dataclass(frozen=True, eq=False)
class ShearWave:
    """An estimate.

    Attributes:
        speed_m_s: speed of the wave, positive towards +x [m/s].
        quality: share of the movie's variance that a wave of this speed explains, 0 to 1.
        speeds_m_s: speeds that were tried, shape (n,) [m/s].
        variance: variance of the mean waveform at each, over that of the movie, shape (n,).
    """

    speed_m_s: float
    quality: float
    speeds_m_s: Array
    variance: Array

    def young_modulus_pa(self, density_kg_m3: float = 1000.0) -> float:
        """Young's modulus of soft, elastic, isotropic tissue, 3 rho v² [Pa]."""
        return 3 * density_kg_m3 * self.speed_m_s**2


def shear_wave_speed(
    displacement_m: NDArray[np.floating],
    *,
    spacing_m: float,
    frame_rate_hz: float,
    low_m_s: float | None = None,
    high_m_s: float = 10.0,
    towards_x: bool = True,
) -> ShearWave:
    """Shift every position's waveform back by its travel time; at the true speed they all agree (Radon transform).

    The sum along the line x = v t of the space-time picture of displacement, as in Rouze, Wang, Palmeri, Nightingale,
    "Robust estimation of time-of-flight shear wave speed using a Radon sum transformation", IEEE UFFC 57 (2010);
    here the whole waveform is summed, not its peak alone, and the sum's variance is the measure. Slownesses are
    tried evenly, and the best is the top of the parabola through it and its neighbours.

    Args:
        displacement_m: axial displacement (or velocity) averaged over the depth of interest, shape
            (n_positions, n_frames), positions along x away from the push and beyond its near field [any unit].
        spacing_m: distance of two positions [m].
        frame_rate_hz: [Hz].
        low_m_s, high_m_s: range of speeds [m/s]; the lowest by default 0.5, or what the movie is long enough for.
        towards_x: the wave runs towards +x; False looks for one towards -x.

    Raises:
        InputError: a wrong shape, non-finite or still displacement, numbers out of range, a slowest speed that the
            movie is too short for or that asks for too many trials, or the best speed at the end of the range.
    """
    movie = np.asarray(displacement_m, dtype=np.float64)
    if movie.ndim != 2 or movie.shape[0] < 3 or movie.shape[1] < 8:
        raise InputError(f"displacement_m must have shape (>= 3 positions, >= 8 frames), got {movie.shape}.")
    if not np.isfinite(movie).all():
        raise InputError("displacement_m must be finite, got non-finite values.")
    check_positive(spacing_m=spacing_m, frame_rate_hz=frame_rate_hz, high_m_s=high_m_s)
    if not np.ptp(movie, axis=1).any():
        raise InputError("displacement_m must move, got one value at all times.")
    movie = movie / np.abs(movie).max()
    travel = (len(movie) - 1) * spacing_m
    slowest = travel * frame_rate_hz / (2 * movie.shape[1])
    if low_m_s is None:
        low_m_s = max(0.5, slowest)
    check_positive(low_m_s=low_m_s)
    if not low_m_s < high_m_s:
        raise InputError(f"low_m_s must be below high_m_s, got {low_m_s:.3g} and {high_m_s:.3g}.")
    if low_m_s < slowest:  # half the way would be longer than the movie: the shifts would come around
        raise InputError(f"low_m_s must be at least {slowest:.3g} m/s for a movie this short, got {low_m_s:g}.")
    # A quarter of a frame at the far end: finer than the waveforms can tell apart.
    count = max(16, int(np.ceil(4 * travel * frame_rate_hz * (1 / low_m_s - 1 / high_m_s))))
    if count > MAX_SPEEDS:
        raise InputError(f"low_m_s must be so high that {MAX_SPEEDS} speeds suffice, got {low_m_s:g} ({count} speeds).")
    slowness = np.linspace(1 / high_m_s, 1 / low_m_s, count)
    variance = _agreement(movie, spacing_m * frame_rate_hz * slowness * (1 if towards_x else -1))
    best = int(np.argmax(variance))
    if best in (0, len(slowness) - 1):
        raise InputError(f"the best speed lies at the end of the range, {1 / slowness[best]:.3g} m/s; widen the range.")
    left, top, right = variance[best - 1 : best + 2]
    shift = 0.5 * (left - right) / (left - 2 * top + right)
    speed = 1 / (slowness[best] + shift * (slowness[1] - slowness[0]))
    sign = 1.0 if towards_x else -1.0
    return ShearWave(float(sign * speed), float(min(top, 1.0)), sign / slowness, variance)


def _agreement(movie: Array, frames_per_position: Array) -> Array:
    """Variance of the mean waveform after shifting each position back, over the movie's variance.

    Shifts are phase ramps of the waveform padded to three times its length with its own ends, so that nothing comes
    around from the other end.
    """
    n_positions, n_frames = movie.shape
    padded = np.pad(movie, ((0, 0), (n_frames, n_frames)), mode="edge")
    ramp = np.linspace(0, 1, n_frames)
    blend = padded[:, -1:] + (padded[:, :1] - padded[:, -1:]) * ramp
    padded[:, -n_frames:] = blend  # the ends meet without a step
    spectrum = np.fft.rfft(padded, axis=1)
    turn = 2j * np.pi * np.fft.rfftfreq(padded.shape[1])
    place = np.arange(n_positions) - (n_positions - 1) / 2
    result = np.empty(len(frames_per_position))
    for k, slope in enumerate(frames_per_position):
        mean = (spectrum * np.exp(turn * (slope * place)[:, None])).mean(axis=0)
        result[k] = np.fft.irfft(mean, padded.shape[1])[n_frames : 2 * n_frames].var()
    return np.asarray(result / movie.var(axis=1).mean(), dtype=np.float64)
