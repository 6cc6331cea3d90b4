"""Thickness of the isthmus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.perception.measure.extent import Extent
from sonoreach.perception.measure.section import Section
from sonoreach.types.plane import Side

# The thickness is taken over this much on either side of the midline of the trachea.
HALF_BAND_M = 0.003
# The gland lies on the trachea: a gap wider than this in between is not the isthmus.
LARGEST_GAP_M = 0.004


def isthmus_thickness(section: Section, side: Side) -> Extent | str:
    """Thickness of the gland in front of the trachea's middle, at right angles to it; else the reason why not."""
    if not section.trachea.any():
        return "the trachea, in front of which the isthmus lies, is not seen on the captured image"
    grid = section.grid
    middle = int(np.median(np.nonzero(section.trachea)[1]))
    half = round(HALF_BAND_M / grid.dx_m)
    columns = np.arange(max(0, middle - half), min(grid.columns, middle + half + 1))
    runs = [_run_above_trachea(section, int(column)) for column in columns]
    found = np.array([(c, *run) for c, run in zip(columns, runs, strict=True) if run is not None], dtype=np.float64)
    if len(found) < len(columns) / 2:
        return "no gland is seen in front of the trachea"
    x, top, bottom = grid.x0_m + grid.dx_m * found[:, 0], found[:, 1], found[:, 2]
    if not top.min() > grid.z0_m:
        return "the isthmus reaches beyond the image"
    slope = float(np.polyfit(x, (top + bottom) / 2, 1)[0])
    normal = np.array([-slope, 1.0]) / np.hypot(slope, 1.0)
    thickness_m = float(np.median(bottom - top)) / np.hypot(slope, 1.0)
    centre = np.array([np.median(x), np.median((top + bottom) / 2)])
    start, end = centre - normal * thickness_m / 2, centre + normal * thickness_m / 2
    return Extent(thickness_m, ((float(start[0]), float(start[1])), (float(end[0]), float(end[1]))))


def _run_above_trachea(section: Section, column: int) -> tuple[float, float] | None:
    """Top and bottom depth [m] of the gland right above the trachea in one column; None without any."""
    trachea: NDArray[np.intp] = np.nonzero(section.trachea[:, column])[0]
    gland: NDArray[np.intp] = np.nonzero(section.thyroid[:, column])[0]
    if trachea.size == 0:
        return None
    above = gland[gland < trachea[0]]
    if above.size == 0 or (trachea[0] - above[-1]) * section.grid.dz_m > LARGEST_GAP_M:
        return None
    breaks = np.nonzero(np.diff(above) > 1)[0]
    first = above[breaks[-1] + 1] if breaks.size else above[0]
    z0_m, dz_m = section.grid.z0_m, section.grid.dz_m
    return float(z0_m + dz_m * (first - 0.5)), float(z0_m + dz_m * (above[-1] + 0.5))
