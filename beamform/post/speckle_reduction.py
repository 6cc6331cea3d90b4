"""Speckle reduction by edge-preserving filters of OpenCV."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import cv2
import numpy as np

from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage


class SpeckleFilter(StrEnum):
    """Which filter."""

    BILATERAL = "bilateral"
    NON_LOCAL_MEANS = "non_local_means"


def reduce_speckle(
    image: BModeImage, method: SpeckleFilter = SpeckleFilter.BILATERAL, *, strength: float = 30.0
) -> BModeImage:
    """Smooth speckle and keep edges. Log compression makes speckle additive, as both filters expect.

    Bilateral: Tomasi, Manduchi, "Bilateral filtering for gray and color images", ICCV 1998; a few milliseconds.
    Non-local means: Buades, Coll, Morel, "A non-local algorithm for image denoising", CVPR 2005; much slower.

    Args:
        image: log-compressed.
        method: which filter.
        strength: grey levels by which alike places may differ, 1 to 200; large values smooth more.

    Raises:
        InputError: a method that does not exist or a strength out of range.
    """
    if method not in list(SpeckleFilter):
        raise InputError(f"method must be one of {', '.join(SpeckleFilter)}, got {method!r}.")
    if not 1 <= strength <= 200:
        raise InputError(f"strength of the speckle filter must lie in [1, 200], got {strength}.")
    pixels = np.ascontiguousarray(image.pixels)
    if method == SpeckleFilter.BILATERAL:
        smooth = cv2.bilateralFilter(pixels, 9, strength, 3.0)
    else:
        smooth = cv2.fastNlMeansDenoising(pixels, None, strength, 5, 15)
    return dataclasses.replace(image, pixels=np.asarray(smooth, dtype=np.uint8))
