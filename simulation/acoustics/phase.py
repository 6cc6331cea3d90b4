"""The carrier's factor for a part of a cycle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def turned(turns: Any) -> Any:
    """Cosine and sine of an angle of -1/2 to 1/2 [cycles], with an error of 3e-4.

    The square of the factor of half the angle, whose series are short.
    """
    one, half = np.float32(1), np.float32(0.5)
    a = np.float32(np.pi) * turns
    aa = a * a
    sine = np.float32(-1 / 5040) * aa + np.float32(1 / 120)
    sine = a * ((sine * aa - np.float32(1 / 6)) * aa + one)
    cosine = np.float32(1 / 40320) * aa - np.float32(1 / 720)
    cosine = ((cosine * aa + np.float32(1 / 24)) * aa - half) * aa + one
    return one - (sine + sine) * sine, (sine + sine) * cosine
