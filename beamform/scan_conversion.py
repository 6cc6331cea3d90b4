"""Scan conversion: images on a sector's lines, or on parallel ones, to the square pixels of a screen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError

_MOST = 32766  # what OpenCV's remap can address


class ScanConverter:
    """Bilinear interpolation between lines onto a Cartesian grid, from one table.

    The lines fan out from one apex (`Grid.polar`), or are parallel, straight ahead or steered. Convert levels in dB or
    amplitudes, not complex values, whose phase turns faster than the lines lie.
    """

    def __init__(self, lines: Grid, x_m: ArrayLike, z_m: ArrayLike) -> None:
        """Make the table.

        Args:
            lines: in one x-z plane, from one apex at rising angles, or parallel ones that begin at rising x and one z.
            x_m, z_m: columns and rows of the picture [m].

        Raises:
            InputError: other lines, or axes that do not rise.
        """
        angle = np.arctan2(lines.direction[:, 0], lines.direction[:, 2])
        flat = np.ptp(lines.direction[:, 1]) == 0 and lines.n_lines > 1 and lines.n_samples > 1
        one_apex = np.ptp(lines.origin_m, axis=0).max() < 1e-9 and (np.diff(angle) > 0).all()
        level = np.ptp(lines.origin_m[:, 1:], axis=0).max() < 1e-9 and np.abs(angle).max() < np.pi / 2
        parallel = level and np.ptp(angle) < 1e-9 and (np.diff(lines.origin_m[:, 0]) > 0).all()
        if not flat or not (one_apex or parallel):
            raise InputError(
                "lines must come from one apex at rising angles (see Grid.polar), or be parallel and begin at rising "
                "x, got others."
            )
        self.grid = Grid.cartesian(x_m, z_m, float(lines.origin_m[0, 1]))
        sides = (lines.n_lines, lines.n_samples, self.grid.n_lines, self.grid.n_samples)
        if max(sides) > _MOST:
            raise InputError(
                f"lines and pictures may have at most {_MOST} lines, samples, columns and rows, got {sides}."
            )
        from_first = self.grid.points_m() - lines.origin_m[0]
        if one_apex:
            across, places = np.arctan2(from_first[..., 0], from_first[..., 2]), angle
            away = np.hypot(from_first[..., 0], from_first[..., 2])
        else:
            away = from_first[..., 2] / np.cos(angle[0])
            across, places = from_first[..., 0] - away * np.sin(angle[0]), lines.origin_m[:, 0] - lines.origin_m[0, 0]
        # Rounding must not push a pixel on the edge out of the lines.
        outside = (across < places[0] - 1e-9) | (across > places[-1] + 1e-9)
        outside |= (away < lines.distance_m[0] - 1e-9) | (away > lines.distance_m[-1] + 1e-9)
        self._line = np.interp(across, places, np.arange(lines.n_lines)).T.astype(np.float32)
        self._sample = np.interp(away, lines.distance_m, np.arange(lines.n_samples)).T.astype(np.float32)
        self._outside = outside.T
        self._shape = (lines.n_lines, lines.n_samples)

    def __call__(self, values: NDArray[np.floating], fill: float = 0.0) -> NDArray[np.float32]:
        """Convert one image.

        Args:
            values: shape (n_lines, n_samples) of the lines.
            fill: value of the pixels beside the lines.

        Returns:
            float32, shape (n_depth, n_lateral): rows and columns as in a `BModeImage`.

        Raises:
            InputError: an image of another shape, complex, or not finite.
        """
        if values.shape != self._shape or values.dtype.kind not in "fiub" or not np.isfinite(values).all():
            got = f"{values.dtype} of shape {values.shape}"
            raise InputError(f"values must be finite real numbers of shape {self._shape}, got {got}.")
        picture = cv2.remap(
            np.ascontiguousarray(values, dtype=np.float32), self._sample, self._line, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        picture[self._outside] = fill
        return np.asarray(picture, dtype=np.float32)
