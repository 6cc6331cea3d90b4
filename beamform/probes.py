"""Named probes: linear, curved, phased and matrix arrays as plain geometry.

Adding a probe is one function and one line of `PROBES`. Dimensions are those of common clinical and
preclinical arrays of each kind; none is a vendor's data sheet.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry

Array = NDArray[np.float64]


def linear_positions(n_elements: int, pitch_m: float) -> Array:
    """Element centres of a flat array centred on the origin, shape (n_elements, 3) [m]."""
    x = (np.arange(n_elements) - (n_elements - 1) / 2) * pitch_m
    return np.column_stack([x, np.zeros(n_elements), np.zeros(n_elements)])


def curved_positions(n_elements: int, pitch_m: float, radius_m: float) -> Array:
    """Element centres on a convex arc, shape (n_elements, 3) [m].

    The arc's apex is the origin, so that the elements at the sides lie at z < 0. `pitch_m` runs along the arc.
    """
    angle = (np.arange(n_elements) - (n_elements - 1) / 2) * pitch_m / radius_m
    x, z = radius_m * np.sin(angle), radius_m * (np.cos(angle) - 1)
    return np.column_stack([x, np.zeros(n_elements), z])


def matrix_positions(n_x: int, n_y: int, pitch_m: float) -> Array:
    """Element centres of a flat 2D array, x running fastest, shape (n_x * n_y, 3) [m]."""
    x = (np.arange(n_x) - (n_x - 1) / 2) * pitch_m
    y = (np.arange(n_y) - (n_y - 1) / 2) * pitch_m
    yy, xx = np.meshgrid(y, x, indexing="ij")
    return np.column_stack([xx.ravel(), yy.ravel(), np.zeros(n_x * n_y)])


def l50_probe() -> ProbeGeometry:
    """Linear, 7.5 MHz, aperture 49.9 mm: neck, thyroid and other superficial organs."""
    return ProbeGeometry("L50-7.5", linear_positions(128, 0.39e-3), 0.36e-3, 7.5e6, 0.6, 0.02, 0.005)


def l38_probe() -> ProbeGeometry:
    """Linear, 5.208 MHz, aperture 38 mm: the array of the PICMUS recordings."""
    return ProbeGeometry("L38-5.2", linear_positions(128, 0.3e-3), 0.27e-3, 5.208e6, 0.67, 0.02, 0.005)


def c60_probe() -> ProbeGeometry:
    """Convex, 3.5 MHz, radius 60 mm, 57° wide: abdomen."""
    return ProbeGeometry("C60-3.5", curved_positions(128, 0.47e-3, 0.06), 0.42e-3, 3.5e6, 0.6, 0.06, 0.0125)


def p20_probe() -> ProbeGeometry:
    """Phased, 2.5 MHz, half-wavelength pitch: heart, between the ribs."""
    return ProbeGeometry("P20-2.5", linear_positions(64, 0.308e-3), 0.28e-3, 2.5e6, 0.6, 0.07, 0.013)


def m50_probe() -> ProbeGeometry:
    """Micro-linear, 50 MHz, one-wavelength pitch: skin and small animals."""
    return ProbeGeometry("M50-50", linear_positions(128, 30.8e-6), 27e-6, 50e6, 0.6, 0.006, 0.001)


def x32_probe() -> ProbeGeometry:
    """Matrix of 32 x 32 elements, 3 MHz: volumes. It has no elevation lens."""
    return ProbeGeometry("X32-3.0", matrix_positions(32, 32, 0.3e-3), 0.27e-3, 3e6, 0.6, math.inf, 0.27e-3)


PROBES: dict[str, Callable[[], ProbeGeometry]] = {
    "L50-7.5": l50_probe,
    "L38-5.2": l38_probe,
    "C60-3.5": c60_probe,
    "P20-2.5": p20_probe,
    "M50-50": m50_probe,
    "X32-3.0": x32_probe,
}


def probe_by_name(name: str) -> ProbeGeometry:
    """The probe of that name.

    Raises:
        InputError: no probe has that name.
    """
    if name not in PROBES:
        raise InputError(f"probe: got {name!r}, allowed are {', '.join(PROBES)}")
    return PROBES[name]()


def element_normals(probe: ProbeGeometry) -> Array:
    """Outward unit normals of the elements, shape (n_elements, 3).

    Flat arrays look along z. For others the normals follow from the circle through the elements in the x-z
    plane (least squares on x² + z² = 2 a x + 2 b z + c, Kåsa 1976).

    Raises:
        InputError: the elements lie neither on a plane of constant z nor on one circle in x-z.
    """
    positions = np.asarray(probe.element_positions_m, dtype=np.float64)
    x, z = positions[:, 0], positions[:, 2]
    scale = float(np.ptp(x)) or 1.0
    if np.ptp(z) <= 1e-9 * scale:
        return np.tile([0.0, 0.0, 1.0], (probe.n_elements, 1))
    system = np.column_stack([x, z, np.full_like(x, scale)]) / scale
    solution = np.linalg.lstsq(system, (x * x + z * z) / scale**2, rcond=None)[0]
    centre = 0.5 * scale * solution[:2]
    outward = np.column_stack([x - centre[0], z - centre[1]])
    radius = np.linalg.norm(outward, axis=1)
    if np.ptp(radius) > 1e-3 * radius.mean():
        raise InputError(f"probe {probe.name}: its elements lie on no plane z = constant and on no circle in x-z")
    outward /= radius[:, None]
    return np.column_stack([outward[:, 0], np.zeros(probe.n_elements), outward[:, 1]])
