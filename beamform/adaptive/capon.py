"""Capon's minimum-variance beamformer."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


def capon(
    data: ChannelData, grid: Grid, *, f_number: float = 1.5, subarray: float = 0.4, loading: float = 0.02
) -> NDArray[np.complex64]:
    """For each point the weights that pass its echo unchanged and everything else as little as possible.

    w = R^-1 1 / (1' R^-1 1), R averaged over subarrays and loaded on its diagonal: Synnevåg, Austeng, Holm, "Adaptive
    beamforming applied to medical ultrasound imaging", IEEE UFFC 54 (2007).

    Args:
        subarray: length of a subarray as a fraction of the elements that listen, in (0, 0.5].
        loading: diagonal loading as a fraction of the mean power.

    Returns:
        complex64, shape (n_lines, n_samples), scaled like delay-and-sum.

    Raises:
        InputError: a fraction out of range, or what `DelayAndSum` refuses.
    """
    if not 0 < subarray <= 0.5:
        raise InputError(f"subarray must lie in (0, 0.5], got {subarray}.")
    if not 0 < loading <= 10:
        raise InputError(f"loading must lie in (0, 10], got {loading}.")
    image = np.zeros((grid.n_lines, grid.n_samples), np.complex64)
    for line, (echoes, listens) in enumerate(aligned_lines(data, grid, f_number)):
        active = listens.sum(axis=1)
        for count in np.unique(active[active > 0]):
            rows = np.flatnonzero(active == count)
            heard = np.stack([echoes[row, listens[row]] for row in rows])
            image[line, rows] = _minimum_variance(heard, max(1, int(subarray * count)), loading) * count
    return image


def _minimum_variance(heard: NDArray[np.complex64], length: int, loading: float) -> NDArray[np.complex128]:
    """Weighted mean over subarrays; `heard` of shape (n_points, n_elements), result (n_points,)."""
    parts = sliding_window_view(heard.astype(np.complex128), length, axis=1)  # point, subarray, element
    covariance = parts.transpose(0, 2, 1) @ parts.conj() / parts.shape[1]
    power = np.trace(covariance, axis1=1, axis2=2).real / length
    covariance += (loading * power + 1e-20)[:, None, None] * np.eye(length)
    weights = np.linalg.solve(covariance, np.ones((len(heard), length, 1)))[..., 0]
    weights /= weights.sum(axis=1, keepdims=True)
    result: NDArray[np.complex128] = (parts @ weights.conj()[..., None])[..., 0].mean(axis=1)
    return result
