"""From accumulated signals to int16 samples: demodulation, receiver noise, conversion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.threads import for_ranges

Floats = NDArray[np.float32]
HIGHEST = np.float32(32767)
OVER = np.float32(32767.5)  # what is rounded beyond full scale


@njit(cache=True, nogil=True, error_model="numpy")
def _scramble(x: Any) -> Any:
    """Hash of 32 bits ("lowbias32", C. Wellons 2018): every input bit changes each output bit about half the time."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _fill_noise(key: Any, deviation: Any, noise: Floats) -> None:
    """Nearly normal numbers: the four bytes of a hash added (Irwin-Hall, excess kurtosis -0.3; steps of 0.7 %)."""
    scale = np.float32(deviation) / np.float32(np.sqrt((65536.0 - 1.0) / 3.0))
    pairs = np.uint32(0x00FF00FF)
    for i in range(noise.shape[0]):
        bits = _scramble(np.uint32(i) ^ np.uint32(key))
        both = np.uint32((bits & pairs) + ((bits >> np.uint32(8)) & pairs))
        total = np.int32(np.uint32(both + (both >> np.uint32(16))) & np.uint32(0xFFFF))
        noise[np.uint64(i)] = (np.float32(total) - np.float32(510.0)) * scale


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _hold(value: Any) -> Any:
    """The nearest whole number, held at full scale."""
    return np.int16(np.floor(min(max(value, -HIGHEST), HIGHEST) + np.float32(0.5)))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _convert_iq(signal: Floats, factor: Floats, noise: Floats, out: NDArray[np.int16]) -> Any:
    """One channel: rotate by `factor` (I, Q, I, ...), add noise, round; returns how many samples were clipped."""
    clipped = np.int32(0)
    for i in range(out.shape[0] // 2):
        k, m = np.uint64(2 * i), np.uint64(2 * i + 1)
        inphase = signal[k] * factor[k] - signal[m] * factor[m] + noise[k]
        quadrature = signal[k] * factor[m] + signal[m] * factor[k] + noise[m]
        clipped += np.int32(abs(inphase) > OVER) + np.int32(abs(quadrature) > OVER)
        out[k] = _hold(inphase)
        out[m] = _hold(quadrature)
    return clipped


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _convert_rf(signal: Floats, factor: Floats, noise: Floats, out: NDArray[np.int16]) -> Any:
    """One channel: scale by the even numbers of `factor`, add noise, round; returns how many samples were clipped."""
    clipped = np.int32(0)
    for i in range(out.shape[0]):
        j = np.uint64(i)
        value = signal[j] * factor[np.uint64(2 * i)] + noise[j]
        clipped += np.int32(abs(value) > OVER)
        out[j] = _hold(value)
    return clipped


@njit(cache=True, nogil=True, error_model="numpy")
def _digitise(
    first: int, beyond: int, signal: Floats, factor: Floats, deviation: Any, keys: Any, analytic: bool, out: Any,
    clipped: Any,
) -> None:  # fmt: skip
    """The channels of the elements first..beyond - 1; out: shape (n_transmits, n_elements, floats a channel)."""
    noise = np.zeros(out.shape[2], np.float32)
    for e in range(first, beyond):
        for t in range(signal.shape[1]):
            if deviation > 0:
                _fill_noise(keys[t, e], deviation, noise)
            if analytic:
                clipped[e] += _convert_iq(signal[e, t], factor, noise, out[t, e])
            else:
                clipped[e] += _convert_rf(signal[e, t], factor, noise, out[t, e])


def digitise(
    signal: Floats,
    factor: NDArray[np.complex64],
    *,
    analytic: bool,
    noise_counts: float,
    seed: tuple[int, int],
    threads: int,
) -> tuple[NDArray[np.int16], int]:
    """Convert accumulated signals to samples.

    Args:
        signal: shape (n_elements, n_transmits, n_samples), twice as many for the analytic signal (I, Q, I, ...).
        factor: rotation and scale of each sample, shape (n_samples,).
        analytic: whether the signal holds I and Q, else RF.
        noise_counts: standard deviation of the receiver noise of each sample [counts].
        seed: seed of the noise and number of the frame; the same pair gives the same noise.
        threads: threads to use.

    Returns:
        int16 samples, shape (n_transmits, n_elements, n_samples[, 2]), and how many were held at full scale.
    """
    n_elements, n_transmits, _ = signal.shape
    shape = (n_transmits, n_elements, factor.size)
    out = np.empty((*shape, 2) if analytic else shape, dtype=np.int16)
    keys = np.random.SeedSequence(seed).generate_state(n_transmits * n_elements).reshape(n_transmits, n_elements)
    clipped = np.zeros(n_elements, dtype=np.int64)
    pairs, flat = np.ascontiguousarray(factor).view(np.float32), out.reshape(n_transmits, n_elements, -1)

    def work(first: int, beyond: int) -> None:
        _digitise(first, beyond, signal, pairs, np.float32(noise_counts), keys, analytic, flat, clipped)

    for_ranges(work, n_elements, threads)
    return out, int(clipped.sum())
