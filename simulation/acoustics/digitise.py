"""From accumulated signals to int16 samples: demodulation, receiver noise, conversion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.threads import for_ranges

Floats = NDArray[np.float32]
HIGHEST = np.float32(32767)


@njit(cache=True, nogil=True, error_model="numpy")
def _scramble(x: Any) -> Any:
    """Hash of 32 bits ("lowbias32", C. Wellons 2018): every input bit changes each output bit about half the time."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(cache=True, nogil=True, error_model="numpy")
def _normal(counter: Any, key: Any) -> Any:
    """Nearly normal number of unit variance: four 16-bit uniform numbers added (Irwin-Hall, excess kurtosis -0.3)."""
    a = _scramble(np.uint32(counter) ^ np.uint32(key))
    b = _scramble(np.uint32(a + np.uint32(0x9E3779B9)))
    low = np.uint32(0xFFFF)
    total = np.int32(a & low) + np.int32(a >> np.uint32(16)) + np.int32(b & low) + np.int32(b >> np.uint32(16))
    # Mean 4 * 32767.5, variance 4 * 65536**2 / 12.
    return (np.float32(total) - np.float32(131070.0)) * np.float32(np.sqrt(3.0) / 65536.0)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _convert_iq(signal: Floats, factor: Floats, noise: Any, key: Any, out: NDArray[np.int16]) -> int:
    """One channel: rotate by `factor` (n, 2), add noise, round; returns how many samples were clipped."""
    clipped = 0
    for i in range(out.shape[0]):
        j = np.uint64(i)
        k = np.uint64(2 * i)
        re, im, c, s = signal[k], signal[k + np.uint64(1)], factor[j, 0], factor[j, 1]
        inphase = np.rint(re * c - im * s + noise * _normal(2 * i, key))
        quadrature = np.rint(re * s + im * c + noise * _normal(2 * i + 1, key))
        clipped += (abs(inphase) > HIGHEST) + (abs(quadrature) > HIGHEST)
        out[j, 0] = np.int16(min(max(inphase, -HIGHEST), HIGHEST))
        out[j, 1] = np.int16(min(max(quadrature, -HIGHEST), HIGHEST))
    return clipped


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _convert_rf(signal: Floats, factor: Floats, noise: Any, key: Any, out: NDArray[np.int16]) -> int:
    """One channel: scale by factor[:, 0], add noise, round; returns how many samples were clipped."""
    clipped = 0
    for i in range(out.shape[0]):
        j = np.uint64(i)
        value = np.rint(signal[j] * factor[j, 0] + noise * _normal(i, key))
        clipped += abs(value) > HIGHEST
        out[j] = np.int16(min(max(value, -HIGHEST), HIGHEST))
    return clipped


@njit(cache=True, nogil=True, error_model="numpy")
def _digitise_iq(
    first: int, beyond: int, signal: Floats, factor: Floats, noise: Any, keys: Any, out: Any, clipped: Any
) -> None:
    for e in range(first, beyond):
        for t in range(signal.shape[1]):
            clipped[e] += _convert_iq(signal[e, t], factor, noise, keys[t, e], out[t, e])


@njit(cache=True, nogil=True, error_model="numpy")
def _digitise_rf(
    first: int, beyond: int, signal: Floats, factor: Floats, noise: Any, keys: Any, out: Any, clipped: Any
) -> None:
    for e in range(first, beyond):
        for t in range(signal.shape[1]):
            clipped[e] += _convert_rf(signal[e, t], factor, noise, keys[t, e], out[t, e])


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
    pairs = np.ascontiguousarray(factor).view(np.float32).reshape(-1, 2)
    kernel = _digitise_iq if analytic else _digitise_rf

    def work(first: int, beyond: int) -> None:
        kernel(first, beyond, signal, pairs, np.float32(noise_counts), keys, out, clipped)

    for_ranges(work, n_elements, threads)
    return out, int(clipped.sum())
