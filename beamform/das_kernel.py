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

import math
from typing import Any

import numpy as np
from numba import njit, prange

from sonoreach.beamform.row_kernel import add_coherent, add_four, places, receive_delays, write_row
from sonoreach.beamform.window_kernel import ROW, inverse_heights, receive_weights

LINES = 4  # that are summed together
_COMB = 8  # tiles of lines apart that a thread takes one after another
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _survey(
    squared: Any, along: Any, slope: Any, nearest: Any, earliest: Any, distance: Any, origin: Any, direction: Any,
    elements: Any, f_number: Any,
) -> None:  # fmt: skip
    """What the delays and weights of some lines need of each element, and the first sample that one of four hears."""
    for line in range(origin.shape[0]):
        for e in range(elements.shape[0]):
            dx = origin[line, 0] - elements[e, 0]
            dy = origin[line, 1] - elements[e, 1]
            dz = origin[line, 2] - elements[e, 2]
            q0 = dx * dx + dy * dy + dz * dz
            q1 = dx * direction[line, 0] + dy * direction[line, 1] + dz * direction[line, 2]
            across = 2.0 * f_number * math.sqrt(max(q0 - q1 * q1, 0.0))
            squared[line, e], along[line, e], slope[line, e] = q0, q1, across
            nearest[line, e] = max(across, 0.0) - q1
        for four in range(earliest.shape[1]):
            earliest[line, four] = np.searchsorted(distance, nearest[line, 4 * four : 4 * four + 4].min())


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _listening(nearest: Any, distance: Any) -> Any:
    """Number of elements that hear each sample of some lines, int32, shape (n_lines, n_samples)."""
    count = np.zeros((nearest.shape[0], distance.size + 1), np.int32)
    for line in range(nearest.shape[0]):
        for e in range(nearest.shape[1]):
            count[line, np.searchsorted(distance, nearest[line, e])] += 1
        for i in range(1, distance.size):
            count[line, i] += count[line, i - 1]
    return count


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _tile(
    image: Any, line0: int, n_lines: int, data: Any, n_tx: int, stride: int, table: Any, distance: Any, origin: Any,
    direction: Any, elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any, taper: Any, coherent: Any,
    mirrored: Any, adds: bool,
) -> None:  # fmt: skip
    """Delay and sum neighbouring lines, and their mirrored ones; arguments as of `delay_and_sum`."""
    n_samples, row, n_elements = image.shape[1], distance.size, elements.shape[0]
    padded = (n_elements + 3) // 4 * 4  # elements that are missing in the last four hear nothing
    shape, lines = (n_lines, padded), slice(line0, line0 + n_lines)
    squared, along, slope = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    nearest, earliest = np.full(shape, np.inf, np.float32), np.empty((n_lines, padded // 4), np.int64)
    _survey(squared, along, slope, nearest, earliest, distance, origin[lines], direction[lines], elements, f_number)
    if coherent is not None:
        listening = _listening(nearest, distance)
    size, waves = 4 * ROW * n_lines, 1 if coherent is None else n_tx
    total, other = np.empty(2 * size, np.float32), np.empty(2 * size, np.float32)
    power, other_power = np.empty(2 * size, np.float32), np.empty(2 * size, np.float32)
    delay, window, begin = np.empty(size, np.int32), np.empty(size, np.float32), np.empty(n_lines, np.int64)
    place, weights = np.empty(4 * ROW * waves, np.int32), np.empty(4 * ROW * waves, np.int32)
    inverse, height = np.empty(ROW, np.float32), np.float32(np.inf)
    apart, next_jump = n_tx * stride, -2 * n_tx * stride
    for block in range(0, n_samples, ROW):
        total[:], other[:] = 0, 0
        if coherent is not None:
            power[:], other_power[:] = 0, 0
        height = np.float32(np.inf)
        end = min(ROW, n_samples - block)
        for e in range(0, padded, 4):
            for k in range(n_lines):
                begin[k] = max(earliest[k, e // 4] - block, 0)
                if begin[k] < end:
                    receive_delays(
                        delay, 4 * ROW * k, distance, block, squared[k], along[k], nearest[k], e, ticks_per_m
                    )
                    if taper is not None:
                        for i in range(4):
                            if height != along[k, e + i]:  # the same for all of a flat array
                                height = along[k, e + i]
                                inverse_heights(inverse, distance, block, height)
                            receive_weights(window, (4 * k + i) * ROW, inverse, slope[k, e + i], taper)
            # From a record to its mirror image, of the first and last element here.
            jump = (n_elements - 1 - 2 * e) * apart + (n_tx - 1) * stride
            last_jump = jump + (n_elements - 1 - e) * next_jump
            if coherent is not None:
                for k in range(n_lines):
                    if begin[k] >= end:
                        continue
                    for t in range(n_tx):
                        places(
                            place, weights, 4 * ROW * t, delay, 4 * ROW * k, transmit,
                            ((line0 + k) * n_tx + t) * row + block, e * apart + t * stride, apart,
                            (n_elements - 1) * apart + t * stride,
                        )  # fmt: skip
                    add_coherent(
                        total, other, power, other_power, 8 * ROW * k, data, jump, next_jump, last_jump, n_tx, stride,
                        table, place, weights, window, 4 * ROW * k, taper, mirrored, begin[k], end,
                    )  # fmt: skip
                continue
            for t in range(n_tx):
                for k in range(n_lines):
                    if begin[k] >= end:
                        continue
                    places(
                        place, weights, 0, delay, 4 * ROW * k, transmit, ((line0 + k) * n_tx + t) * row + block,
                        e * apart + t * stride, apart, (n_elements - 1) * apart + t * stride,
                    )  # fmt: skip
                    back = 2 * t * stride
                    add_four(
                        total, other, 8 * ROW * k, data, jump - back, next_jump, last_jump - back, table, place,
                        weights, window, 4 * ROW * k, taper, mirrored, begin[k], end,
                    )  # fmt: skip
        for k in range(n_lines):
            line, mirror = line0 + k, image.shape[0] - 1 - line0 - k
            if coherent is not None:
                write_row(image[line], block, total, power, 8 * ROW * k, listening[k], adds)
                if mirrored is not None and mirror != line:
                    write_row(image[mirror], block, other, other_power, 8 * ROW * k, listening[k], adds)
            else:
                write_row(image[line], block, total, power, 8 * ROW * k, None, adds)
                if mirrored is not None and mirror != line:
                    write_row(image[mirror], block, other, other_power, 8 * ROW * k, None, adds)


@njit(cache=True, parallel=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum(
    image: Any, data: Any, n_tx: int, stride: int, table: Any, distance: Any, origin: Any, direction: Any,
    elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any, taper: Any, coherent: Any, mirrored: Any,
    adds: bool,
) -> None:  # fmt: skip
    """Delay and sum every line of a grid.

    Args:
        image: result, complex64, shape (n_lines, n_samples).
        data: analytic signals, complex64, flat (n_elements, n_tx, stride), zero-padded so that every delay
            lies inside, with at least two zeros before each record.
        n_tx: number of transmits.
        stride: samples of one element and transmit.
        table: see `weight_table`.
        distance: float32, length n_samples rounded up to a multiple of ROW, rising [m].
        origin, direction: float64, shape (n_lines, 3) [m].
        elements: float64, shape (n_elements, 3) [m].
        ticks_per_m: float32, ticks of delay a metre of receive path.
        transmit: int32, flat (n_lines, n_tx, row), row = len(distance): transmit time plus padding [ticks];
            SILENT where the wave does not count.
        f_number: float32.
        taper: float32 > 0, tapered fraction of the receive aperture; None for a boxcar.
        coherent: True to weight each point by its coherence factor; None does not.
        mirrored: True where lines, elements and transmits are mirror images of those counted from the end, see
            `mirror.py`: two lines then share delays and weights; None where they are not.
        adds: add to the image (without `coherent`, which is no sum) rather than replace it.
    """
    n_lines = image.shape[0] if mirrored is None else (image.shape[0] + 1) // 2
    tiles = (n_lines + LINES - 1) // LINES
    # A group of elements reaches the lines near it only: each thread takes lines from everywhere.
    turns = (tiles + _COMB - 1) // _COMB
    for turn in prange(_COMB * turns):
        line = (turn % turns * _COMB + turn // turns) * LINES
        if line < n_lines:
            _tile(
                image, line, min(LINES, n_lines - line), data, n_tx, stride, table, distance, origin, direction,
                elements, ticks_per_m, transmit, f_number, taper, coherent, mirrored, adds,
            )  # fmt: skip
