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

_MEMBERSHIP = {structure: np.isin(np.arange(256), members).astype(np.uint8) for structure, members in MEMBERS.items()}
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def structure_mask(labels: NDArray[np.uint8], structure: Structure) -> NDArray[np.uint8]:
    """Mask (0 or 1, uint8) of a structure with its members, e.g. the thyroid with its nodules."""
    return np.asarray(cv2.LUT(labels, _MEMBERSHIP[structure]), dtype=np.uint8)


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
    kind = cv2.CV_16U if labels.size < 2**16 else cv2.CV_32S  # OpenCV is three times as fast with short numbers
    for structure in MEMBERS:
        mask = structure_mask(labels, structure)
        count, components, stats, centroids = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=kind)
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA]) + 1 if count > 1 else ()
        for index in order:
            column, row, width, height, area = stats[index].tolist()
            if area * grid.dx_m * grid.dz_m < SMALLEST_AREA_M2:
                break
            box = slice(row, row + height), slice(column, column + width)
            x, z = centroids[index].tolist()
            found.append(
                SeenStructure(
                    structure=structure.name.lower(),
                    area_m2=area * grid.dx_m * grid.dz_m,
                    x_m=grid.x0_m + grid.dx_m * x,
                    z_m=grid.z0_m + grid.dz_m * z,
                    edge_fraction=_edge_fraction(components[box] == index, unseen[box]),
                )
            )
    return tuple(found)


def _unseen(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mask of pixels that the image does not show, with a frame of one pixel around it all."""
    unseen = (labels == Structure.NONE).astype(np.uint8)
    return np.asarray(cv2.copyMakeBorder(unseen, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1), dtype=np.uint8)


def _grow(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Dilate by one pixel and take the frame off again."""
    return np.asarray(cv2.dilate(mask, _NEIGHBOURS)[1:-1, 1:-1], dtype=bool)


def _edge_fraction(mask: NDArray[np.bool_], beside_unseen: NDArray[np.bool_]) -> float:
    """Share of a mask's outline that lies beside what is not seen; both are cut to the mask's box."""
    inner = cv2.erode(mask.view(np.uint8), _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    outline = mask & (inner == 0)
    return int(np.count_nonzero(outline & beside_unseen)) / int(np.count_nonzero(outline))
