"""Structures seen in a label map: their area, place and how much of them the image's border cuts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.perception.resample import ImageGrid
from sonoreach.types.plane import SeenStructure
from sonoreach.types.structures import Structure

# What a plane may ask for, and the labels that make it up: a nodule is part of the gland it lies in.
MEMBERS = {
    Structure.THYROID: (Structure.THYROID, Structure.NODULE),
    Structure.NODULE: (Structure.NODULE,),
    Structure.TRACHEA: (Structure.TRACHEA,),
    Structure.CAROTID: (Structure.CAROTID,),
    Structure.JUGULAR: (Structure.JUGULAR,),
    Structure.MUSCLE: (Structure.MUSCLE,),
}
SMALLEST_AREA_M2 = 3e-6


def structure_mask(labels: NDArray[np.uint8], structure: Structure) -> NDArray[np.uint8]:
    """Mask (0 or 1, uint8) of a structure with its members, e.g. the thyroid with its nodules."""
    return np.isin(labels, MEMBERS[structure]).astype(np.uint8)


def find_structures(labels: NDArray[np.uint8], grid: ImageGrid) -> tuple[SeenStructure, ...]:
    """List every connected structure of a label map, the largest of each kind first.

    Args:
        labels: `Structure` values, shape (grid.rows, grid.columns); NONE lies outside the seen field.
        grid: where the pixels lie.

    Returns:
        Structures of at least `SMALLEST_AREA_M2`. The edge fraction is the share of the outline's pixels
        that touch the border of the image or unseen pixels beside or below (the sides of a trapezoid).
    """
    unseen = _grow(_unseen(labels))
    found: list[SeenStructure] = []
    for structure in MEMBERS:
        mask = structure_mask(labels, structure)
        count, components, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA]) + 1 if count > 1 else ()
        for index in order:
            if stats[index, cv2.CC_STAT_AREA] * grid.dx_m * grid.dz_m < SMALLEST_AREA_M2:
                break
            found.append(_describe(structure, components == index, unseen, grid))
    return tuple(found)


def _unseen(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mask of pixels that the image does not show, with a frame of one pixel around it all."""
    unseen = (labels == Structure.NONE).astype(np.uint8)
    return np.asarray(cv2.copyMakeBorder(unseen, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1), dtype=np.uint8)


def _grow(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Dilate by one pixel and take the frame off again."""
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8))[1:-1, 1:-1], dtype=bool)


def _describe(
    structure: Structure, mask: NDArray[np.bool_], beside_unseen: NDArray[np.bool_], grid: ImageGrid
) -> SeenStructure:
    """Area, centroid and edge fraction of one connected mask."""
    rows, columns = np.nonzero(mask)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    outline = mask & (inner == 0)
    return SeenStructure(
        structure=structure.name.lower(),
        area_m2=float(rows.size * grid.dx_m * grid.dz_m),
        x_m=float(grid.x0_m + grid.dx_m * columns.mean()),
        z_m=float(grid.z0_m + grid.dz_m * rows.mean()),
        edge_fraction=float((outline & beside_unseen).sum() / outline.sum()),
    )
