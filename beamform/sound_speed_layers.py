"""Speed of sound layer by layer: the speed that focuses best at each depth, and the speeds that add up to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.sound_speed import estimate_sound_speed
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SoundSpeedLayers:
    """Layers parallel to the face.

    Attributes:
        bottom_m: depth of the bottom of each layer, rising [m].
        speed_m_s: speed in each [m/s]; the last one goes on below.
    """

    bottom_m: Array
    speed_m_s: Array

    def __post_init__(self) -> None:
        """Refuse what are no layers.

        Raises:
            InputError: bottoms that do not rise from 0, or speeds that no tissue has or that are not one a layer.
        """
        bottom, speed = np.asarray(self.bottom_m, np.float64), np.asarray(self.speed_m_s, np.float64)
        if (
            bottom.ndim != 1
            or not bottom.size
            or not np.isfinite(bottom).all()
            or (np.diff(bottom, prepend=0) <= 0).any()
        ):
            raise InputError(f"bottom_m must be a list of finite depths that rises from 0, got {bottom.tolist()}.")
        if speed.shape != bottom.shape or not ((speed >= 100) & (speed <= 10000)).all():
            raise InputError(f"speed_m_s must lie in [100, 10000] m/s, one a layer, got {speed.tolist()}.")

    def travel_time_s(self, depth_m: ArrayLike) -> Array:
        """Time straight down to each depth, 0 at the face [s]."""
        depth = _depths(depth_m)
        return np.asarray(np.sum(self._stretches(depth) / self.speed_m_s, axis=-1), dtype=np.float64)

    def focusing_speed_m_s(self, depth_m: ArrayLike) -> Array:
        """Root of the mean square speed over the time to each depth: that of the echoes' curvature [m/s].

        At the face it is the speed of the first layer.
        """
        depth = _depths(depth_m)
        depth = np.where(depth > 0, depth, self.bottom_m[0])
        square = np.sum(self._stretches(depth) * self.speed_m_s, axis=-1) / self.travel_time_s(depth)
        return np.asarray(np.sqrt(square), dtype=np.float64)

    def _stretches(self, depth_m: Array) -> Array:
        """Length of the way down to each depth in each layer, shape (..., n_layers) [m]."""
        top = np.concatenate([[0.0], self.bottom_m[:-1]])
        bottom = np.concatenate([self.bottom_m[:-1], [np.inf]])
        return np.asarray(np.clip(depth_m[..., None] - top, 0.0, bottom - top), dtype=np.float64)


def _depths(depth_m: ArrayLike) -> Array:
    """Depths as they came, none of them negative or not finite."""
    depth = np.asarray(depth_m, dtype=np.float64)
    if not ((depth >= 0) & np.isfinite(depth)).all():
        raise InputError(
            f"depth_m must be finite and at least 0, got {depth.min()} as the least and {depth.max()} as the largest."
        )
    return depth


def estimate_layers(
    data: ChannelData, x_m: ArrayLike, bottom_m: Sequence[float], *, band_m: float = 3e-3, f_number: float = 1.0
) -> SoundSpeedLayers:
    """Find the speed that focuses best around the bottom of each layer, and take layers out from the top down.

    The curvature of an echo tells the root of the mean square speed on its way, whence the speed of a layer follows
    as in Dix, "Seismic velocities from surface measurements", Geophysics 20 (1955): v² = (t2 c2² - t1 c1²) / (t2 - t1).
    An error at a layer's bottom counts as many times as the layer is thinner than its depth, so layers should be few.
    For a map, call this for windows of x; the waves are taken to go straight down (one plane wave, little steering).

    Args:
        data: one frame with echoes around the bottom of every layer.
        x_m: columns to judge by.
        bottom_m: assumed depths of the layers' bottoms, rising, at the speed of the data [m].
        band_m: thickness of the band around a bottom in which focus is judged [m].
        f_number: receive f-number.

    Returns:
        The layers, their bottoms at the depths that follow from the speeds found.

    Raises:
        InputError: bottoms that do not rise or are thinner than a band, speeds that no layer could have, or what
            `estimate_sound_speed` refuses.
    """
    bottom = np.asarray(bottom_m, dtype=np.float64)
    if bottom.ndim != 1 or not len(bottom) or not (np.diff(bottom, prepend=0.0) >= band_m).all() or band_m <= 0:
        raise InputError(f"bottom_m must rise from 0 in steps of band_m = {band_m} m or more, got {bottom.tolist()}.")
    step = data.sound_speed_m_s / data.probe.center_frequency_hz / 4
    rows = np.arange(-band_m / 2, band_m / 2, step)
    focus = [estimate_sound_speed(data, Grid.cartesian(x_m, z + rows), f_number=f_number) for z in bottom]
    time = bottom / np.mean(focus[0].speeds_m_s)  # the bands hold the echoes of these times whatever the speed
    square = np.diff(time * np.array([f.speed_m_s for f in focus]) ** 2, prepend=0.0) / np.diff(time, prepend=0.0)
    if not ((square > 1000.0**2) & (square < 2000.0**2)).all():
        raise InputError(
            "no layers explain the focus at these depths (allowed are speeds of 1000 to 2000 m/s); "
            f"got mean speeds of {[round(f.speed_m_s) for f in focus]} m/s; use fewer or thicker layers."
        )
    speed = np.sqrt(square)
    return SoundSpeedLayers(np.cumsum(np.diff(time, prepend=0.0) * speed), speed)


def focus_through_layers(
    data: ChannelData, grid: Grid, layers: SoundSpeedLayers, aperture: ReceiveAperture | None = None
) -> NDArray[np.complex64]:
    """Delay-and-sum with the delays of the layers: each row at the speed that focuses it, at the time that reaches it.

    Rows are beamformed in groups whose speeds differ by less than 2 m/s.

    Args:
        data: one frame.
        grid: Cartesian, at true depths.
        layers: the layers.
        aperture: as for `DelayAndSum`.

    Returns:
        complex64, shape (n_lines, n_samples).

    Raises:
        InputError: a grid that is not Cartesian or not below the face, or what `DelayAndSum` refuses.
    """
    if not grid.is_cartesian or grid.z_m[0] <= 0:
        raise InputError("grid for layers must be Cartesian and below the face (see Grid.cartesian).")
    speed, time = layers.focusing_speed_m_s(grid.z_m), layers.travel_time_s(grid.z_m)
    image = np.empty((grid.n_lines, grid.n_samples), np.complex64)
    group = np.round(speed / 2).astype(np.int64)
    for number in np.unique(group):
        rows = group == number
        apparent = Grid.cartesian(grid.x_m, 2.0 * number * time[rows], float(grid.origin_m[0, 1]))
        image[:, rows] = DelayAndSum(apparent, aperture, sound_speed_m_s=2.0 * number)(data)
    return image
