"""Generalised coherence factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.check_numbers import check_whole
from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import ChannelData


def generalised_coherence(
    data: ChannelData, grid: Grid, *, f_number: float = 1.5, n_low: int = 1
) -> NDArray[np.complex64]:
    """Delay-and-sum weighted by the share of low spatial frequencies in the aperture's energy.

    Li, Li, "Adaptive imaging using the generalized coherence factor", IEEE UFFC 50 (2003). n_low 0 is the
    coherence factor; 1 to 3 keeps speckle.

    Args:
        n_low: spatial frequencies -n_low..n_low count as coherent.

    Returns:
        complex64, shape (n_lines, n_samples).

    Raises:
        InputError: n_low out of range, or what `DelayAndSum` refuses.
    """
    check_whole("n_low", n_low, 0, max(0, data.probe.n_elements // 2 - 1))
    image = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    for line, (echoes, listens) in enumerate(aligned_lines(data, grid, f_number)):
        count = np.maximum(listens.sum(axis=1, keepdims=True), 1)
        turn = -2j * np.pi * (np.cumsum(listens, axis=1) - 1) / count  # of the elements that listen, one cycle
        low = sum(np.abs((echoes * np.exp(k * turn)).sum(axis=1)) ** 2 for k in range(-n_low, n_low + 1))
        total = count[:, 0] * np.sum(np.abs(echoes) ** 2, axis=1)  # Parseval: of all spatial frequencies
        share = np.minimum(low / np.maximum(total, 1e-30), 1.0)
        image[line] = echoes.sum(axis=1) * share
    return image
