"""From any B-mode image to the fixed physical grid that a network looks at."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.types.image import BModeImage


@dataclass(frozen=True)
class ImageGrid:
    """A regular grid in the image plane; rows along depth z, columns along lateral x.

    Attributes:
        rows, columns: number of pixels.
        x0_m, dx_m: centre of column 0 and spacing along x [m].
        z0_m, dz_m: centre of row 0 and spacing along z [m].
    """

    rows: int
    columns: int
    x0_m: float
    dx_m: float
    z0_m: float
    dz_m: float

    @classmethod
    def over(cls, rows: int, columns: int, width_m: float, depth_m: float) -> ImageGrid:
        """Grid of pixels that tile a field of view centred on x = 0, from the face down to `depth_m`."""
        dx_m, dz_m = width_m / columns, depth_m / rows
        return cls(rows, columns, -width_m / 2 + dx_m / 2, dx_m, dz_m / 2, dz_m)

    @classmethod
    def of(cls, image: BModeImage) -> ImageGrid:
        """The grid of an image's own pixels."""
        rows, columns = image.pixels.shape
        return cls(rows, columns, image.x0_m, image.dx_m, image.z0_m, image.dz_m)

    def x_m(self) -> NDArray[np.float64]:
        """Lateral position of every column [m]."""
        return self.x0_m + self.dx_m * np.arange(self.columns, dtype=np.float64)

    def z_m(self) -> NDArray[np.float64]:
        """Depth of every row [m]."""
        return self.z0_m + self.dz_m * np.arange(self.rows, dtype=np.float64)


def resample(
    pixels: NDArray[np.generic], source: ImageGrid, target: ImageGrid, *, nearest: bool = False
) -> NDArray[np.generic]:
    """Bring pixels from one grid onto another; outside the source the result is 0.

    When the target is coarser, the pixels are averaged over its spacing first, or speckle would alias.

    Args:
        pixels: uint8 or float32, shape (source.rows, source.columns).
        source, target: the two grids.
        nearest: take the nearest pixel (for label maps) instead of averaging and interpolating.

    Returns:
        Same dtype, shape (target.rows, target.columns).
    """
    ratio_x, ratio_z = target.dx_m / source.dx_m, target.dz_m / source.dz_m
    if not nearest and (ratio_x > 1.5 or ratio_z > 1.5):
        pixels = cv2.blur(pixels, (max(1, round(ratio_x)), max(1, round(ratio_z))))
    to_source = np.array(
        [
            [ratio_x, 0.0, (target.x0_m - source.x0_m) / source.dx_m],
            [0.0, ratio_z, (target.z0_m - source.z0_m) / source.dz_m],
        ]
    )
    flags = (cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(pixels, to_source, (target.columns, target.rows), flags=flags))
