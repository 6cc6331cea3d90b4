"""Drawing on an RGB array: text, anti-aliased lines at sub-pixel positions, panels."""

from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.palette import Rgb

Image = NDArray[np.uint8]
_SHIFT = 4  # sub-pixel bits of OpenCV's drawing functions


_threads = threading.local()


def _font() -> Any:
    """OpenCV's own font, Latin and Chinese; one a thread, since drawing changes its state."""
    if not hasattr(_threads, "font"):
        _threads.font = cv2.FontFace("sans")
    return _threads.font


def text(
    image: Image,
    words: str,
    x: float,
    y: float,
    size: int = 16,
    color: Rgb = palette.TEXT,
    bold: bool = False,
    align: str = "left",
) -> int:
    """Write one line with its baseline at y; `align` is "left", "right" or "center". Returns its width [pixels]."""
    weight = 650 if bold else 400
    width = text_width(words, size, bold)
    left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * width
    cv2.putText(image, words, (round(left), round(y)), color, _font(), size, weight)
    return width


def text_width(words: str, size: int, bold: bool = False) -> int:
    """Width of one line [pixels]."""
    return int(cv2.getTextSize((0, 0), words, (0, 0), _font(), size, 650 if bold else 400)[2])


def fitted(words: str, size: int, width: float) -> str:
    """The words, cut with an ellipsis when they are wider than `width` pixels."""
    if text_width(words, size) <= width:
        return words
    while words and text_width(words + "…", size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def lines(image: Image, points: ArrayLike, color: Rgb, width: int = 1, closed: bool = False) -> None:
    """Draw a polyline through (x, y) pixel positions, centres at whole numbers."""
    array = np.asarray(points, dtype=np.float64)
    if len(array) < 2:
        return
    fixed = np.round(array * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(image, [fixed], closed, color, width, cv2.LINE_AA, _SHIFT)


def dot(image: Image, x: float, y: float, radius: float, color: Rgb, width: int = -1) -> None:
    """Draw a disc, or a ring of the given line width."""
    scale = 1 << _SHIFT
    center = (round(x * scale), round(y * scale))
    cv2.circle(image, center, round(radius * scale), color, width, cv2.LINE_AA, _SHIFT)


def panel(image: Image, x: int, y: int, width: int, height: int, color: Rgb = palette.PANEL, radius: int = 10) -> None:
    """Fill a rectangle with round corners."""
    cv2.rectangle(image, (x + radius, y), (x + width - radius, y + height), color, -1)
    cv2.rectangle(image, (x, y + radius), (x + width, y + height - radius), color, -1)
    for cx in (x + radius, x + width - radius):
        for cy in (y + radius, y + height - radius):
            cv2.circle(image, (cx, cy), radius, color, -1, cv2.LINE_AA)


def paste(image: Image, part: Image, x: int, y: int) -> None:
    """Copy a picture into another, top left corner at (x, y); what does not fit is cut."""
    height = min(part.shape[0], image.shape[0] - y)
    width = min(part.shape[1], image.shape[1] - x)
    image[y : y + height, x : x + width] = part[:height, :width]


def blank(width: int, height: int, color: Rgb = palette.BACKGROUND) -> Image:
    """An RGB image of one colour."""
    return np.full((height, width, 3), color, dtype=np.uint8)
