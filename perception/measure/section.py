"""A section through the gland: its fine outline on a captured image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.perception.resample import ImageGrid
from sonoreach.perception.structures import structure_mask
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.structures import Structure

Mask = NDArray[np.bool_]
FINE_SPACING_M = 0.0002
# The labels' staircase is rounded off over this width before the outline is drawn between the pixels.
SMOOTHING_M = 0.0004


@dataclass(frozen=True, eq=False)
class Section:
    """Masks on a fine, square grid, shape (grid.rows, grid.columns).

    Attributes:
        grid: where the pixels lie.
        thyroid: the gland with its nodules.
        trachea: wall and lumen.
        unseen: pixels that the image does not show.
    """

    grid: ImageGrid
    thyroid: Mask
    trachea: Mask
    unseen: Mask

    @classmethod
    def of(cls, estimate: PlaneEstimate) -> Section:
        """Take the section from the label map of an estimate."""
        rows, columns = estimate.labels.shape
        coarse = ImageGrid(
            rows, columns, estimate.label_x0_m, estimate.label_dx_m, estimate.label_z0_m, estimate.label_dz_m
        )
        return cls.from_labels(estimate.labels, coarse)

    @classmethod
    def from_labels(cls, labels: NDArray[np.uint8], grid: ImageGrid) -> Section:
        """Take the section from a map of `Structure` values on a grid."""
        fine = _fine_grid(grid)
        none = (labels == Structure.NONE).astype(np.uint8)
        return cls(
            grid=fine,
            thyroid=_refine(structure_mask(labels, Structure.THYROID), fine),
            trachea=_refine(structure_mask(labels, Structure.TRACHEA), fine),
            unseen=_refine(none, fine),
        )

    def beyond(self, mask: Mask) -> float:
        """Length of a mask's outline that lies on the border of what the image shows [m]."""
        grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        cut = int((grown & ~mask & self.unseen).sum())
        border = mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()
        return float(cut + border) * self.grid.dx_m

    def points_m(self, mask: Mask) -> NDArray[np.float64]:
        """Positions (x, z) of the pixels of a mask, shape (n, 2) [m]."""
        rows, columns = np.nonzero(mask)
        return np.column_stack([self.grid.x0_m + self.grid.dx_m * columns, self.grid.z0_m + self.grid.dz_m * rows])


def _fine_grid(grid: ImageGrid) -> ImageGrid:
    """A square grid of `FINE_SPACING_M` over the same field of view."""
    width_m, depth_m = grid.columns * grid.dx_m, grid.rows * grid.dz_m
    columns, rows = round(width_m / FINE_SPACING_M), round(depth_m / FINE_SPACING_M)
    dx_m, dz_m = width_m / columns, depth_m / rows
    x0_m, z0_m = grid.x0_m - grid.dx_m / 2 + dx_m / 2, grid.z0_m - grid.dz_m / 2 + dz_m / 2
    return ImageGrid(rows, columns, x0_m, dx_m, z0_m, dz_m)


def _refine(mask: NDArray[np.uint8], fine: ImageGrid) -> Mask:
    """Interpolate a mask onto the fine grid, and draw its outline where it crosses one half."""
    large = cv2.resize(mask.astype(np.float32), (fine.columns, fine.rows), interpolation=cv2.INTER_LINEAR)
    sigma = SMOOTHING_M / FINE_SPACING_M
    smooth = cv2.GaussianBlur(large, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth > 0.5, dtype=bool)
