"""Scan conversion: images on a sector's lines to the square pixels of a screen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError


class ScanConverter:
    """Bilinear interpolation between the lines of a sector (`Grid.polar`) onto a Cartesian grid, from one table.

    Convert levels in dB or amplitudes, not complex values, whose phase turns faster than the lines lie.
    """

    def __init__(self, sector: Grid, x_m: ArrayLike, z_m: ArrayLike) -> None:
        """Make the table.

        Args:
            sector: lines that fan out in one x-z plane from one apex, at rising angles.
            x_m, z_m: columns and rows of the picture [m].

        Raises:
            InputError: lines that are no sector, or axes that do not rise.
        """
        angle = np.arctan2(sector.direction[:, 0], sector.direction[:, 2])
        one_apex = np.ptp(sector.origin_m, axis=0).max() < 1e-9 and np.ptp(sector.direction[:, 1]) == 0
        if sector.n_lines < 2 or sector.n_samples < 2 or not one_apex or (np.diff(angle) <= 0).any():
            raise InputError("sector must be lines from one apex at rising angles, got others (see Grid.polar).")
        self.grid = Grid.cartesian(x_m, z_m, float(sector.origin_m[0, 1]))
        from_apex = self.grid.points_m() - sector.origin_m[0]
        bearing, away = np.arctan2(from_apex[..., 0], from_apex[..., 2]), np.hypot(from_apex[..., 0], from_apex[..., 2])
        # Rounding must not push a pixel on the edge out of the sector.
        outside = (bearing < angle[0] - 1e-9) | (bearing > angle[-1] + 1e-9)
        outside |= (away < sector.distance_m[0] - 1e-9) | (away > sector.distance_m[-1] + 1e-9)
        self._line = np.interp(bearing, angle, np.arange(sector.n_lines)).T.astype(np.float32)
        self._sample = np.interp(away, sector.distance_m, np.arange(sector.n_samples)).T.astype(np.float32)
        self._outside = outside.T
        self._shape = (sector.n_lines, sector.n_samples)

    def __call__(self, values: NDArray[np.floating], fill: float = 0.0) -> NDArray[np.float32]:
        """Convert one image.

        Args:
            values: shape (n_lines, n_samples) of the sector.
            fill: value of the pixels outside the sector.

        Returns:
            float32, shape (n_depth, n_lateral): rows and columns as in a `BModeImage`.

        Raises:
            InputError: an image of another shape, or not finite.
        """
        if values.shape != self._shape or not np.isfinite(values).all():
            raise InputError(f"values must be finite, of shape {self._shape}, got shape {values.shape}.")
        picture = cv2.remap(
            np.ascontiguousarray(values, dtype=np.float32), self._sample, self._line, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        picture[self._outside] = fill
        return np.asarray(picture, dtype=np.float32)
