"""Grey maps: which brightness shows which level."""

from __future__ import annotations

import dataclasses
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage


class GreyMap(StrEnum):
    """Maps from level (linear in dB) to brightness; all keep black, white and order."""

    LINEAR = "linear"
    BRIGHT = "bright"  # gamma 0.7: lifts weak echoes
    DARK = "dark"  # gamma 1.5: shows bright interfaces alone
    S_CURVE = "s_curve"  # more contrast in the middle, less at the ends
    FIVE_STEPS = "five_steps"  # posterised, to compare levels by eye


def grey_table(grey_map: GreyMap) -> NDArray[np.uint8]:
    """Brightness of each of the 256 levels, shape (256,), never falling.

    Raises:
        InputError: a map that does not exist.
    """
    level = np.arange(256) / 255
    if grey_map == GreyMap.LINEAR:
        bright = level
    elif grey_map == GreyMap.BRIGHT:
        bright = level**0.7
    elif grey_map == GreyMap.DARK:
        bright = level**1.5
    elif grey_map == GreyMap.S_CURVE:
        bright = level * level * (3 - 2 * level)
    elif grey_map == GreyMap.FIVE_STEPS:
        bright = np.minimum(np.floor(level * 5), 4) / 4
    else:
        raise InputError(f"grey_map must be one of {', '.join(GreyMap)}, got {grey_map!r}.")
    return np.rint(255 * bright).astype(np.uint8)


def apply_grey_map(image: BModeImage, grey_map: GreyMap) -> BModeImage:
    """Show an image through a map. Pixels are then no longer linear in dB: map last, and for the eye only.

    Raises:
        InputError: a map that does not exist.
    """
    return dataclasses.replace(image, pixels=grey_table(grey_map)[image.pixels])
