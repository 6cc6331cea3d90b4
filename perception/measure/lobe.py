"""Length, width and depth of a thyroid lobe."""

from __future__ import annotations

import cv2
import numpy as np

from sonoreach.perception.measure.extent import Extent, extent_along, principal_axis
from sonoreach.perception.measure.section import Mask, Section
from sonoreach.types.plane import Side

# What is thinner than this belongs to the isthmus, whose thickness is normally below 6 mm.
ISTHMUS_M = 0.0075
# An outline on the image's border longer than this means that the lobe goes on unseen.
LARGEST_CUT_M = 0.003
SMALLEST_LOBE_M2 = 60e-6


def lobe_length(section: Section, side: Side) -> Extent | str:
    """Longest extent of the lobe on a longitudinal plane, along its own axis; else the reason why not."""
    lobe = whole_lobe(section, section.thyroid)
    if isinstance(lobe, str):
        return lobe
    points = section.points_m(lobe)
    return extent_along(points, principal_axis(points), section.grid.dx_m)


def lobe_width(section: Section, side: Side) -> Extent | str:
    """Lateral extent of the lobe without the isthmus on a transverse plane; else the reason why not."""
    lobe = transverse_lobe(section, side)
    if isinstance(lobe, str):
        return lobe
    return extent_along(section.points_m(lobe), np.array([1.0, 0.0]), section.grid.dx_m)


def lobe_depth(section: Section, side: Side) -> Extent | str:
    """Antero-posterior extent of the lobe on a transverse plane; else the reason why not."""
    lobe = transverse_lobe(section, side)
    if isinstance(lobe, str):
        return lobe
    return extent_along(section.points_m(lobe), np.array([0.0, 1.0]), section.grid.dz_m)


def transverse_lobe(section: Section, side: Side) -> Mask | str:
    """The lobe of one side on a transverse plane, cut off from the isthmus, or the reason why it is not there."""
    diameter = round(ISTHMUS_M / section.grid.dx_m)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    thick = cv2.morphologyEx(section.thyroid.astype(np.uint8), cv2.MORPH_OPEN, disk) > 0
    return whole_lobe(section, thick & _half(section, side))


def _half(section: Section, side: Side) -> Mask:
    """The half of the image on one side of the trachea; all of it when no trachea is seen.

    On transverse planes the image's left is the patient's right.
    """
    everywhere = np.ones_like(section.thyroid)
    if side == "middle" or not section.trachea.any():
        return everywhere
    middle = int(np.nonzero(section.trachea)[1].mean())
    columns = np.arange(section.grid.columns)
    return everywhere & ((columns < middle) if side == "right" else (columns > middle))[None, :]


def whole_lobe(section: Section, thyroid: Mask) -> Mask | str:
    """The largest connected piece of a mask if the image shows it whole, or the reason why not."""
    count, components, stats, _ = cv2.connectedComponentsWithStats(thyroid.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA] * section.grid.dx_m * section.grid.dz_m
    if count < 2 or areas.max() < SMALLEST_LOBE_M2:
        return "no lobe is seen on the captured image"
    lobe: Mask = components == int(np.argmax(areas)) + 1
    cut_m = section.beyond(lobe)
    if cut_m > LARGEST_CUT_M:
        return f"the lobe reaches beyond the image ({cut_m * 1e3:.0f} mm of its outline lie on the border)"
    return lobe
