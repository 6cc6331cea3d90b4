"""When and where the transmitted waves pass the points of a grid, as tables for the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check import check_lit, refuse_grid
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.transmit import transmit_delay_s, transmit_reach
from sonoreach.beamform.window_kernel import ROW
from sonoreach.types.channel_data import ChannelData

_SLACK_S = 1e-9
_LINES = 16  # lines at a time, so that no float64 table of the whole image exists


@dataclass(eq=False)
class Waves:
    """Passage of the transmits.

    Attributes:
        ticks: time of passage after the first sample, in samples times 2**FRACTION_BITS, int32, shape (n_lines, n_tx,
            row); rows are widened to a multiple of `ROW` with their last value.
        reach: whether the wave passes, same shape, False in what was added.
        first_echo: earliest echo of any point after the first sample, in samples.
        earliest_s, latest_s: first and last straight echo that the best transmit of each point gives [s].
        missed: whether the record holds no straight echo of some point that a wave passes.
    """

    ticks: NDArray[np.int32]
    reach: NDArray[np.bool_]
    first_echo: float = np.inf
    earliest_s: float = np.inf
    latest_s: float = -np.inf
    missed: bool = False

    def check(self, data: ChannelData) -> None:
        """Refuse a grid that no transmit reaches, or whose straight echoes no transmit's record holds."""
        check_lit(self.reach)
        end_s = data.start_time_s + (data.samples.shape[2] - 1) / data.sampling_frequency_hz
        if self.missed:
            refuse_grid(self.earliest_s, self.latest_s, data.start_time_s, end_s)


def survey_waves(grid: Grid, data: ChannelData, sound_speed_m_s: float, nearest_m: NDArray[np.float32]) -> Waves:
    """Walk once over all points and transmits.

    Args:
        nearest_m: distance from each point to the nearest element, shape (n_lines, n_samples) [m].
    """
    n_samples, n_tx, fs = grid.n_samples, len(data.transmits), data.sampling_frequency_hz
    row = -(-n_samples // ROW) * ROW
    end_s = data.start_time_s + (data.samples.shape[2] - 1) / fs
    waves = Waves(np.empty((grid.n_lines, n_tx, row), np.int32), np.zeros((grid.n_lines, n_tx, row), np.bool_))
    for first in range(0, grid.n_lines, _LINES):
        lines = slice(first, first + _LINES)
        points = grid.points_m(lines)
        back_s = nearest_m[lines] / sound_speed_m_s
        earliest, latest = np.full(back_s.shape, -np.inf), np.full(back_s.shape, np.inf)
        held = np.zeros(back_s.shape, np.bool_)
        for t, event in enumerate(data.transmits):
            arrival = transmit_delay_s(points, event, data.probe, sound_speed_m_s)
            reach = transmit_reach(points, event, data.probe)
            after = (arrival - data.start_time_s) * fs
            waves.ticks[lines, t, :n_samples] = np.round(after * 2**FRACTION_BITS)
            waves.reach[lines, t, :n_samples] = reach
            waves.first_echo = min(waves.first_echo, float((after + back_s * fs).min()))
            echo = arrival + back_s
            np.maximum(earliest, np.where(reach, echo, -np.inf), out=earliest)
            np.minimum(latest, np.where(reach, echo, np.inf), out=latest)
            held |= reach & (echo >= data.start_time_s - _SLACK_S) & (echo <= end_s + _SLACK_S)
        lit = np.isfinite(latest)
        waves.missed |= bool((lit & ~held).any())
        if lit.any():
            waves.earliest_s = min(waves.earliest_s, float(earliest[lit].min()))
            waves.latest_s = max(waves.latest_s, float(latest[lit].max()))
    waves.ticks[:, :, n_samples:] = waves.ticks[:, :, n_samples - 1 : n_samples]
    return waves
