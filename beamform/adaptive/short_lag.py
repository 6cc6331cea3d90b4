"""Short-lag spatial coherence (SLSC)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.check_numbers import check_whole
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


def short_lag_coherence(
    data: ChannelData, grid: Grid, *, f_number: float = 1.5, n_lags: int = 10, kernel: int = 5
) -> NDArray[np.float32]:
    """Mean normalised correlation between elements up to `n_lags` apart.

    Lediju et al., "Short-lag spatial coherence of backscattered echoes", IEEE UFFC 58 (2011).

    Args:
        n_lags: largest distance between two elements, in elements.
        kernel: samples along the line over which echoes are correlated, odd.

    Returns:
        float32, shape (n_lines, n_samples), 1 where all elements hear the same, about 0 in noise.

    Raises:
        InputError: lags or a kernel out of range, or what `DelayAndSum` refuses.
    """
    if data.probe.n_elements < 2:
        raise InputError("short-lag coherence needs at least two elements, got one.")
    check_whole("n_lags", n_lags, 1, data.probe.n_elements - 1)
    check_whole("kernel", kernel, 1, grid.n_samples)
    if kernel % 2 == 0:
        raise InputError(f"kernel must be odd, got {kernel}.")
    image = np.zeros((grid.n_lines, grid.n_samples), np.float32)
    for line, (echoes, listens) in enumerate(aligned_lines(data, grid, f_number)):
        energy = _along(np.abs(echoes) ** 2, kernel)
        lags_heard = np.zeros(grid.n_samples)
        for lag in range(1, n_lags + 1):
            both = listens[:, lag:] & listens[:, :-lag]
            product = _along((echoes[:, lag:] * echoes[:, :-lag].conj()).real, kernel)
            norm = np.sqrt(energy[:, lag:] * energy[:, :-lag])
            correlation = np.where(both & (norm > 0), product / np.maximum(norm, 1e-20), 0)
            pairs = both.sum(axis=1)
            image[line] += np.where(pairs > 0, correlation.sum(axis=1) / np.maximum(pairs, 1), 0)
            lags_heard += pairs > 0
        image[line] /= np.maximum(lags_heard, 1)
    return image


def _along(values: NDArray[np.floating], kernel: int) -> NDArray[np.floating]:
    """Moving sum of `kernel` samples along the line."""
    padded = np.pad(values, ((kernel // 2 + 1, kernel // 2), (0, 0)))
    total = np.cumsum(padded, axis=0, dtype=np.float64)
    return total[kernel:] - total[:-kernel]
