"""Channel data to pre-modulated analytic signals: complex64, element by element, padded with zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.check import image_distance_hz
from sonoreach.beamform.simd import add, at, load16, scale, scale_add, store
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


def premodulate(out: Complex, samples: Any, rotation: Complex, weight: Any, pad: int, first: int) -> None:
    """IQ to analytic signals: out[e, t, pad + n] = weight[t] (I + iQ) rotation[n], of element first + e.

    Args:
        out: complex64, shape (n_elements, n_transmits, >= pad + n_samples); only these samples are written.
        samples: shape (n_transmits, n_elements, n_samples, 2).
        rotation: complex64, shape (n_samples,), see `carrier`.
        weight: float32, shape (n_transmits,).
        pad: leading zeros.
        first: first element to convert; as many as `out` holds.
    """
    pairs = samples.reshape(*samples.shape[:2], -1)
    floats, turn = out.view(np.float32), rotation.view(np.float32)
    for_ranges(
        lambda begin, beyond: _premodulate(begin, beyond, floats, pairs, turn, weight, 2 * pad, first),
        len(out),
    )  # fmt: skip


def analyse(out: Complex, samples: Any, taps: Complex, weight: Any, pad: int, first: int) -> None:
    """RF to analytic signals by the filter of `band_filter`; the record is zero outside.

    Args:
        out: as in `premodulate`.
        samples: shape (n_transmits, n_elements, n_samples).
        taps: complex64, odd length, conjugate-symmetric about the middle.
        weight: float32, shape (n_transmits,).
        pad, first: as in `premodulate`.
    """
    half = taps[taps.size // 2 :]
    even, odd = half.real.copy(), half.imag.copy()
    for_ranges(
        lambda begin, beyond: _analyse(begin, beyond, out, samples, even, odd, weight, pad, first),
        len(out),
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
def filter_line(real: Any, imaginary: Any, line: Any, even: Any, odd: Any) -> None:
    """Symmetric (real) and antisymmetric (imaginary) part of the filter on one padded line, 16 samples at a time."""
    half = even.size - 1
    for n in range(0, real.size, 16):
        middle = load16(line, half + n)
        re, im = scale(middle, even[0]), scale(middle, np.float32(0.0))
        for k in range(1, half + 1):
            ahead, behind = load16(line, half + n + k), load16(line, half + n - k)
            re = scale_add(add(ahead, behind), at(even, k), re)
            im = scale_add(behind, at(odd, k), scale_add(ahead, -at(odd, k), im))
        store(real, n, re)
        store(imaginary, n, im)


@njit(cache=True, nogil=True, fastmath={"contract", "nsz"}, error_model="numpy")
def _analyse(
    begin: int, beyond: int, out: Any, samples: Any, even: Any, odd: Any, weight: Any, pad: int, first: int
) -> None:
    """The elements begin..beyond - 1 of `analyse`; even, odd: real and imaginary part of the middle tap and on."""
    n_transmits, _, n_samples = samples.shape
    half = even.size - 1
    whole = (n_samples + 15) // 16 * 16
    line = np.zeros(whole + 2 * half, np.float32)
    real, imaginary = np.empty(whole, np.float32), np.empty(whole, np.float32)
    for e in range(begin, beyond):
        for t in range(n_transmits):
            for n in range(n_samples):
                line[half + n] = np.float32(samples[t, first + e, n]) * weight[t]
            filter_line(real, imaginary, line, even, odd)
            for n in range(n_samples):
                out[e, t, pad + n] = complex(real[n], imaginary[n])
