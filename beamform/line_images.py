"""Pictures of lines that a scanner has beamformed: grey, and colour where several pulses went along each line."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.compression import check_dynamic_range, percentile_db, to_grey
from sonoreach.beamform.doppler.colour import FlowMap, colour_doppler
from sonoreach.beamform.record_grid import MAX_POINTS, pixel_size_m
from sonoreach.beamform.recording.lines import LineRecording
from sonoreach.beamform.scan_conversion import ScanConverter
from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage

_DARK_DB = -300.0
Floats = NDArray[np.float32]


class LineImager:
    """Square pixels that hold all lines of a recording."""

    def __init__(
        self, recording: LineRecording, *, spacing_m: float | None = None, dynamic_range_db: float = 60.0
    ) -> None:
        """Choose the pixels.

        Args:
            recording: the lines.
            spacing_m: size of a pixel [m]; by default a third of the wavelength.
            dynamic_range_db: range from black to white [dB].

        Raises:
            InputError: numbers out of range, or lines that are neither a sector nor parallel.
        """
        check_dynamic_range(dynamic_range_db)
        self.spacing_m = pixel_size_m(spacing_m, recording.sound_speed_m_s / recording.center_frequency_hz)
        self.recording, self.dynamic_range_db = recording, dynamic_range_db
        points = recording.grid.points_m()
        x, z = (self._axis(points[..., k]) for k in (0, 2))
        if x.size * z.size > MAX_POINTS:
            raise InputError(f"the picture would have {x.size} x {z.size} pixels (allowed: {MAX_POINTS} in all).")
        self._convert = ScanConverter(recording.grid, x, z)

    def _axis(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of pixels from the lowest to the highest value."""
        low, high = float(values.min()), float(values.max())
        places: NDArray[np.float64] = np.arange(max(2, math.ceil((high - low) / self.spacing_m) + 1), dtype=np.float64)
        return low + self.spacing_m * places

    def grey(self, frame: int) -> BModeImage:
        """Log-compressed mean power of a frame's pulses; black beside the lines."""
        echoes = self.recording.echoes[frame]
        power = np.mean(echoes.real**2 + echoes.imag**2, axis=-1)
        level_db = self._convert(10 * np.log10(power + 1e-30), fill=_DARK_DB)
        pixels = np.empty(level_db.shape, np.uint8)
        top_db = np.float32(percentile_db(level_db, 99.7))
        to_grey(pixels, level_db, top_db, np.float32(self.dynamic_range_db))
        grid = self._convert.grid
        return BModeImage(
            pixels,
            float(grid.x_m[0]),
            self.spacing_m,
            float(grid.z_m[0]),
            self.spacing_m,
            dynamic_range_db=self.dynamic_range_db,
            frame_id=frame,
            center_frequency_hz=self.recording.center_frequency_hz,
            sound_speed_m_s=self.recording.sound_speed_m_s,
            source=self.recording.source,
        )

    def flow(
        self, moving: NDArray[np.complex64], repetition_frequency_hz: float, *, smooth: tuple[int, int] = (3, 7)
    ) -> FlowMap:
        """Colour Doppler on the pixels of `grey`; maps of shape (n_lateral, n_depth), no power beside the lines.

        Args:
            moving: pulses of a frame after the clutter filter, shape (n_lines, n_samples, n_pulses).
            repetition_frequency_hz: pulses a second along a line [Hz].
            smooth: lines and samples over which the autocorrelation is averaged.
        """
        flow = colour_doppler(
            moving,
            repetition_frequency_hz=repetition_frequency_hz,
            center_frequency_hz=self.recording.center_frequency_hz,
            sound_speed_m_s=self.recording.sound_speed_m_s,
            smooth=smooth,
        )
        # As a phase, between whose turns a picture of velocities would show a false zero.
        per_radian = flow.nyquist_m_s / math.pi
        real, imaginary = (self._convert(part(flow.velocity_m_s / per_radian)) for part in (np.cos, np.sin))
        return dataclasses.replace(
            flow,
            velocity_m_s=(per_radian * np.arctan2(imaginary, real)).T.astype(np.float32),
            power_db=self._convert(flow.power_db, fill=_DARK_DB).T,
            spread_m_s=self._convert(flow.spread_m_s).T,
        )
