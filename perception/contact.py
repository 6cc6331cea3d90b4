"""Acoustic contact, read from the image itself: columns without echoes have no gel or no skin under them."""

from __future__ import annotations

import numpy as np

from sonoreach.perception.resample import ImageGrid
from sonoreach.types.image import BModeImage

# Echoes of skin and fat fill this band wherever the face touches; air leaves it as dark as the noise.
BAND_M = (0.002, 0.010)
DARK_PIXEL = 40.0


def contact_fraction(image: BModeImage, half_aperture_m: float = 0.025) -> float:
    """Fraction of the columns under the aperture that show echoes in the near field (0-1).

    Args:
        image: B-mode image.
        half_aperture_m: half the width of the probe's face [m].

    Returns:
        0 when the image does not reach the near field or shows nothing there.
    """
    grid = ImageGrid.of(image)
    z_m, x_m = grid.z_m(), grid.x_m()
    band = image.pixels[(z_m >= BAND_M[0]) & (z_m <= BAND_M[1])][:, np.abs(x_m) <= half_aperture_m]
    if band.size == 0:
        return 0.0
    return float((band.mean(axis=0) >= DARK_PIXEL).mean())
