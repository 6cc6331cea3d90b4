"""Filtered delay-multiply-and-sum (F-DMAS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import ChannelData


def delay_multiply_and_sum(data: ChannelData, grid: Grid, *, f_number: float = 1.5) -> NDArray[np.complex64]:
    """Sum of the products of all pairs of elements, each echo with the root of its amplitude.

    Matrone et al., "The delay multiply and sum beamforming algorithm in ultrasound B-mode medical imaging", IEEE
    TMI 34 (2015). Products of analytic signals lie around twice the carrier only, which is what the filter of the
    original method keeps; all pairs at once are half of (sum squared minus sum of squares).

    Returns:
        complex64, shape (n_lines, n_samples): amplitude like that of an echo, phase of twice the carrier.

    Raises:
        InputError: what `DelayAndSum` refuses.
    """
    image = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    for line, (echoes, _) in enumerate(aligned_lines(data, grid, f_number)):
        rooted = echoes / np.sqrt(np.maximum(np.abs(echoes), 1e-20))
        image[line] = (rooted.sum(axis=1) ** 2 - (rooted**2).sum(axis=1)) / 2
    return image
