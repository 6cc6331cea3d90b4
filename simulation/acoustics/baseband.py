"""Sums of baseband in parts, which threads fill by themselves, added to an analytic signal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.threads import for_ranges

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


PARTS = 8
"""Parts with sums of their own, whatever the number of threads, so that the result has the same bits for any."""

MOST_FLOATS = 1 << 24
"""Room for them; more transmits are summed one group after the other."""


class PartialSums:
    """Room for the parts, kept from call to call."""

    def __init__(self, padding: int) -> None:
        """Let parts have so many floats more than a channel before and behind it."""
        self.padding = padding
        self._room = np.empty(0, np.float32)

    def add_to(
        self,
        signal: Floats,
        cycles: float,
        windows: Ints,
        threads: int,
        fill: Callable[[int, int, slice, Floats], None],
    ) -> None:
        """Fill the parts, and add them in order.

        Args:
            signal: analytic, (re, im, ...), shape (n_elements, n_transmits, floats).
            cycles: of the carrier a sample.
            windows: first float of `signal` that each part fills, and the one beyond, shape (PARTS, n_transmits, 2);
                what is filled beside them is lost.
            threads: threads to use.
            fill: fill(first, beyond, some, parts) adds the transmits `some` to parts[first:beyond], of shape (PARTS,
                n_elements, transmits, padding + floats + padding), which are zero in their windows.
        """
        n_elements, n_transmits, floats = signal.shape
        one = PARTS * n_elements * (floats + 2 * self.padding)
        group = max(1, min(n_transmits, MOST_FLOATS // one))
        if self._room.size < group * one:
            self._room = np.empty(group * one, np.float32)
        turns = (cycles * np.arange(floats // 2)) % 1.0
        carrier = np.exp(2j * np.pi * turns).astype(np.complex64).view(np.float32)
        windows = np.clip(windows, 0, floats)
        for begin in range(0, n_transmits, group):
            some = slice(begin, min(begin + group, n_transmits))
            count = some.stop - begin
            parts = self._room[: count * one].reshape(PARTS, n_elements, count, floats + 2 * self.padding)
            inner = parts[..., self.padding : self.padding + floats]
            here = np.ascontiguousarray(windows[:, some])
            for_ranges(partial(_fill, fill, some, parts, inner, here), PARTS, threads)
            for_ranges(partial(_add, inner, here, carrier, signal[:, some]), n_elements, threads)


def _fill(
    fill: Callable[[int, int, slice, Floats], None], some: slice, parts: Floats, inner: Floats, windows: Ints,
    first: int, beyond: int,
) -> None:  # fmt: skip
    for part in range(first, beyond):
        for t, (low, high) in enumerate(windows[part]):
            inner[part, :, t, low:high] = 0
    fill(first, beyond, some, parts)


def _add(inner: Floats, windows: Ints, carrier: Floats, signal: Floats, first: int, beyond: int) -> None:
    add_baseband(first, beyond, inner, windows, carrier, signal)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def add_baseband(first: int, beyond: int, parts: Floats, windows: Ints, carrier: Floats, signal: Floats) -> None:
    """Add the parts of the elements first..beyond - 1 to `signal`, see `PartialSums.add_to`.

    Args:
        parts: without padding; carrier: (re, im, ...) of each sample.
    """
    floats = signal.shape[2]
    total = np.empty(floats, np.float32)
    for e in range(first, beyond):
        for t in range(signal.shape[1]):
            total[:] = 0
            for p in range(parts.shape[0]):
                for n in range(windows[p, t, 0], windows[p, t, 1]):
                    total[np.uint64(n)] += parts[p, e, t, np.uint64(n)]
            for n in range(floats // 2):
                re, im = np.uint64(2 * n), np.uint64(2 * n + 1)
                signal[e, t, re] += total[re] * carrier[re] - total[im] * carrier[im]
                signal[e, t, im] += total[re] * carrier[im] + total[im] * carrier[re]
