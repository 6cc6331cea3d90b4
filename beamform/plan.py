"""What delay-and-sum prepares for one acquisition on one grid, and its work buffer of analytic signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.analytic import analyse, premodulate
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.hearing import FOUR, Hearing, hearing
from sonoreach.types.channel_data import ChannelData

Complex = NDArray[np.complex64]

_SHARE = 0.5  # signals of a group of elements over all samples of RF


@dataclass(frozen=True, eq=False)
class Plan:
    """Tables of one acquisition on one grid; sizes in `DelayAndSum`.

    `analytic` holds the signals of the elements that are worked on together, complex64, shape (n, n_tx, stride);
    `hearing` how those after a number of others hear the grid, filled as it is needed.
    """

    kernel_geometry: tuple[Any, ...]
    transmit_ticks: NDArray[np.int32]
    mirrored: bool | None
    channel_weight: NDArray[np.float32]
    table: NDArray[np.float32]
    rotation_or_taps: Complex
    analytic: Complex
    pad: int
    hearing: dict[int, Hearing]
    lit: NDArray[np.bool_]
    coverage: NDArray[np.float32]

    def signals(self, data: ChannelData, first: int = 0) -> Complex:
        """Convert the group of elements that comes after `first` others.

        Returns:
            Padded analytic signals, shape (elements, n_tx, stride): a view into `analytic`, good until the next call.
        """
        convert = premodulate if data.demodulation_frequency_hz > 0 else analyse
        count = 0
        for part in self.group(first):
            signals = self.analytic[count : count + len(part)]
            convert(signals, data.samples, self.rotation_or_taps, self.channel_weight, self.pad, part[0])
            count += len(part)
        return self.analytic[:count]

    def different_lines(self, n_lines: int) -> int:
        """How many of so many lines are not the mirror image of an earlier one."""
        return (n_lines + 1) // 2 if self.mirrored else n_lines

    def heard(self, first: int, grid: Grid) -> Hearing:
        """How the group of elements that comes after `first` others hears the grid's different lines."""
        if first not in self.hearing:
            _, _, _, elements, _, f_number, _ = self.kernel_geometry
            here = np.concatenate([elements[part] for part in self.group(first)])
            self.hearing[first] = hearing(grid, here, float(f_number), self.different_lines(grid.n_lines))
        return self.hearing[first]

    def group(self, first: int) -> list[range]:
        """The elements to work on together after `first` others: of mirrored ones as many from either end."""
        n_elements = len(self.kernel_geometry[3])
        count = min(len(self.analytic), n_elements - first)
        if not self.mirrored:
            return [range(first, first + count)]
        left = range(first // 2, first // 2 + count // 2)
        if first + count == n_elements:
            return [range(left.start, left.start + count)]
        return [left, range(n_elements - left.stop, n_elements - left.start)]


def elements_together(data: ChannelData) -> int:
    """Elements to work on at once: all of IQ, of RF as many as take half the memory of the data.

    The analytic signals of all elements take twice the data for IQ of int16, but four times for RF.
    """
    if data.demodulation_frequency_hz > 0:
        return data.probe.n_elements
    n_samples = data.samples.shape[0] * data.samples.shape[2]
    together: float = _SHARE * data.samples.nbytes / (n_samples * np.dtype(np.complex64).itemsize)
    return min(data.probe.n_elements, max(1, round(together / FOUR)) * FOUR)
