"""Sign coherence factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


def sign_coherence(
    data: ChannelData, grid: Grid, *, f_number: float = 1.5, exponent: float = 1.0
) -> NDArray[np.complex64]:
    """Delay-and-sum weighted by how well the elements' signs agree, blind to their amplitudes.

    (1 - s)^p with s the standard deviation of the signs: Camacho, Parrilla, Fritsch, "Phase coherence imaging", IEEE
    UFFC 56 (2009). Signs are those of the analytic echoes' part in phase with their sum, so that the weight does not
    go through zero with the carrier.

    Args:
        exponent: p; larger is stricter.

    Returns:
        complex64, shape (n_lines, n_samples).

    Raises:
        InputError: an exponent out of range, or what `DelayAndSum` refuses.
    """
    if not 0 < exponent <= 10:
        raise InputError(f"exponent must lie in (0, 10], got {exponent}.")
    image = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    for line, (echoes, listens) in enumerate(aligned_lines(data, grid, f_number)):
        total = echoes.sum(axis=1)
        # An element that does not listen has an echo of zero, and a sign of zero.
        signs = np.sign((echoes * total[:, None].conj()).real)
        mean = signs.sum(axis=1) / np.maximum(listens.sum(axis=1), 1)
        spread = np.sqrt(np.clip(1 - mean**2, 0, 1))
        image[line] = total * (1 - spread) ** exponent
    return image
