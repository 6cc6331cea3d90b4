"""Clutter filters: what stands still or moves slowly is taken out of a Doppler ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.signal import butter, firwin, sosfilt, sosfilt_zi

from sonoreach.beamform.check_numbers import check_samples, check_whole
from sonoreach.errors import InputError

Complex = NDArray[np.complex64]


def remove_polynomial(ensemble: Complex, order: int) -> Complex:
    """Subtract the best-fitting polynomial of slow time from every point (regression filter).

    Bjaerum, Torp, Kristoffersen, "Clutter filter design for ultrasound color flow imaging", IEEE UFFC 49 (2002).

    Args:
        ensemble: shape (..., n_frames).
        order: 0 takes out the mean, 1 also a slope, and so on; at most n_frames - 2.

    Raises:
        InputError: an order that leaves nothing.
    """
    n_frames = _frames(ensemble)
    check_whole("order of the polynomial filter", order, 0, n_frames - 2)
    basis, _ = np.linalg.qr(legendre.legvander(np.linspace(-1, 1, n_frames), order))
    return _project(ensemble, np.eye(n_frames) - basis @ basis.T)


def remove_singular(ensemble: Complex, n_components: int) -> Complex:
    """Take out the strongest space-time components (SVD filter), by way of the Gram matrix of the frames.

    Demené et al., "Spatiotemporal clutter filtering of ultrafast ultrasound data", IEEE TMI 34 (2015).

    Args:
        ensemble: shape (..., n_frames).
        n_components: number of components taken out, 0 to n_frames - 1.

    Raises:
        InputError: a number that leaves nothing.
    """
    n_frames = _frames(ensemble)
    check_whole("n_components of the SVD filter", n_components, 0, n_frames - 1)
    casorati = ensemble.reshape(-1, n_frames)
    gram = (casorati.conj().T @ casorati).astype(np.complex128)
    _, vectors = np.linalg.eigh(gram)
    strongest = vectors[:, n_frames - n_components :]
    return _project(ensemble, np.eye(n_frames) - strongest @ strongest.conj().T)


def high_pass(ensemble: Complex, cutoff: float, n_taps: int = 5) -> Complex:
    """FIR high-pass along slow time; the first n_taps - 1 frames are used up.

    Args:
        ensemble: shape (..., n_frames).
        cutoff: edge that the filter is designed for, as a fraction of the pulse repetition frequency, in (0, 0.5).
            Long filters have -6 dB there; 5 taps, by their wide edge and the mean taken out, -21.6 dB at 0.05, -11.6 dB
            at 0.1 and -5.0 dB at 0.2.
        n_taps: odd number of taps, at most n_frames - 1.

    Raises:
        InputError: an edge or a length that no filter can have.
    """
    n_frames = _frames(ensemble)
    if not 0 < cutoff < 0.5:
        raise InputError(f"cutoff of the high-pass must lie in (0, 0.5) of the repetition frequency, got {cutoff}.")
    check_whole("n_taps of the high-pass", n_taps, 3, n_frames - 1)
    if n_taps % 2 == 0:
        raise InputError(f"n_taps of the high-pass must be odd, got {n_taps}.")
    taps = firwin(n_taps, cutoff, fs=1.0, pass_zero=False)
    taps = taps - taps.mean()  # no echo of what stands still, whatever the window left
    banded = np.zeros((n_frames, n_frames - n_taps + 1))
    for column in range(banded.shape[1]):
        banded[column : column + n_taps, column] = taps[::-1]
    return np.asarray(ensemble @ banded.astype(np.float32))


def high_pass_recursive(ensemble: Complex, cutoff: float, order: int = 2) -> Complex:
    """IIR (Butterworth) high-pass along slow time, started so that what stands still leaves no transient.

    The state is that of a long past at the first frame's value (step initialisation): Bjaerum et al. (2002).

    Args:
        ensemble: shape (..., n_frames).
        cutoff: -3 dB edge as a fraction of the pulse repetition frequency, in (0, 0.5).
        order: of the filter, 1 to 8.

    Raises:
        InputError: an edge or an order that no filter can have.
    """
    _frames(ensemble)
    if not 0 < cutoff < 0.5:
        raise InputError(f"cutoff of the high-pass must lie in (0, 0.5) of the repetition frequency, got {cutoff}.")
    check_whole("order of the recursive high-pass", order, 1, 8)
    sections = butter(order, cutoff, "highpass", fs=1.0, output="sos")
    first = ensemble[..., :1]
    state = sosfilt_zi(sections).reshape(len(sections), *(1,) * (ensemble.ndim - 1), 2) * first
    sections_filter: Any = sosfilt  # scipy's stubs know real signals only
    filtered, _ = sections_filter(sections, ensemble, axis=-1, zi=state)
    return np.asarray(filtered, dtype=np.complex64)


def _frames(ensemble: Complex) -> int:
    """Number of frames, at least three; all samples must be finite."""
    if ensemble.ndim < 2 or ensemble.shape[-1] < 3:
        raise InputError(f"ensemble must have shape (..., n_frames) with at least 3 frames, got {ensemble.shape}.")
    check_samples("ensemble", ensemble)
    return int(ensemble.shape[-1])


def _project(ensemble: Complex, matrix: NDArray[np.complexfloating | np.floating]) -> Complex:
    """Every point's slow-time signal times a matrix."""
    kind = np.complex64 if np.iscomplexobj(matrix) else np.float32
    return np.asarray(ensemble @ matrix.astype(kind))
