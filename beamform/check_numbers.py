"""Checks at the door of Doppler and what else is measured from motion: numbers, counts and samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError

LARGEST = 1e15
"""Largest sample whose powers, summed over an image, single precision holds."""


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not finite and above 0."""
    for name, value in numbers.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{name} must be finite and above 0, got {value}.")


def check_whole(name: str, value: int, least: int, most: float = math.inf) -> None:
    """Refuse what is no whole number, or one out of range; 5.0 is none either."""
    if not isinstance(value, int | np.integer) or not least <= value <= most:
        allowed = f"lie in {least} to {most}" if math.isfinite(most) else f"be at least {least}"
        raise InputError(f"{name} must be a whole number and {allowed}, got {value!r}.")


def check_window(name: str, window: Sequence[int]) -> None:
    """Refuse what is not a number of lines and one of samples, both whole and at least 1."""
    if np.shape(window) != (2,):
        raise InputError(f"{name} must be a number of lines and one of samples, got {window!r}.")
    for value in window:
        check_whole(name, value, 1)


def check_samples(name: str, samples: NDArray[np.generic]) -> None:
    """Refuse samples that are not finite, or too large to square."""
    values = np.ascontiguousarray(samples)
    values = values.view(values.real.dtype) if np.iscomplexobj(values) else values
    largest = np.maximum(np.max(values), -np.min(values)) if values.size else 0.0
    if not largest <= LARGEST:  # the largest of an array with a NaN is NaN
        raise InputError(f"{name} must be finite and at most {LARGEST:g}, got {largest}.")
