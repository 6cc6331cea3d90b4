"""Line-by-line imaging: each focused transmit makes the one line it was sent for."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


def line_by_line(
    data: ChannelData, grid: Grid, aperture: ReceiveAperture | None = None, *, device: str = "auto"
) -> NDArray[np.complex64]:
    """Beamform line k of the grid from transmit k alone; all together is what `DelayAndSum` does with `follow_beams`.

    Args:
        data: one frame with a transmit for each line, usually focused on it.
        grid: as many lines as transmits.
        aperture, device: as for `DelayAndSum`.

    Returns:
        complex64, shape (n_lines, n_samples).

    Raises:
        InputError: another number of lines than of transmits, or what `DelayAndSum` refuses.
    """
    if grid.n_lines != len(data.transmits):
        raise InputError(f"grid must have a line for each of the {len(data.transmits)} transmits, got {grid.n_lines}.")
    image = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    for k in range(grid.n_lines):
        part = slice(k, k + 1)
        line = Grid(grid.origin_m[part], grid.direction[part], grid.distance_m, np.zeros(0), np.zeros(0))
        one = dataclasses.replace(data, samples=data.samples[part], transmits=data.transmits[part])
        image[part] = DelayAndSum(line, aperture, device=device)(one)
    return image
