"""Density and velocity of bubble tracks on a fine grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VesselMap:
    """Micro-vessels.

    Attributes:
        density: tracks through each cell, shape (n_x, n_z).
        velocity_m_s: mean velocity (x, z) of the tracks through each cell, shape (n_x, n_z, 2) [m/s].
        x0_m, z0_m, step_m: corner and size of the cells [m].
    """

    density: NDArray[np.int64]
    velocity_m_s: Array
    x0_m: float
    z0_m: float
    step_m: float


def map_vessels(
    tracks: Sequence[Array],
    *,
    frame_rate_hz: float,
    x_m: tuple[float, float],
    z_m: tuple[float, float],
    step_m: float = 1e-5,
) -> VesselMap:
    """Draw tracks, interpolated so that no cell on their way is left out.

    Args:
        tracks: see `link_bubbles`.
        frame_rate_hz: frames a second [Hz].
        x_m, z_m: extent of the map [m].
        step_m: size of a cell, by default 10 µm [m].

    Raises:
        InputError: an empty extent, or more than 100 million cells.
    """
    shape = tuple(int(np.ceil((high - low) / step_m)) for low, high in (x_m, z_m))
    if not step_m > 0 or min(shape) < 1 or shape[0] * shape[1] > 1e8 or not frame_rate_hz > 0:
        raise InputError(f"the map must hold 1 to 1e8 cells at a rate above 0, got {shape} at {frame_rate_hz} Hz.")
    density = np.zeros(shape, np.int64)
    total = np.zeros((*shape, 2))
    for track in tracks:
        time = track[:, 0] / frame_rate_hz
        length = np.hypot(*np.diff(track[:, 1:], axis=0).T).sum()
        fine = np.linspace(time[0], time[-1], max(2, int(np.ceil(3 * length / step_m))))
        places = np.column_stack([np.interp(fine, time, track[:, k]) for k in (1, 2)])
        speed = np.column_stack([np.interp(fine, time, np.gradient(track[:, k], time)) for k in (1, 2)])
        cells = np.floor((places - [x_m[0], z_m[0]]) / step_m).astype(int)
        inside = ((cells >= 0) & (cells < shape)).all(axis=1)
        cells, first = np.unique(cells[inside], axis=0, return_index=True)
        density[cells[:, 0], cells[:, 1]] += 1
        total[cells[:, 0], cells[:, 1]] += speed[inside][first]
    return VesselMap(density, total / np.maximum(density, 1)[..., None], x_m[0], z_m[0], step_m)
