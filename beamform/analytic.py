"""Channel data to pre-modulated analytic signals: complex64, element by element, padded with zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.check import image_distance_hz
from sonoreach.beamform.simd import add, at, load16, scale, scale_add, store, store_complex, subtract
from sonoreach.beamform.threads import for_ranges

Complex = NDArray[np.complex64]


def carrier(frequency_hz: float, sampling_frequency_hz: float, start_time_s: float, n_samples: int) -> Complex:
    """exp(2 pi i f t) at the times of the samples, shape (n_samples,)."""
    time = start_time_s + np.arange(n_samples) / sampling_frequency_hz
    return np.asarray(np.exp(2j * np.pi * ((frequency_hz * time) % 1.0)), dtype=np.complex64)


def band_filter(center_frequency_hz: float, fractional_bandwidth: float, sampling_frequency_hz: float) -> Complex:
    """Taps of the filter from real samples to the analytic signal of the pulse's band, odd length.

    A Hamming-windowed low-pass, shifted to the centre frequency and doubled. Its -6 dB edges are those of the
    pulse's band (as good as a matched filter against noise), or half-way to the mirror image where that is
    nearer. Works unchanged on band-pass sampled data, where the shift wraps around the sampling rate.
    """
    from scipy.signal import firwin  # takes half a second to import, and is for RF only

    image = image_distance_hz(center_frequency_hz, sampling_frequency_hz)
    edge = min(fractional_bandwidth * center_frequency_hz, image) / 2
    n_taps = 2 * int(np.ceil(3 * sampling_frequency_hz / edge)) + 1
    low_pass = firwin(n_taps, edge, fs=sampling_frequency_hz)
    lag = np.arange(n_taps) - n_taps // 2
    shift = np.exp(2j * np.pi * center_frequency_hz / sampling_frequency_hz * lag)
    return np.asarray(2 * low_pass * shift, dtype=np.complex64)


def half_filter(taps: Complex) -> NDArray[np.float32]:
    """Real parts of the middle tap and on, then as many imaginary ones; the rest is their mirror image."""
    half = taps[taps.size // 2 :]
    return np.concatenate([half.real, half.imag])


def premodulate(
    out: Complex, samples: Any, rotation: Complex, weight: Any, pad: int, first: int, threads: int | None = None
) -> None:
    """IQ to analytic signals: out[e, t, pad + n] = weight[t] (I + iQ) rotation[n], of element first + e.

    Args:
        out: complex64, shape (n_elements, n_transmits, >= pad + n_samples); only these samples are written.
        samples: shape (n_transmits, n_elements, n_samples, 2).
        rotation: complex64, shape (n_samples,), see `carrier`.
        weight: float32, shape (n_transmits,).
        pad: leading zeros.
        first: first element to convert; as many as `out` holds.
        threads: see `for_ranges`.
    """
    pairs = samples.reshape(*samples.shape[:2], -1)
    floats, turn = out.view(np.float32), rotation.view(np.float32)
    for_ranges(
        lambda begin, beyond: _premodulate(begin, beyond, floats, pairs, turn, weight, 2 * pad, first),
        len(out),
        threads,
    )  # fmt: skip


def analyse(
    out: Complex, samples: Any, taps: Complex, weight: Any, pad: int, first: int, threads: int | None = None
) -> None:
    """RF to analytic signals by the filter of `band_filter`; the record is zero outside.

    Args:
        out: as in `premodulate`.
        samples: shape (n_transmits, n_elements, n_samples).
        taps: complex64, odd length, conjugate-symmetric about the middle.
        weight: float32, shape (n_transmits,).
        pad, first, threads: as in `premodulate`.
    """
    half = half_filter(taps)
    for_ranges(
        lambda begin, beyond: _analyse(begin, beyond, out, samples, half, weight, pad, first),
        len(out),
        threads,
    )  # fmt: skip


@njit(cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _rotate(out: Any, samples: Any, turn: Any, weight: Any) -> None:
    """One record of I, Q, I, ... times the rotation, likewise in pairs, and a weight."""
    for n in range(turn.size // 2):
        k, m = np.uint64(2 * n), np.uint64(2 * n + 1)
        i, q = np.float32(samples[k]) * weight, np.float32(samples[m]) * weight
        out[k] = i * turn[k] - q * turn[m]
        out[m] = i * turn[m] + q * turn[k]


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _premodulate(begin: int, beyond: int, out: Any, samples: Any, turn: Any, weight: Any, pad: int, first: int) -> None:
    """The elements begin..beyond - 1 of `premodulate`, complex numbers as pairs."""
    for e in range(begin, beyond):
        for t in range(samples.shape[0]):
            _rotate(out[e, t, pad : pad + turn.size], samples[t, first + e], turn, weight[t])


@njit(cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
def filter_line(parts: Any, real: int, imaginary: int, count: int, line: Any, taps: Any) -> None:
    """Symmetric (real) and antisymmetric (imaginary) part of the filter on one padded line, 32 samples at a time.

    Args:
        parts: float32, flat: real parts go to parts[real:], imaginary ones to parts[imaginary:].
        count: samples, a multiple of 32.
        line: the samples and half a filter on either side.
        taps: real parts of the middle tap and on, then as many imaginary ones.
    """
    half = taps.size // 2 - 1
    for n in range(0, count, 32):
        middle, next_middle = load16(line, half + n), load16(line, half + n + 16)
        re, next_re = scale(middle, at(taps, 0)), scale(next_middle, at(taps, 0))
        im, next_im = scale(middle, np.float32(0.0)), scale(middle, np.float32(0.0))
        for k in range(1, half + 1):
            even, odd = at(taps, k), at(taps, half + 1 + k)
            behind, ahead = load16(line, half + n - k), load16(line, half + n + k)
            re, im = scale_add(add(ahead, behind), even, re), scale_add(subtract(behind, ahead), odd, im)
            behind, ahead = load16(line, half + n + 16 - k), load16(line, half + n + 16 + k)
            next_re = scale_add(add(ahead, behind), even, next_re)
            next_im = scale_add(subtract(behind, ahead), odd, next_im)
        store(parts, real + n, re)
        store(parts, real + n + 16, next_re)
        store(parts, imaginary + n, im)
        store(parts, imaginary + n + 16, next_im)


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _analyse(begin: int, beyond: int, out: Any, samples: Any, taps: Any, weight: Any, pad: int, first: int) -> None:
    """The elements begin..beyond - 1 of `analyse`; taps: see `half_filter`."""
    n_transmits, _, n_samples = samples.shape
    half = taps.size // 2 - 1
    whole = (n_samples + 31) // 32 * 32
    line, parts = np.zeros(whole + 2 * half, np.float32), np.empty(2 * whole, np.float32)
    for e in range(begin, beyond):
        for t in range(n_transmits):
            for n in range(n_samples):
                line[half + n] = np.float32(samples[t, first + e, n]) * weight[t]
            filter_line(parts, 0, whole, whole, line, taps)
            record = out[e, t, pad : pad + n_samples]
            for n in range(0, n_samples - 15, 16):
                store_complex(record, n, load16(parts, n), load16(parts, whole + n))
            for n in range(n_samples // 16 * 16, n_samples):
                record[n] = complex(parts[n], parts[whole + n])
