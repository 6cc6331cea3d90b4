"""The elevation beam of a lens: how loud a scatterer beside the image plane is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.channel_data import ProbeGeometry

Floats = NDArray[np.float32]

FACE = 0.45
"""Radius of the Gaussian beam at the face divided by the element's height: fits a uniform strip to 0.15."""


def elevation_weight(y_m: Floats, z_m: Floats, probe: ProbeGeometry, wavelength_m: float) -> Floats:
    """Two-way amplitude of the elevation beam, 1 on the axis at the narrowest place; shape of `y_m`.

    A Gaussian beam focused by the lens (Goodman, "Introduction to Fourier Optics", for a strip):
    w(z)² = w0² (1 - z / F)² + (λ z / (π w0))², one-way amplitude sqrt(w_min / w) exp(-y² / w²). Without a lens
    (an infinite focus) the weight is 1: the elements of a matrix have their own pattern.
    """
    focus = probe.elevation_focus_m
    if not np.isfinite(focus):
        return np.ones_like(y_m)
    face = FACE * probe.elevation_height_m
    spread = wavelength_m / (np.pi * face)
    squared = face**2 * (1 - z_m / focus) ** 2 + (spread * z_m) ** 2
    # d(w²)/dz = 0 at z = F a² / (a² + (F s)²)
    narrowest = face**2 * (focus * spread) ** 2 / (face**2 + (focus * spread) ** 2)
    weight: Floats = (np.sqrt(narrowest / squared) * np.exp(-2 * y_m**2 / squared)).astype(np.float32)
    return weight
