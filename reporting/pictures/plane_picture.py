"""One ultrasound image as people see it: enlarged, with outlines, calipers, ruler and orientation marks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.outlines import Outline
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image

# Which way the left and the right border look on a standard plane: right and left, superior and inferior.
ENDS: dict[str, tuple[str, str]] = {"transverse": ("R", "L"), "longitudinal": ("Sup", "Inf")}


def plane_picture(
    display: DisplayImage,
    width: int,
    *,
    outlines: Mapping[str, Sequence[Outline]] | None = None,
    calipers_mm: Sequence[Sequence[Sequence[float]]] = (),
    ends: Sequence[str] = (),
    ruler: bool = True,
) -> Image:
    """Draw the image on an RGB array `width` pixels wide.

    Args:
        display: the image.
        width: width of the picture [pixels].
        outlines: name of a structure -> closed polygons of (x, z) [mm].
        calipers_mm: one entry a measurement, end points (x, z) [mm].
        ends: what the left and the right border look towards, e.g. `ENDS["transverse"]`; empty for no marks.
        ruler: whether ticks every 10 mm of depth are drawn.
    """
    scale = width / display.pixels.shape[1]
    size = (width, round(display.pixels.shape[0] * scale))
    grey = cv2.resize(display.pixels, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    stroke = max(1, round(width / 420))
    for name, polygons in (outlines or {}).items():
        color = palette.STRUCTURES.get(name, palette.MUTED)
        for polygon in polygons:
            points = [display.to_pixel(x * 1e-3, z * 1e-3, scale) for x, z in polygon]
            canvas.lines(picture, points, color, stroke, closed=True)
    for number, points_mm in enumerate(calipers_mm, start=1):
        points = [display.to_pixel(x * 1e-3, z * 1e-3, scale) for x, z in points_mm]
        _caliper(picture, points, str(number) if len(calipers_mm) > 1 else "", stroke)
    if ruler:
        _ruler(picture, display, scale)
    for words, align, x in zip(ends, ("left", "right"), (0.015, 0.985), strict=False):
        if words:
            _mark(picture, words, x * width, align)
    return picture


def _mark(picture: Image, words: str, x: float, align: str) -> None:
    """A word on a dark ground in an upper corner, so that it reads on bright skin too."""
    size = max(11, picture.shape[1] // 32)
    width, pad = canvas.text_width(words, size, bold=True), round(0.35 * size)
    left = round(x) - (width + 2 * pad if align == "right" else 0)
    canvas.panel(picture, left, pad, width + 2 * pad, round(1.35 * size), palette.BACKGROUND, pad)
    canvas.text(picture, words, left + pad, pad + 1.05 * size, size, palette.TEXT, bold=True)


def _caliper(picture: Image, points: Sequence[tuple[float, float]], label: str, stroke: int) -> None:
    """Two crosses joined by a dotted line, the number beside the first."""
    arm = 4.0 * stroke + 2.0
    for first, second in zip(points[::2], points[1::2], strict=False):
        length = math.hypot(second[0] - first[0], second[1] - first[1])
        steps = max(2, int(length / (5.0 * stroke)))
        for part in np.linspace(0.0, 1.0, steps + 1)[1:-1]:
            x, y = first[0] + part * (second[0] - first[0]), first[1] + part * (second[1] - first[1])
            canvas.dot(picture, x, y, 0.55 * stroke, palette.CALIPER)
        for x, y in (first, second):
            canvas.lines(picture, [(x - arm, y), (x + arm, y)], palette.CALIPER, stroke)
            canvas.lines(picture, [(x, y - arm), (x, y + arm)], palette.CALIPER, stroke)
        if label:
            x, y = first[0] + 1.4 * arm, first[1] - 0.8 * arm
            canvas.text(picture, label, x, y, max(11, picture.shape[1] // 30), palette.CALIPER, bold=True)


def _ruler(picture: Image, display: DisplayImage, scale: float) -> None:
    height, width = picture.shape[:2]
    deepest_mm = (display.z0_m + display.pixels.shape[0] * display.spacing_m) * 1e3
    for depth_mm in range(0, int(deepest_mm) + 1, 5):
        _, y = display.to_pixel(0.0, depth_mm * 1e-3, scale)
        if not 0 <= y < height:
            continue
        length = width * (0.018 if depth_mm % 10 == 0 else 0.009)
        canvas.lines(picture, [(width - 1 - length, y), (width - 1, y)], palette.MUTED, 1)
