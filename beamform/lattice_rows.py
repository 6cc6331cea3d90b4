"""Rows of samples that the depths of an image need, for sums over a lattice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.lattice_kernel import CHUNK, TILE
from sonoreach.beamform.lattice_records import BATCH, SIXTEEN
from sonoreach.beamform.row_kernel import FRACTION_BITS

Ints = NDArray[np.int32]

_READ = 3  # samples that are read at one time of flight, at most
_NONE = np.iinfo(np.int32).max


class NeededRows:
    """From and up to which row each tile of depths needs samples of each transmit."""

    def __init__(self, n_tx: int, n_depths: int) -> None:
        """Nothing is needed yet."""
        tiles = -(-n_depths // TILE)
        self._first, self._beyond = np.full((n_tx, tiles), _NONE), np.full((n_tx, tiles), -_NONE)

    def include(self, depth: int, ticks: Ints) -> None:
        """A depth needs samples at these times, too, shape (n_tx, n) [ticks]."""
        if ticks.shape[1]:
            first, beyond = self._first[:, depth // TILE], self._beyond[:, depth // TILE]
            np.minimum(first, ticks.min(axis=1) >> FRACTION_BITS, out=first)
            np.maximum(beyond, (ticks.max(axis=1) >> FRACTION_BITS) + _READ, out=beyond)

    def of_tiles(self) -> Ints:
        """From and up to which row, and up to which its whole chunk, shape (n_tx, tiles, 3).

        Tiles that need none, the nearest if any, ask for the first of those behind them.
        """
        silent = self._first > self._beyond
        behind = np.minimum.accumulate(self._first[:, ::-1], axis=1)[:, ::-1]
        first = np.where(silent, np.where(behind == _NONE, 0, behind), self._first)
        beyond = np.where(silent, first, self._beyond)
        starts = np.arange(0, first.shape[1], CHUNK // TILE)
        ends = np.repeat(np.maximum.reduceat(beyond, starts, axis=1), CHUNK // TILE, axis=1)[:, : first.shape[1]]
        return np.stack([first, beyond, ends], axis=2).astype(np.int32)

    def kept(self) -> int:
        """Rows to keep at once, a power of two: as many as any tile needs, and a batch."""
        tiles = self.of_tiles()
        return 1 << (int((tiles[..., 1] - tiles[..., 0]).max()) + SIXTEEN + BATCH - 1).bit_length()
