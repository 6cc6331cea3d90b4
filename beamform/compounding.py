"""Spatial compounding: images under several steering angles, summed without their phase, have less speckle."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.check import check_channel_data, check_lit
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.transmit import transmit_reach
from sonoreach.types.channel_data import ChannelData


class SpatialCompounder:
    """Mean power over the transmits that reach a point, each beamformed by itself.

    Speckle of angles far enough apart is independent, and its contrast falls with the root of their number: Trahey,
    Smith, von Ramm, "Speckle pattern correlation with lateral aperture translation", IEEE UFFC 33 (1986). Resolution
    is that of one transmit.
    """

    def __init__(
        self, grid: Grid, aperture: ReceiveAperture | None = None, *, sound_speed_m_s: float | None = None
    ) -> None:
        """Choose grid, receive aperture and the speed to focus with, as for `DelayAndSum`."""
        self.grid = grid
        self._aperture, self._speed = aperture, sound_speed_m_s
        self._single: list[DelayAndSum] = []
        self._reach: tuple[object, NDArray[np.bool_]] = (None, np.zeros(0, np.bool_))

    def __call__(self, data: ChannelData) -> NDArray[np.float32]:
        """Beamform and compound one frame.

        Returns:
            Root mean square of the amplitudes a receive weight, 0 where no wave passes, shape (n_lines, n_samples).

        Raises:
            InputError: what `DelayAndSum` refuses.
        """
        check_channel_data(data)
        reach = self._reached(data)
        check_lit(reach)
        while len(self._single) < len(data.transmits):
            das = DelayAndSum(self.grid, self._aperture, follow_beams=True, sound_speed_m_s=self._speed)
            self._single.append(das)
        power = np.zeros((self.grid.n_lines, self.grid.n_samples), np.float32)
        reached = np.zeros_like(power)
        for t in np.flatnonzero(reach):
            das, part = self._single[t], slice(t, t + 1)
            one = dataclasses.replace(data, samples=data.samples[part], transmits=data.transmits[part])
            amplitude = np.abs(das(one)) / np.maximum(das.coverage, 1e-6)
            lit = das.coverage > 0
            power[lit] += amplitude[lit] ** 2
            reached += lit
        return np.sqrt(power / np.maximum(reached, 1)).astype(np.float32)

    def _reached(self, data: ChannelData) -> NDArray[np.bool_]:
        """Which transmits pass any point, shape (n_transmits,); known until the acquisition changes."""
        key = tuple(data.transmits), data.probe.element_positions_m.tobytes(), data.probe.element_width_m
        if self._reach[0] != key:
            points = self.grid.points_m()
            passes = [bool(transmit_reach(points, event, data.probe).any()) for event in data.transmits]
            self._reach = key, np.array(passes)
        return self._reach[1]
