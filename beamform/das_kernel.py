"""The delay-and-sum kernel: compiled loops over tiles of the image, elements and transmits.

Why it is fast:
- Samples are pre-modulated to the analytic signal, so that the value between samples n and n + 1 at the
  fraction f is w0(f) a[n] + w1(f) a[n + 1] with two complex weights: linear interpolation of the baseband
  signal and the carrier's phase in one step. A table of 256 fractions holds them; no sine in the loop.
- Delays are integers in units of 2**-FRACTION_BITS samples: the sum of a transmit part (a table over the image)
  and a receive part (a vectorised square root for a row of samples, kept for all transmits).
- A line and its mirror image (`mirror.py`) share delays and weights: three loads of vectors for two signals.
- Four elements are added to a total at once. What an element or a beam does not reach is read from zeros: no mask.
- Tiles of a few lines by ROW samples: their totals, and what four elements recorded of one transmit, stay in the
  nearest cache.
- Records are padded with zeros so that every delay of the grid lands inside: no bounds check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.row_kernel import add_coherent, add_four, places, receive_delays, write_row
from sonoreach.beamform.window_kernel import ROW, inverse_heights, receive_weights

LINES = 4  # that are summed together
_COMB = 8  # tiles of lines apart that a thread takes one after another
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, error_model="numpy")
def tiles_to_take(n_lines: int) -> int:
    """Tiles of so many lines (of half of them, with mirror images), counted so that a part of them is from everywhere.

    A group of elements reaches the lines near it only, so that a thread that took neighbours might have nothing to do.
    """
    return (n_lines + LINES * _COMB - 1) // (LINES * _COMB) * _COMB


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum(
    first: int, beyond: int, image: Any, data: Any, n_tx: int, stride: int, table: Any, distance: Any, n_elements: int,
    squared: Any, along: Any, nearest: Any, earliest: Any, ticks_per_m: Any, transmit: Any, taper: Any,
    listeners: Any, mirrored: Any, adds: bool,
) -> None:  # fmt: skip
    """Delay and sum the tiles first..beyond - 1 of a grid, in the order in which threads take them.

    Args:
        first, beyond: of 0 to `tiles_to_take`.
        image: result, float32, shape (n_lines, 2 n_samples), real and imaginary parts by turns.
        data: analytic signals, complex64, flat (n_elements, n_tx, stride), zero-padded so that every delay
            lies inside, with at least two zeros before each record.
        n_tx: number of transmits.
        stride: samples of one element and transmit.
        table: see `weight_table`.
        distance: float32, length n_samples rounded up to a multiple of ROW, rising [m].
        n_elements: number of elements.
        squared, along, nearest, earliest: see `hearing.Hearing`.
        ticks_per_m: float32, ticks of delay a metre of receive path.
        transmit: int32, flat (n_lines, n_tx, row), row = len(distance): transmit time plus padding [ticks];
            SILENT where the wave does not count.
        taper: float32 > 0, tapered fraction of the receive aperture; None for a boxcar.
        listeners: int32, shape (n_lines, n_samples), number of elements that hear each point, to weight it by its
            coherence factor; None does not.
        mirrored: True where lines, elements and transmits are mirror images of those counted from the end, see
            `mirror.py`: two lines then share delays and weights; None where they are not.
        adds: add to the image (without `listeners`, which is no sum) rather than replace it.
    """
    # One long function: with the delays and the writing in functions of their own it takes a tenth longer.
    n_samples, row = image.shape[1] // 2, distance.size
    different = image.shape[0] if mirrored is None else (image.shape[0] + 1) // 2
    turns = tiles_to_take(different) // _COMB
    size, waves = 4 * ROW * LINES, 1 if listeners is None else n_tx
    total, other = np.empty(2 * size, np.float32), np.empty(2 * size, np.float32)
    power, other_power = np.empty(2 * size, np.float32), np.empty(2 * size, np.float32)
    delay, window, begin = np.empty(size, np.int32), np.empty(size, np.float32), np.empty(LINES, np.int32)
    place, weights = np.empty(4 * ROW * waves, np.int32), np.empty(4 * ROW * waves, np.int32)
    inverse = np.empty(ROW, np.float32)
    apart, next_jump = n_tx * stride, -2 * n_tx * stride
    for tile in range(first, beyond):
        line0 = (tile % turns * _COMB + tile // turns) * LINES
        n_lines = min(LINES, different - line0)  # 0 or less: counted, but not there
        for block in range(0, n_samples if n_lines > 0 else 0, ROW):
            total[:], other[:] = 0, 0
            if listeners is not None:
                power[:], other_power[:] = 0, 0
            height = np.float32(np.inf)
            end = min(ROW, n_samples - block)
            for e in range(0, n_elements, 4):
                for k in range(n_lines):
                    line = line0 + k
                    begin[k] = max(earliest[line, e // 4] - block, 0)
                    if begin[k] < end:
                        receive_delays(
                            delay, 4 * ROW * k, distance, block, squared[line], along[line], nearest[line], e,
                            ticks_per_m,
                        )  # fmt: skip
                        if taper is not None:
                            for i in range(4):
                                if height != along[line, e + i]:  # the same for all of a flat array
                                    height = along[line, e + i]
                                    inverse_heights(inverse, distance, block, height)
                                slope = nearest[line, e + i] + height
                                receive_weights(window, (4 * k + i) * ROW, inverse, slope, taper)
                # From a record to its mirror image, of the first and last element here.
                jump = (n_elements - 1 - 2 * e) * apart + (n_tx - 1) * stride
                last_jump = jump + (n_elements - 1 - e) * next_jump
                for t in range(n_tx):
                    for k in range(n_lines):
                        if begin[k] >= end:
                            continue
                        if listeners is None:
                            places(
                                place, weights, 0, delay, 4 * ROW * k, transmit,
                                ((line0 + k) * n_tx + t) * row + block, e * apart + t * stride, apart,
                                (n_elements - 1) * apart + t * stride,
                            )  # fmt: skip
                            back = 2 * t * stride
                            add_four(
                                total, other, 8 * ROW * k, data, jump - back, next_jump, last_jump - back, table, place,
                                weights, window, 4 * ROW * k, taper, mirrored, begin[k], end,
                            )  # fmt: skip
                        elif t == 0:  # all transmits of a point at once
                            for wave in range(n_tx):
                                places(
                                    place, weights, 4 * ROW * wave, delay, 4 * ROW * k, transmit,
                                    ((line0 + k) * n_tx + wave) * row + block, e * apart + wave * stride, apart,
                                    (n_elements - 1) * apart + wave * stride,
                                )  # fmt: skip
                            add_coherent(
                                total, other, power, other_power, 8 * ROW * k, data, jump, next_jump, last_jump, n_tx,
                                stride, table, place, weights, window, 4 * ROW * k, taper, mirrored, begin[k], end,
                            )  # fmt: skip
            for k in range(n_lines):
                line, mirror = line0 + k, image.shape[0] - 1 - line0 - k
                doubled = mirrored is not None and mirror != line
                if listeners is None:
                    write_row(image[line], block, total, power, 8 * ROW * k, None, adds)
                    if doubled:
                        write_row(image[mirror], block, other, other_power, 8 * ROW * k, None, adds)
                else:
                    write_row(image[line], block, total, power, 8 * ROW * k, listeners[line], adds)
                    if doubled:
                        write_row(image[mirror], block, other, other_power, 8 * ROW * k, listeners[line], adds)
