"""Density and velocity of bubble tracks on a fine grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check_numbers import check_positive
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
        InputError: an empty extent, more than 100 million cells, numbers out of range, or what is no track.
    """
    check_positive(frame_rate_hz=frame_rate_hz, step_m=step_m)
    sides = [(high - low) / step_m for low, high in (x_m, z_m)]
    if not (sides[0] > 0 and sides[1] > 0 and np.ceil(sides[0]) * np.ceil(sides[1]) <= 1e8):
        raise InputError(f"x_m and z_m must rise and hold 1 to 1e8 cells of step_m, got {sides[0]:g} x {sides[1]:g}.")
    shape = (math.ceil(sides[0]), math.ceil(sides[1]))
    for number, track in enumerate(tracks):
        _check_track(number, track)
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


def _check_track(number: int, track: Array) -> None:
    """Refuse what is not two or more finite rows of frame number, x and z, the numbers rising."""
    if track.ndim != 2 or track.shape[1] != 3 or len(track) < 2:
        raise InputError(f"tracks[{number}] must have shape (>= 2, 3), got {track.shape}.")
    if not np.isfinite(track).all() or (np.diff(track[:, 0]) <= 0).any():
        raise InputError(f"tracks[{number}] must be finite with rising frame numbers, got others.")
