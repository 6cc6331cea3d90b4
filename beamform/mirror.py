"""Whether an acquisition on a grid is its own mirror image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.grid import Grid

_SAME_M = 1e-9  # far below a tick of delay
_FLIPS = ((-1.0, 1.0, 1.0), (-1.0, -1.0, 1.0))  # across the plane x, or about the z axis (matrix arrays)


def is_mirrored(grid: Grid, elements_m: NDArray[np.float64], ticks: NDArray[np.int32]) -> bool:
    """Whether lines, elements and transmits, counted from the end, are mirror images of themselves.

    Then line l hears of element e and transmit t with the delays of the lines, elements and transmits that are as far
    from the end, and a kernel computes them once for both. True of a centred image with symmetric steering.

    Args:
        elements_m: shape (n_elements, 3) [m].
        ticks: transmit times, shape (n_lines, n_tx, row); a tick may come from rounding.
    """
    centre = (elements_m[0] + elements_m[-1]) / 2 * (1, 1, 0)
    elements, origin = elements_m - centre, grid.origin_m - centre
    return any(
        np.abs(elements[::-1] * flip - elements).max() < _SAME_M
        and np.abs(origin[::-1] * flip - origin).max() < _SAME_M
        and np.abs(grid.direction[::-1] * flip - grid.direction).max() < _SAME_M
        for flip in _FLIPS
    ) and all(np.abs(ticks[line] - ticks[-1 - line, ::-1]).max() <= 1 for line in range((grid.n_lines + 1) // 2))
