"""Automatic gain: every depth brought to the same mean level."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d

from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage


def automatic_gain(
    image: BModeImage, *, target: float = 100.0, limit_db: float = 15.0, smooth_m: float = 5e-3
) -> BModeImage:
    """Add a gain over depth that brings the median of each depth's lit pixels to one grey level.

    The gain is smooth over depth, so that organs keep their contrast, and limited, so that noise is not lifted at
    will. Black pixels stay black, and do not count: they are shadows, or were passed by no wave.

    Args:
        image: log-compressed.
        target: grey level, 1 to 254.
        limit_db: largest gain and loss [dB].
        smooth_m: standard deviation of the smoothing over depth [m].

    Raises:
        InputError: numbers out of range.
    """
    if not 1 <= target <= 254:
        raise InputError(f"target of the automatic gain must lie in [1, 254], got {target}.")
    if not 0 <= limit_db <= 60 or not 0 < smooth_m < 1:
        raise InputError(f"limit_db must lie in [0, 60] and smooth_m in (0, 1) m, got {limit_db} and {smooth_m}.")
    lit = image.pixels > 0
    rows = np.flatnonzero(lit.sum(axis=1) >= 3)
    if not len(rows):
        return image
    level = np.array([np.median(image.pixels[row, lit[row]]) for row in rows])
    gain = np.interp(np.arange(len(lit)), rows, target - level)
    gain = gaussian_filter1d(gain, smooth_m / image.dz_m, mode="nearest")
    limit = limit_db * 255 / image.dynamic_range_db
    lifted = np.clip(np.rint(image.pixels + np.clip(gain, -limit, limit)[:, None]), 0, 255)
    return dataclasses.replace(image, pixels=np.where(lit, lifted, 0).astype(np.uint8))
