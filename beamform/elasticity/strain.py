"""Axial displacement and strain between two frames, as the probe presses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import savgol_filter

from sonoreach.beamform.check_numbers import check_positive, check_window
from sonoreach.errors import InputError

Array = NDArray[np.float64]
_ITERATIONS = 4


def axial_displacement_m(
    before: NDArray[np.complexfloating],
    after: NDArray[np.complexfloating],
    *,
    spacing_m: float,
    center_frequency_hz: float,
    sound_speed_m_s: float,
    window: tuple[int, int] = (5, 15),
) -> Array:
    """How far tissue has moved away from the probe, by the phase between two analytic images.

    From the face downwards, each window of `before` is compared with `after` at the displacement of the window above,
    and the phase that is left moves it until none is: Pesavento et al., "A time-efficient and accurate strain
    estimation concept for ultrasonic elastography using iterative phase zero estimation", IEEE UFFC 46 (1999). The
    displacement may be many wavelengths, as long as it starts below a quarter of one and grows by less than that from
    window to window.

    Args:
        before, after: beamformed, shape (n_lines, n_samples).
        spacing_m: distance of two samples [m].
        center_frequency_hz: frequency of the echoes [Hz].
        sound_speed_m_s: [m/s].
        window: lines and samples over which the phase is averaged.

    Returns:
        shape (n_lines, n_samples) [m], positive away from the probe.

    Raises:
        InputError: images of different shapes, or not finite, or numbers out of range.
    """
    if before.shape != after.shape or before.ndim != 2 or not before.size:
        raise InputError(
            f"before and after must share one shape of two axes, not empty, got {before.shape} and {after.shape}."
        )
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise InputError("before and after must be finite, got non-finite values.")
    check_positive(spacing_m=spacing_m, center_frequency_hz=center_frequency_hz, sound_speed_m_s=sound_speed_m_s)
    check_window("window", window)
    n_lines, n_samples = before.shape
    turn = 4 * np.pi * center_frequency_hz / sound_speed_m_s * spacing_m  # of the phase, a sample
    carrier = np.exp(-1j * turn * np.arange(n_samples))
    still, moved = before * carrier, after * carrier  # slow enough to be interpolated
    centres = np.unique(np.append(np.arange(0, n_samples, max(1, window[1] // 2)), n_samples - 1))
    found = np.zeros((n_lines, len(centres)))  # in samples
    for k, centre in enumerate(centres):
        found[:, k] = found[:, max(k - 1, 0)]
        rows = np.arange(max(0, centre - window[1] // 2), min(n_samples, centre + window[1] // 2 + 1))
        for _ in range(_ITERATIONS):
            there = _between(moved, rows + found[:, k, None])
            product = np.sum(there * still[:, rows].conj(), axis=1) * np.exp(1j * turn * found[:, k])
            smooth = uniform_filter1d(product.real, window[0]) + 1j * uniform_filter1d(product.imag, window[0])
            # Neighbours share their phases, so they must share their places too, or they drift apart.
            found[:, k] = uniform_filter1d(found[:, k] - np.angle(smooth) / turn, window[0])
    depth = np.arange(n_samples)
    return np.stack([np.interp(depth, centres, line) for line in found]) * spacing_m


def _between(image: NDArray[np.complexfloating], position: Array) -> NDArray[np.complexfloating]:
    """Each line's values between samples, zero outside; `position` of shape (n_lines, n)."""
    first = np.floor(position).astype(int)
    fraction = position - first
    padded = np.pad(image, ((0, 0), (1, 2)))
    index = np.clip(first + 1, 0, image.shape[1] + 1)
    lower, upper = np.take_along_axis(padded, index, axis=1), np.take_along_axis(padded, index + 1, axis=1)
    value: NDArray[np.complexfloating] = (1 - fraction) * lower + fraction * upper
    return value


def axial_strain(displacement_m: Array, spacing_m: float, *, length_m: float = 3e-3) -> Array:
    """Slope of the displacement along depth by least squares over a stretch; compression is negative.

    Args:
        displacement_m: shape (n_lines, n_samples) [m].
        spacing_m: distance of two samples [m].
        length_m: stretch over which a line is fitted [m].

    Raises:
        InputError: displacement of a wrong shape or not finite, numbers that are not finite and above 0, or a stretch
            shorter than three samples or longer than the image.
    """
    if displacement_m.ndim != 2 or not displacement_m.size or not np.isfinite(displacement_m).all():
        raise InputError(f"displacement_m must be finite, of shape (n_lines, n_samples), got {displacement_m.shape}.")
    check_positive(spacing_m=spacing_m, length_m=length_m)
    count = round(length_m / spacing_m) | 1
    if not 3 <= count <= displacement_m.shape[1]:
        allowed = f"{3 * spacing_m:.3g} to {displacement_m.shape[1] * spacing_m:.3g} m"
        raise InputError(f"length_m must lie in {allowed}, got {length_m}.")
    return np.asarray(savgol_filter(displacement_m, count, 1, deriv=1, delta=spacing_m, axis=1), dtype=np.float64)
