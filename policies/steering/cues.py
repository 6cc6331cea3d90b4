"""What the segmentation of one image says beside the network's own estimate of the plane's place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.plane import PlaneEstimate, PlaneSpec
from sonoreach.types.structures import Structure

Array = NDArray[np.float64]

MIN_THICKNESS_M = 0.0015  # thinner columns are noise
LOBE_OF_THICKEST = 0.45  # the isthmus is thinner than this part of the lobe beside it
MIN_LOBE_AREA_M2 = 25e-6
CENTRE_COLUMNS_M = 0.004  # half width of the columns over the trachea in which the isthmus is looked for


@dataclass(frozen=True)
class Cues:
    """Cues of one image, in the probe frame.

    Attributes:
        seen: whether the wanted structure is in the image.
        x_m, z_m: its centre, lateral and depth [m]; None when it is not seen or runs out of the image.
        area_m2: its area [m²].
        trachea_m: centre of the trachea, lateral and depth [m]; None when it is not seen whole.
        contact_tilt: contact of the right half of the face minus that of the left half (-1 to 1).
    """

    seen: bool
    x_m: float | None
    z_m: float | None
    area_m2: float
    trachea_m: tuple[float, float] | None
    contact_tilt: float


def read_cues(estimate: PlaneEstimate, wanted: PlaneSpec) -> Cues | None:
    """Read the cues of an estimate; None when it carries no labels."""
    labels = estimate.labels
    if labels.size == 0:
        return None
    x = estimate.label_x0_m + estimate.label_dx_m * np.arange(labels.shape[1], dtype=np.float64)
    z = estimate.label_z0_m + estimate.label_dz_m * np.arange(labels.shape[0], dtype=np.float64)
    thyroid = (labels == Structure.THYROID) | (labels == Structure.NODULE)
    trachea = _trachea(labels, x, z, estimate.label_dx_m * estimate.label_dz_m)
    trachea_x = None if trachea is None else trachea[0]
    tilt = _contact_tilt(labels, x)
    thickness = thyroid.sum(axis=0) * estimate.label_dz_m
    wide = thickness >= MIN_THICKNESS_M
    if wanted.orientation == "transverse" and wanted.side != "middle":
        columns = wide & (thickness >= LOBE_OF_THICKEST * thickness.max(initial=0.0))
        if trachea_x is not None:
            columns &= (x - trachea_x) * (1.0 if wanted.side == "left" else -1.0) > 0.0
    elif wanted.side == "middle":
        columns = wide & (np.abs(x - (0.0 if trachea_x is None else trachea_x)) <= CENTRE_COLUMNS_M)
    else:
        columns = wide
    part = thyroid & columns[None, :]
    area = float(part.sum()) * estimate.label_dx_m * estimate.label_dz_m
    if wanted.side == "middle":
        seen = trachea_x is not None and float(columns.sum()) * estimate.label_dx_m >= CENTRE_COLUMNS_M
        return Cues(seen, trachea_x if seen else None, None, area, trachea, tilt)
    if area < MIN_LOBE_AREA_M2:
        return Cues(False, None, None, area, trachea, tilt)
    inside = np.flatnonzero(columns)
    whole = inside[0] > 0 and inside[-1] < len(x) - 1
    centre_x = float(x[inside[0]] + x[inside[-1]]) / 2.0
    centre_z = float((part.sum(axis=1) * z).sum() / part.sum())
    return Cues(True, centre_x if whole else None, centre_z if whole else None, area, trachea, tilt)


def _trachea(labels: NDArray[np.uint8], x: Array, z: Array, pixel_m2: float) -> tuple[float, float] | None:
    mask = labels == Structure.TRACHEA
    columns = mask.sum(axis=0)
    total = int(columns.sum())
    if total * pixel_m2 < 15e-6 or columns[0] > 0 or columns[-1] > 0:
        return None
    return float((columns * x).sum() / total), float((mask.sum(axis=1) * z).sum() / total)


def _contact_tilt(labels: NDArray[np.uint8], x: Array) -> float:
    """Air under the face shows as NONE in the topmost rows of a column."""
    touching = (labels[: max(labels.shape[0] // 10, 2)] != Structure.NONE).any(axis=0)
    face = np.abs(x) < 0.024
    halves = [touching[face & side] for side in (x > 0.0, x < 0.0)]
    return float(halves[0].mean() - halves[1].mean()) if all(h.size for h in halves) else 0.0
