"""B-mode: channel data to an 8-bit image with its geometry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.compression import check_dynamic_range, percentile_db, power_db, to_grey
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.device import Device
from sonoreach.beamform.grid import Grid, default_grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData
from sonoreach.types.image import BModeImage

_DARK_DB = np.float32(-1e6)


class BModeBeamformer:
    """Delay-and-sum, envelope, gain and log compression in one call.

    Each point is divided by the sum of its weights, so that speckle is equally bright near and far, inside the
    overlap of the steered waves and outside it; points that no wave passes are black. A frame's image depends
    on that frame alone.

    Not for use by several threads at once: the work buffers belong to the object.
    """

    def __init__(
        self,
        grid: Grid | None = None,
        aperture: ReceiveAperture | None = None,
        *,
        dynamic_range_db: float = 60.0,
        top_db: float | None = None,
        top_percentile: float = 99.7,
        tgc_db_per_m: float = 0.0,
        transmit_weights: NDArray[np.float64] | None = None,
        sound_speed_m_s: float | None = None,
        device: str = Device.AUTO,
    ) -> None:
        """Choose grid, aperture and grey scale.

        Args:
            grid: Cartesian and evenly spaced; by default `default_grid()`.
            aperture: receive aperture; by default f/1.5, Tukey.
            dynamic_range_db: range from black to white [dB].
            top_db: level shown as white, in dB of one count in every channel; None sets it for each frame.
            top_percentile: that level where it is set for each frame: percentile of the lit points.
            tgc_db_per_m: time-gain compensation, gain a metre of depth [dB/m].
            transmit_weights: weight of each transmit in the compound.
            sound_speed_m_s: speed to focus with [m/s]; by default that of the data.
            device: "cpu", "cuda" or "auto", as for `DelayAndSum`.

        Raises:
            InputError: a grid that is no image, numbers out of range, or a device that cannot be used.
        """
        self.grid = grid or default_grid()
        self._spacing = _even_spacing(self.grid)
        check_dynamic_range(dynamic_range_db)
        if not 0 < top_percentile <= 100:
            raise InputError(f"top_percentile must lie in (0, 100], got {top_percentile}.")
        if top_db is not None and not np.isfinite(top_db):
            raise InputError(f"top_db must be finite, got {top_db}.")
        if not np.isfinite(tgc_db_per_m):
            raise InputError(f"tgc_db_per_m must be finite, got {tgc_db_per_m}.")
        self.dynamic_range_db = dynamic_range_db
        self._top_db, self._top_percentile, self._tgc_db_per_m = top_db, top_percentile, tgc_db_per_m
        self.delay_and_sum = DelayAndSum(
            self.grid,
            aperture or ReceiveAperture(1.5, Window.TUKEY),
            transmit_weights=transmit_weights,
            follow_beams=True,
            sound_speed_m_s=sound_speed_m_s,
            device=device,
        )
        self._sound_speed_m_s = sound_speed_m_s
        shape = (self.grid.n_lines, self.grid.n_samples)
        self._image = np.empty(shape, np.complex64)
        self._level_db = np.empty(shape[::-1], np.float32)
        self._gain_db = np.empty(shape, np.float32)
        self._gain_for: object = None

    def __call__(self, data: ChannelData) -> BModeImage:
        """Beamform one frame.

        Raises:
            InputError: data that contradict themselves or the grid.
        """
        self.delay_and_sum(data, out=self._image)
        if self._gain_for is not self.delay_and_sum.coverage:
            self._set_gain()
        power_db(self._level_db, self._image, self._gain_db)
        top = percentile_db(self._level_db, self._top_percentile) if self._top_db is None else self._top_db
        pixels = np.empty(self._level_db.shape, np.uint8)
        to_grey(pixels, self._level_db, np.float32(top), np.float32(self.dynamic_range_db))
        dx, dz = self._spacing
        return BModeImage(
            pixels,
            float(self.grid.x_m[0]),
            dx,
            float(self.grid.z_m[0]),
            dz,
            dynamic_range_db=self.dynamic_range_db,
            stamp_s=data.stamp_s,
            frame_id=data.frame_id,
            base_probe=data.base_probe,
            center_frequency_hz=data.probe.center_frequency_hz,
            sound_speed_m_s=self._sound_speed_m_s or data.sound_speed_m_s,
            source=data.source,
        )

    def _set_gain(self) -> None:
        """Gain map [dB]: one over the sum of weights, and the gain over depth; dark where no wave passes."""
        coverage = self.delay_and_sum.coverage
        lit = self.delay_and_sum.lit & (coverage > 0)
        self._gain_db[:] = -20 * np.log10(np.where(lit, coverage, 1.0)) + self._tgc_db_per_m * self.grid.z_m
        self._gain_db[~lit] = _DARK_DB
        self._gain_for = coverage


def _even_spacing(grid: Grid) -> tuple[float, float]:
    """Column and row spacing [m] of a Cartesian grid, or `InputError`."""
    if not grid.is_cartesian or len(grid.x_m) < 2 or len(grid.z_m) < 2:
        raise InputError("grid of a B-mode image must be Cartesian with at least 2 x 2 points (see Grid.cartesian).")
    spacing = []
    for name, axis in (("x_m", grid.x_m), ("z_m", grid.z_m)):
        steps = np.diff(axis)
        if np.ptp(steps) > 1e-3 * steps.mean():
            raise InputError(
                f"grid {name} must be evenly spaced, got steps of {steps.min():.4g} to {steps.max():.4g} m."
            )
        spacing.append(float(steps.mean()))
    return spacing[0], spacing[1]
