"""Acoustic contact, read from the label map: columns that the network calls unseen have no gel or skin above them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.perception.resample import ImageGrid
from sonoreach.types.structures import Structure

# Tissue fills this band wherever the face touches. Grey values alone do not tell: with a gain set for each frame, an
# image taken in air is bright noise.
BAND_M = (0.002, 0.010)


def contact_fraction(labels: NDArray[np.uint8], grid: ImageGrid, half_aperture_m: float = 0.025) -> float:
    """Fraction of the columns under the aperture with tissue in the near field (0-1).

    Args:
        labels: `Structure` values, shape (grid.rows, grid.columns).
        grid: where the pixels lie.
        half_aperture_m: half the width of the probe's face [m].

    Returns:
        0 when the grid does not reach the near field.
    """
    z_m, x_m = grid.z_m(), grid.x_m()
    band = labels[(z_m >= BAND_M[0]) & (z_m <= BAND_M[1])][:, np.abs(x_m) <= half_aperture_m]
    if band.size == 0:
        return 0.0
    return float(((band != Structure.NONE).mean(axis=0) > 0.5).mean())
