"""Curved reflecting boundaries: their specular echo, the shadow behind them, the reverberation before them.

A boundary is a curve in the x-z plane, made of scatterers so close that their waves add up to a mirror's (Huygens).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.beamform.check_numbers import check_whole
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics.scatterers import checked_scatterers
from sonoreach.simulation.acoustics.transmit import REFERENCE_M

Floats = NDArray[np.float32]
Array = NDArray[np.float64]
Scatterers = tuple[Floats, Floats]

SPACING = 8
"""Scatterers a wavelength along a boundary."""


def boundary(curve_m: ArrayLike, reflection: float, wavelength_m: float) -> Scatterers:
    """Scatterers of a reflecting curve.

    A plane wave that meets a flat boundary at a right angle returns with the amplitude `reflection` at every
    depth, by the stationary phase of the sum of cylindrical waves.

    Args:
        curve_m: corners x, z of a line, shape (n, 2), n >= 2 [m].
        reflection: amplitude of the reflected wave divided by that of the incident one, -1 to 1.
        wavelength_m: wavelength of the carrier [m].

    Returns:
        positions float32 (m, 3) [m] and amplitudes float32 (m,).

    Raises:
        InputError: not a curve, a reflection beyond ±1, or a wavelength that is none.
    """
    curve = _corners(curve_m)
    if not -1 <= reflection <= 1:
        raise InputError(f"reflection: got {reflection!r}, allowed are -1 to 1")
    if not (math.isfinite(wavelength_m) and wavelength_m > 0):
        raise InputError(f"wavelength_m: got {wavelength_m!r}, allowed are finite numbers above 0")
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    n = max(2, math.ceil(along[-1] / wavelength_m * SPACING) + 1)
    at = np.linspace(0, along[-1], n)
    x, z = (np.interp(at, along, axis) for axis in curve.T)
    amplitude = reflection * (at[1] - at[0]) / math.sqrt(REFERENCE_M * wavelength_m)
    positions = np.column_stack([x, np.zeros(n), z]).astype(np.float32)
    return positions, np.full(n, amplitude, dtype=np.float32)


def shadowed(scatterers: Scatterers, curve_m: ArrayLike, transmission: float) -> Scatterers:
    """Scatterers with those straight below a curve weakened by `transmission` on the way there and back.

    Args:
        scatterers: positions (n, 3) [m] and amplitudes (n,).
        curve_m: corners x, z with rising x, shape (n, 2) [m].
        transmission: one-way amplitude behind the curve divided by that before it, 0 to 1.

    Raises:
        InputError: not a curve, corners whose x does not rise, a transmission outside 0 to 1, or what is no scatterers.
    """
    x, z = _corners(curve_m).T
    if not (np.diff(x) > 0).all():
        raise InputError("curve_m: got corners whose x does not rise, allowed are corners from left to right")
    if not 0 <= transmission <= 1:
        raise InputError(f"transmission: got {transmission!r}, allowed are 0 to 1")
    positions, amplitudes = checked_scatterers(*scatterers)
    behind = positions[:, 2] > np.interp(positions[:, 0], x, z, left=np.inf, right=np.inf)
    return positions, np.where(behind, np.float32(transmission**2) * amplitudes, amplitudes)


def reverberated(scatterers: Scatterers, layer_m: float, reflection: float, orders: int = 3) -> Scatterers:
    """Scatterers with the echoes that bounce between the face and a flat layer before they are heard.

    Each bounce makes the path longer by twice the layer's depth, as if the scatterer lay that depth deeper.

    Args:
        scatterers: positions (n, 3) [m] and amplitudes (n,).
        layer_m: depth of the layer [m].
        reflection: amplitude that one bounce leaves, 0 to 1.
        orders: bounces.

    Raises:
        InputError: a layer at the face, a reflection outside 0 to 1, orders that are no number of bounces, or what is
            no scatterers.
    """
    if not (math.isfinite(layer_m) and layer_m > 0 and 0 <= reflection <= 1):
        raise InputError(
            f"reverberation: got layer {layer_m!r} m and reflection {reflection!r}, allowed > 0 and 0 to 1"
        )
    check_whole("orders", orders, 0)
    positions, amplitudes = checked_scatterers(*scatterers)
    shift = np.array([0, 0, layer_m], dtype=np.float32)
    return (
        np.concatenate([positions + k * shift for k in range(orders + 1)]).astype(np.float32),
        np.concatenate([amplitudes * np.float32(reflection**k) for k in range(orders + 1)]),
    )


def _corners(curve_m: ArrayLike) -> Array:
    """Corners x, z of a line, shape (n, 2), n >= 2 [m]."""
    curve = np.asarray(curve_m, dtype=np.float64)
    if curve.ndim != 2 or curve.shape[1] != 2 or len(curve) < 2 or not np.isfinite(curve).all():
        raise InputError(f"curve_m: got shape {curve.shape}, allowed are two or more finite corners x, z")
    return curve
