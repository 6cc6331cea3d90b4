"""The grid that a record can fill: as wide as the array, from the first to the last depth that it tells of."""

from __future__ import annotations

import numpy as np

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.transmit import transmit_delay_s, transmit_reach
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData

MAX_POINTS = 4_000_000


def pixel_size_m(spacing_m: float | None, wavelength_m: float) -> float:
    """The size that is asked for, by default a third of the wavelength [m].

    Raises:
        InputError: a size out of range.
    """
    step = wavelength_m / 3 if spacing_m is None else spacing_m
    if not 1e-7 <= step <= 1e-2:
        raise InputError(f"spacing_m must lie in [1e-7, 1e-2] m, got {step}.")
    return step


def record_grid(
    data: ChannelData,
    *,
    spacing_m: float | None = None,
    depth_m: float | None = None,
    sound_speed_m_s: float | None = None,
    f_number: float = 0.0,
) -> Grid:
    """Choose a Cartesian grid of square pixels for a frame.

    Args:
        data: the frame.
        spacing_m: size of a pixel [m]; by default a third of the wavelength.
        depth_m: deepest row [m]; by default as deep as the record allows.
        sound_speed_m_s: speed to focus with [m/s]; by default that of the data.
        f_number: of the receive aperture; the first row is where an aperture holds two elements everywhere.
            Nearer to the array, points between two elements are heard by none and would stay black.

    Raises:
        InputError: a record too short for any depth, or a size out of range.
    """
    speed = sound_speed_m_s or data.sound_speed_m_s
    step = pixel_size_m(spacing_m, speed / data.probe.center_frequency_hz)
    positions = data.probe.element_positions_m
    low, high = positions[:, 0].min(), positions[:, 0].max()
    end_s = data.start_time_s + (data.samples.shape[2] - 1) / data.sampling_frequency_hz
    x, z = np.linspace(low, high, 33), np.linspace(0.0, speed * end_s, 2000)
    points = np.stack(np.broadcast_arrays(x[:, None], 0.0, z[None, :]), axis=-1)
    echo = np.stack([transmit_delay_s(points, t, data.probe, speed) for t in data.transmits], -1)
    echo += (points[..., 2] - positions[:, 2].min())[..., None] / speed
    lit = np.stack([transmit_reach(points, t, data.probe) for t in data.transmits], -1)
    late = np.where(lit, echo, np.inf).min(-1) > end_s
    early = np.where(lit, echo, -np.inf).max(-1) < data.start_time_s
    dark = ~lit.any(-1)
    fits = ((~late & ~early) | dark).all(axis=0) & ~dark.all(axis=0)
    if not fits.any():
        raise InputError("the record is too short: it holds no straight echo of any depth under the array.")
    rows = np.flatnonzero(fits)
    pitch = np.diff(np.sort(positions[:, 0])).max() if len(positions) > 1 else 0.0
    top, bottom = max(z[rows[0]] + 0.5 * step, 2.0 * f_number * pitch), z[rows[-1]] - step
    if not top + step < bottom:
        raise InputError(f"the record ends at {bottom * 1e3:.4g} mm, before an aperture of f-number {f_number} begins.")
    if depth_m is not None:
        if not top + step < depth_m <= bottom:
            allowed = f"{(top + step) * 1e3:.4g} to {bottom * 1e3:.4g} mm"
            raise InputError(f"depth must lie in {allowed} for this record, got {depth_m * 1e3:.4g} mm.")
        bottom = depth_m
    columns, n_rows = max(2, int((high - low) / step) + 1), max(2, int((bottom - top) / step) + 1)
    if columns * n_rows > MAX_POINTS:
        raise InputError(f"the grid must hold at most {MAX_POINTS} points, got {columns} x {n_rows}; widen spacing.")
    center = (low + high) / 2
    return Grid.cartesian(center + (np.arange(columns) - (columns - 1) / 2) * step, top + np.arange(n_rows) * step)
