"""An image on square pixels, as screens, reports and DICOM viewers expect it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.types.image import BModeImage


@dataclass(frozen=True, eq=False)
class DisplayImage:
    """Grey image with square pixels.

    Attributes:
        pixels: uint8, shape (rows, columns).
        spacing_m: pixel spacing in both directions [m].
        x0_m, z0_m: lateral position and depth of the first pixel's centre [m].
    """

    pixels: NDArray[np.uint8]
    spacing_m: float
    x0_m: float
    z0_m: float

    def to_pixel(self, x_m: float, z_m: float, scale: float = 1.0) -> tuple[float, float]:
        """Column and row of a point of the image plane in an image enlarged by `scale`."""
        column = ((x_m - self.x0_m) / self.spacing_m + 0.5) * scale - 0.5
        row = ((z_m - self.z0_m) / self.spacing_m + 0.5) * scale - 0.5
        return column, row


def square_pixels(pixels: NDArray[np.uint8], dx_m: float, dz_m: float) -> tuple[NDArray[np.uint8], float]:
    """Resample (rows, columns[, 3]) to square pixels of the finer spacing; returns the pixels and the spacing [m].

    The centres of the first and last pixels stay where they are, so the geometry's origin holds.
    """
    spacing = min(dx_m, dz_m)
    if abs(dx_m / dz_m - 1.0) < 1e-6:
        return pixels, spacing
    rows = round((pixels.shape[0] - 1) * dz_m / spacing) + 1
    columns = round((pixels.shape[1] - 1) * dx_m / spacing) + 1
    column = (np.arange(columns, dtype=np.float32) * np.float32(spacing / dx_m))[None].repeat(rows, 0)
    row = (np.arange(rows, dtype=np.float32) * np.float32(spacing / dz_m))[:, None].repeat(columns, 1)
    resampled = cv2.remap(pixels, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(resampled, dtype=np.uint8), spacing


def display_image(image: BModeImage) -> DisplayImage:
    """The B-mode image on square pixels."""
    pixels, spacing = square_pixels(image.pixels, image.dx_m, image.dz_m)
    return DisplayImage(pixels, spacing, image.x0_m, image.z0_m)
