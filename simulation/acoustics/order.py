"""An order in which neighbours are visited far apart."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def scattered_order(n: int) -> NDArray[np.int64]:
    """A permutation of 0..n-1 in steps of the golden section, shape (n,).

    Neighbours in a list are often neighbours in space, whose pulses overlap in the accumulator; added one after
    the other, each would wait for the other's store (2.5 times slower).
    """
    step = next(s for s in range(max(1, round(0.618034 * n)), n + 2) if math.gcd(s, n) == 1)
    order: NDArray[np.int64] = np.arange(n) * step % max(n, 1)
    return order
