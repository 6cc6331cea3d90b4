"""Delay-and-sum where the columns of an image follow the rhythm of a linear array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.lattice_kernel import CHUNK, padded, sum_lattice
from sonoreach.beamform.lattice_records import PAD, part_of_row, planes_size
from sonoreach.beamform.rhythm import Rhythm
from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.types.channel_data import ChannelData

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Complex = NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Tables of one acquisition on such a grid, see `make_lattice`; most names are those of `sum_lattice`.

    A lag leads from a column to an element. A table holds one entry for each class of columns, depth, and lag that is
    heard there: fewer than the points of the image. Not for use by several callers at once.
    """

    rhythm: Rhythm
    mask: int
    taps: Floats | None
    carrier: Floats | None
    channel_weight: Floats
    element_lead: Ints
    needed: Ints
    passed: Ints
    passage: Ints
    turn: Complex
    turns: Floats | None
    class_lags: Ints
    lags: Ints
    entry: Ints
    ticks: Ints
    weights: Floats
    steer: Ints | None
    lead: Floats | None
    listeners: Floats | None
    scratch: list[Floats]
    coverage: Floats
    lit: NDArray[np.bool_]

    def __call__(self, data: ChannelData, image: Complex) -> None:
        """Write the image of a frame, complex64, shape (n_lines, n_samples)."""
        _, n_elements, n_samples = data.samples.shape[:3]
        samples = data.samples.reshape(-1)
        flat, n_columns = image.reshape(-1), len(image)

        def work(begin: int, beyond: int) -> None:
            try:
                scratch = self.scratch.pop()
            except IndexError:  # the first frame of one more thread
                scratch = self._new_scratch(n_columns, n_elements)
            sum_lattice(
                begin, beyond, flat, n_columns, scratch, self.mask, samples, n_samples, self.rhythm.pitches,
                self.channel_weight, self.taps, self.carrier, self.element_lead, self.needed, self.passed, self.passage,
                self.turn, self.turns, self.class_lags, self.lags, self.entry, self.ticks, self.weights, self.steer,
                self.lead, self.listeners,
            )  # fmt: skip
            self.scratch.append(scratch)

        for_ranges(work, -(-image.shape[1] // CHUNK))

    def _new_scratch(self, n_columns: int, n_elements: int) -> Floats:
        """Room for a thread: rows of samples, sums of a chunk, and samples on their way into rows."""
        wide = padded(n_columns, self.rhythm.columns)
        taps = 0 if self.taps is None else len(self.taps)
        rows = (self.mask + 1) * 4 * part_of_row(n_elements, self.rhythm.pitches) + PAD
        scratch = aligned_floats(
            rows + CHUNK * (2 if self.listeners is None else 3) * self.rhythm.columns * wide + planes_size(taps)
        )
        scratch[:] = 0
        return scratch
