"""Records of a Doppler ensemble in 16 bits, frames side by side: half the memory to wait for of single precision.

Four elements share a unit, chosen so that the largest number of their records just fits: nothing is clipped, and what
is rounded away lies 96 dB below it. The samples were 16 bits wide when they were recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd_lanes import transpose16

TOGETHER = 4  # elements that share a unit, and whose products are added before they become floats
WEIGHT_ONE = 8191  # a weight of 1; four products of two samples stay below 2^31 with it
_LARGEST = 32767
_BLOCK = 16  # frames and samples that are turned at once
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


def padded_stride(n_samples: int) -> int:
    """Samples from one record to the next: whole blocks and a half one.

    With whole ones alone, 32 frames of all elements could lie a multiple of 4096 bytes apart, which caches are bad at.
    """
    return _BLOCK * -(-n_samples // _BLOCK) + _BLOCK // 2


@njit(cache=True, error_model="numpy")
def _largest(row: Any) -> Any:
    """The largest magnitude of some finite numbers; their bits, without the sign, are in the same order."""
    bits = row.view(np.int32)
    largest = np.int32(0)
    for n in range(row.size):
        largest = max(largest, np.int32(bits[n] & np.int32(0x7FFFFFFF)))
    return np.array([largest]).view(np.float32)[0]


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _round(out: Any, row: Any, per_unit: Any) -> None:
    """Numbers as multiples of a unit."""
    for n in range(row.size):
        out[n] = np.int16(np.rint(row[n] * per_unit))


@njit(cache=True, error_model="numpy")
def _turn(out: Any, rows: Any) -> None:
    """out[n, f] = rows[f, n], as far as there are whole blocks."""
    width, stride = rows.shape
    source, result = rows.reshape(-1), out.reshape(-1)
    for n in range(0, stride - stride % _BLOCK, _BLOCK):
        for f in range(0, width, _BLOCK):
            transpose16(source, f * stride + n, stride, result, n * width + f, width)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def interleave(out: Any, unit: Any, analytic: Any) -> None:
    """Frames of up to four elements side by side: out[e, n, f] times unit[0] = analytic[e, f, n].

    Args:
        out: float32 whose bits are two int16, real and imaginary part, shape (n_elements, stride, width), the width a
            multiple of 16; stride: see `padded_stride`.
        unit: result, float32, shape (1,).
        analytic: float32, shape (n_elements, n_frames, 2 n), parts in turns; what is missing becomes zero.
    """
    n_elements, n_frames, numbers = analytic.shape
    rows = np.zeros((out.shape[2], 2 * out.shape[1]), np.int16)
    largest = np.float32(0)
    for e in range(n_elements):
        for f in range(n_frames):
            largest = max(largest, _largest(analytic[e, f]))
    unit[0] = largest / np.float32(_LARGEST)
    per_unit = np.float32(_LARGEST) / largest if largest > 0 else np.float32(0)
    for e in range(n_elements):
        for f in range(n_frames):
            _round(rows[f, :numbers], analytic[e, f], per_unit)
        _turn(out[e], rows.view(np.float32))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _turned(pair: Any, re: Any, im: Any) -> Any:
    """Real and imaginary part of an (I, Q) of int16 in an int32, after it is turned."""
    i, q = np.float32(np.int16(pair)), np.float32(pair >> 16)
    return i * re - q * im, i * im + q * re


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _raise_to(most: Any, frames: Any, re: Any, im: Any) -> None:
    """Raise each frame's `most` to the parts of its (I, Q) after they are turned, rounded down."""
    for f in range(frames.size):
        real, imaginary = _turned(frames[f], re, im)
        larger = max(np.int32(abs(real)), np.int32(abs(imaginary)))
        most[f] = max(most[f], larger)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _turn_pairs(frames: Any, re: Any, im: Any) -> None:
    """Turn one sample's (I, Q) of all frames, in place."""
    for f in range(frames.size):
        real, imaginary = _turned(frames[f], re, im)
        frames[f] = (np.int32(np.rint(imaginary)) << 16) | (np.int32(np.rint(real)) & 0xFFFF)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def interleave_iq(out: Any, unit: Any, pairs: Any, turn: Any, pad: int) -> None:
    """Premodulate the frames of up to four elements, and lay them side by side.

    Args:
        out, unit: see `interleave`.
        pairs: float32 whose bits are (I, Q) in int16, shape (width, n_elements or more, stride), zero where there is
            nothing.
        turn: complex64, see `analytic.carrier`; pad: leading zeros.
    """
    n_elements, _, width = out.shape
    _, apart, stride = pairs.shape
    source, result, whole = pairs.reshape(-1), out.reshape(-1), out.view(np.int32)
    most = np.zeros(width, np.int32)
    for e in range(n_elements):
        for n in range(0, stride - stride % _BLOCK, _BLOCK):
            for f in range(0, width, _BLOCK):
                there = (f * apart + e) * stride + n
                transpose16(source, there, apart * stride, result, (e * stride + n) * width + f, width)
        for n in range(turn.size):
            _raise_to(most, whole[e, pad + n], turn[n].real, turn[n].imag)
    largest = np.float32(most.max() + 1)
    unit[0] = largest / np.float32(_LARGEST)
    per_unit = np.float32(_LARGEST) / largest
    for e in range(n_elements):
        for n in range(turn.size):
            _turn_pairs(whole[e, pad + n], turn[n].real * per_unit, turn[n].imag * per_unit)


def pack_weights(table: NDArray[np.float32]) -> NDArray[np.int32]:
    """Rows of `row_kernel.weight_table` as pairs of int16, those for real and imaginary part side by side in an int32.

    Returns:
        Flat, rows of (re w0, -im w0), (im w0, re w0), (re w1, -im w1), (im w1, re w1), each times WEIGHT_ONE.
    """
    rows = np.rint(WEIGHT_ONE * table.reshape(-1, 8)).astype(np.int16)
    return np.ascontiguousarray(rows[:, [0, 1, 4, 5, 2, 3, 6, 7]]).view(np.int32).ravel()
