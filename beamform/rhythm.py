"""Whether the columns of an image follow the rhythm of a linear array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import ChannelData, TransmitKind

_SAME_M = 1e-9  # far below a tick of delay
_MOST_COLUMNS, _MOST_PITCHES = 16, 4
_FEWEST = 32  # columns of a class: with fewer, its vectors would be half empty


@dataclass(frozen=True)
class Rhythm:
    """`columns` steps from column to column are `pitches` steps from element to element.

    Columns that are `columns` apart form a class, and elements that are `pitches` apart a turn: the next column of a
    class lies to the next element of a turn as the column to the element.
    """

    columns: int
    pitches: int


def rhythm(grid: Grid, data: ChannelData) -> Rhythm | None:
    """The rhythm of an image under plane waves from a linear array; None for other grids, arrays and waves."""
    elements, x = data.probe.element_positions_m, grid.x_m
    if not grid.is_cartesian or grid.origin_m[:, 1].any() or len(x) < _FEWEST or len(elements) < 2:
        return None
    if elements[:, 1:].any() or any(event.kind is not TransmitKind.PLANE for event in data.transmits):
        return None
    pitch = (elements[-1, 0] - elements[0, 0]) / (len(elements) - 1)
    step = (x[-1] - x[0]) / (len(x) - 1)
    if pitch <= 0 or np.abs(np.diff(elements[:, 0]) - pitch).max() > _SAME_M:
        return None
    for pitches in range(1, _MOST_PITCHES + 1):
        columns = round(pitches * pitch / step)
        if 1 <= columns <= _MOST_COLUMNS and len(x) >= columns * _FEWEST:
            expected = x[0] + np.arange(len(x)) * (pitches * pitch / columns)
            if np.abs(expected - x).max() < _SAME_M:
                return Rhythm(columns, pitches)
    return None
