"""Axial displacement and strain between two frames, as the probe presses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.signal import savgol_filter

from sonoreach.errors import InputError

Array = NDArray[np.float64]


def axial_displacement_m(
    before: NDArray[np.complexfloating],
    after: NDArray[np.complexfloating],
    *,
    center_frequency_hz: float,
    sound_speed_m_s: float,
    window: tuple[int, int] = (5, 15),
) -> Array:
    """How far tissue has moved away from the probe, by the phase between two analytic images.

    u = -c / (4 pi f) arg <after conj(before)>, unwrapped along depth from the probe's face, where it is small:
    phase-based tracking as in Pesavento et al., "A time-efficient and accurate strain estimation concept", IEEE
    UFFC 46 (1999), without its iterations.

    Args:
        before, after: beamformed, shape (n_lines, n_samples).
        center_frequency_hz: frequency of the echoes [Hz].
        sound_speed_m_s: [m/s].
        window: lines and samples over which the phase is averaged.

    Returns:
        shape (n_lines, n_samples) [m], positive away from the probe.

    Raises:
        InputError: images of different shapes, or not finite, or numbers out of range.
    """
    if before.shape != after.shape or before.ndim != 2:
        raise InputError(f"before and after must share one shape of two axes, got {before.shape} and {after.shape}.")
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise InputError("before and after must be finite, got non-finite values.")
    if min(center_frequency_hz, sound_speed_m_s) <= 0 or min(window) < 1:
        raise InputError("centre frequency, sound speed and window must be above 0.")
    product = after.astype(np.complex128) * before.conj()
    smooth = uniform_filter(product.real, window) + 1j * uniform_filter(product.imag, window)
    phase = np.unwrap(np.angle(smooth), axis=1)
    displacement: Array = -phase * sound_speed_m_s / (4 * np.pi * center_frequency_hz)
    return displacement


def axial_strain(displacement_m: Array, spacing_m: float, *, length_m: float = 3e-3) -> Array:
    """Slope of the displacement along depth by least squares over a stretch; compression is negative.

    Args:
        displacement_m: shape (n_lines, n_samples) [m].
        spacing_m: distance of two samples [m].
        length_m: stretch over which a line is fitted [m].

    Raises:
        InputError: a stretch shorter than three samples or longer than the image.
    """
    count = round(length_m / spacing_m) | 1
    if not 3 <= count <= displacement_m.shape[1]:
        allowed = f"{3 * spacing_m:.3g} to {displacement_m.shape[1] * spacing_m:.3g} m"
        raise InputError(f"length_m must lie in {allowed}, got {length_m}.")
    return np.asarray(savgol_filter(displacement_m, count, 1, deriv=1, delta=spacing_m, axis=1), dtype=np.float64)
