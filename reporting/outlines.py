"""Outlines of the structures in a label map, small enough to be kept in exam.json."""

from __future__ import annotations

import cv2
import numpy as np

from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.structures import Structure

Outline = list[list[float]]
DRAWN = (Structure.THYROID, Structure.NODULE, Structure.TRACHEA, Structure.CAROTID, Structure.JUGULAR)
LEAST_AREA_PIXELS = 6


def outlines(estimate: PlaneEstimate) -> dict[str, list[Outline]]:
    """Closed outlines of the drawn structures: name -> polygons of (x, z) in millimetres, largest first."""
    found: dict[str, list[Outline]] = {}
    for structure in DRAWN:
        mask = (estimate.labels == structure).astype(np.uint8)
        if not mask.any():
            continue
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
        kept = sorted(
            (c for c in contours if len(c) > 2 and cv2.contourArea(c) >= LEAST_AREA_PIXELS),
            key=lambda c: (-cv2.contourArea(c), c.tolist()),
        )
        polygons = [_millimetres(np.asarray(contour)[:, 0], estimate) for contour in kept]
        if polygons:
            found[structure.name.lower()] = polygons
    return found


def _millimetres(contour: np.ndarray, estimate: PlaneEstimate) -> Outline:
    x_mm = (estimate.label_x0_m + contour[:, 0] * estimate.label_dx_m) * 1e3
    z_mm = (estimate.label_z0_m + contour[:, 1] * estimate.label_dz_m) * 1e3
    return [[round(float(x), 2), round(float(z), 2)] for x, z in zip(x_mm, z_mm, strict=True)]
