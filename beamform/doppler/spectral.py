"""Pulsed-wave spectral Doppler: spectrogram, envelope trace, indices and sound of one sample volume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.ndimage import median_filter
from scipy.signal import get_window, resample_poly

from sonoreach.beamform.check_numbers import check_positive, check_whole
from sonoreach.errors import InputError

Array = NDArray[np.float64]
AUDIO_RATE_HZ = 44100


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Power against time and velocity.

    Attributes:
        time_s: centre of each column, shape (n_columns,) [s].
        velocity_m_s: of each row, rising, towards the probe positive, shape (n_rows,) [m/s].
        power: shape (n_rows, n_columns).
    """

    time_s: Array
    velocity_m_s: Array
    power: Array


@dataclass(frozen=True)
class FlowIndices:
    """Indices of one or more heart beats.

    Attributes:
        peak_systolic_m_s: PSV, largest velocity of the envelope [m/s].
        end_diastolic_m_s: EDV, smallest velocity of the envelope in the direction of the flow [m/s].
        mean_m_s: mean of the envelope over time [m/s].
        resistive: RI = (PSV - EDV) / PSV (Pourcelot 1974).
        pulsatility: PI = (PSV - EDV) / mean (Gosling 1974).
    """

    peak_systolic_m_s: float
    end_diastolic_m_s: float
    mean_m_s: float
    resistive: float
    pulsatility: float


def spectrogram(
    signal: NDArray[np.complexfloating],
    *,
    repetition_frequency_hz: float,
    center_frequency_hz: float,
    sound_speed_m_s: float,
    angle_rad: float = 0.0,
    window: int = 128,
    step: int = 16,
) -> Spectrogram:
    """Short-time Fourier transform of the slow-time signal of one sample volume.

    Args:
        signal: beamformed, clutter-filtered echoes, one a transmit, shape (n,); or (n_points, n) for the points of a
            sample volume, whose powers are averaged: speckle makes a single point's spectrum drop out at times.
        repetition_frequency_hz: transmits a second [Hz].
        center_frequency_hz: frequency of the echoes [Hz].
        sound_speed_m_s: [m/s].
        angle_rad: angle between beam and flow; velocities are divided by its cosine.
        window: transmits under a (Hann) window.
        step: transmits from one column to the next.

    Raises:
        InputError: a signal shorter than the window, an angle of 80° or more, or numbers out of range.
    """
    check_whole("window", window, 8)
    if signal.ndim not in (1, 2) or not 8 <= window <= signal.shape[-1] or not signal.size:
        raise InputError(f"signal must be lines of at least {max(8, window)} transmits, got shape {signal.shape}.")
    if not np.isfinite(signal).all():
        raise InputError("signal must be finite, got non-finite values.")
    check_whole("step", step, 1, window)
    if not abs(angle_rad) < np.radians(80):
        raise InputError(f"angle_rad must lie within 80° of the beam, got {np.degrees(angle_rad):.4g}°.")
    check_positive(
        repetition_frequency_hz=repetition_frequency_hz,
        center_frequency_hz=center_frequency_hz,
        sound_speed_m_s=sound_speed_m_s,
    )
    starts = np.arange(0, signal.shape[-1] - window + 1, step)
    segments = np.atleast_2d(signal)[:, starts[:, None] + np.arange(window)] * get_window("hann", window)
    power = np.fft.fftshift((np.abs(np.fft.fft(segments, 2 * window, axis=2)) ** 2).mean(axis=0), axes=1)
    frequency = np.fft.fftshift(np.fft.fftfreq(2 * window, 1 / repetition_frequency_hz))
    velocity = frequency * sound_speed_m_s / (2 * center_frequency_hz * np.cos(angle_rad))
    time = np.asarray((starts + window / 2) / repetition_frequency_hz, dtype=np.float64)
    return Spectrogram(time, np.asarray(velocity, np.float64), np.asarray(power.T, np.float64))


def envelope(spectrum: Spectrogram, *, reverse: bool = False, smooth: int = 1) -> Array:
    """Largest velocity of each column by the geometric method, shape (n_columns,) [m/s].

    On the curve of power integrated from rest outwards, the envelope is where the curve lies farthest from its
    chord (the geometric method reviewed by Kathpalia et al., Ultrasound Med. Biol. 42 (2016)). Half the width
    of the window's main lobe at half power is taken off, which the window had added. What the pulse's bandwidth and
    the aperture add stays: long pulses (a band of 15 %) and a narrow aperture (f/6) read 45° within 3 %, a band of 60 %
    with f/2 reads 5 % high.

    Args:
        spectrum: the spectrogram.
        reverse: follow the flow away from the probe.
        smooth: columns over which the median is taken, odd; more than 1 keeps speckle out of the extremes.

    Raises:
        InputError: an even or negative `smooth`, a spectrogram that is not finite, whose shapes do not fit, or that
            has fewer than two rows in the direction of the flow.
    """
    check_whole("smooth", smooth, 1)
    if smooth % 2 == 0:
        raise InputError(f"smooth must be odd, got {smooth}.")
    wanted, got = (len(spectrum.velocity_m_s), len(spectrum.time_s)), spectrum.power.shape
    if got != wanted or not spectrum.power.size:
        raise InputError(f"power of the spectrogram must have a row a velocity and a column a time, got {got}.")
    if not (np.isfinite(spectrum.velocity_m_s).all() and np.isfinite(spectrum.power).all()):
        raise InputError("velocities and power of the spectrogram must be finite, got non-finite values.")
    side = spectrum.velocity_m_s <= 0 if reverse else spectrum.velocity_m_s >= 0
    if side.sum() < 2:
        raise InputError(f"spectrogram must have two rows or more in the direction of the flow, got {side.sum()}.")
    speed = np.abs(spectrum.velocity_m_s[side])
    order = np.argsort(speed)
    speed, power = speed[order], spectrum.power[side][order]
    total = np.cumsum(power, axis=0)
    total = total / np.maximum(total[-1], 1e-300)
    chord = np.linspace(0, 1, len(speed))[:, None]
    corner = np.argmax(total - chord, axis=0)
    lobe = 2 * 0.72 * (speed[1] - speed[0])  # Hann: 1.44 bins between half-power points, two rows a bin
    result: Array = median_filter(np.maximum(speed[corner] - lobe, 0.0), smooth, mode="nearest")
    return -result if reverse else result


def flow_indices(trace_m_s: Array) -> FlowIndices:
    """Indices of an envelope trace over whole heart beats.

    Raises:
        InputError: a trace without flow, or one that is not a line of finite numbers.
    """
    speed = np.asarray(trace_m_s, dtype=np.float64)
    if speed.ndim != 1 or not speed.size or not np.isfinite(speed).all():
        raise InputError(f"trace_m_s must be one or more finite numbers in a line, got shape {speed.shape}.")
    sign = -1.0 if speed.mean() < 0 else 1.0
    speed = sign * speed
    peak, low, mean = float(speed.max()), float(speed.min()), float(speed.mean())
    if peak <= 0 or mean <= 0:
        raise InputError("the envelope trace holds no flow: its largest velocity is 0.")
    return FlowIndices(sign * peak, sign * low, sign * mean, (peak - low) / peak, (peak - low) / mean)


def write_sound(path: Path, signal: NDArray[np.complexfloating], repetition_frequency_hz: float) -> None:
    """Write the Doppler signal as stereo WAV: flow towards the probe left, away right.

    Args:
        path: file to write, 16-bit, 44.1 kHz.
        signal: slow-time signal, shape (n,).
        repetition_frequency_hz: transmits a second [Hz].

    Raises:
        InputError: a signal that is silent, not finite or not a line, a repetition frequency beyond hearing, or a file
            that cannot be written.
    """
    if not 100 <= repetition_frequency_hz <= AUDIO_RATE_HZ:
        raise InputError(
            f"repetition_frequency_hz must lie in [100, {AUDIO_RATE_HZ}] Hz, got {repetition_frequency_hz}."
        )
    if signal.ndim != 1 or not signal.size or not np.isfinite(signal).all():
        raise InputError(f"signal must be one or more finite samples in a line, got shape {signal.shape}.")
    spectrum = np.fft.fft(signal)
    towards = np.fft.fftfreq(len(signal)) >= 0
    sides = [np.fft.ifft(np.where(mask, spectrum, 0)).real for mask in (towards, ~towards)]
    stereo = np.stack(sides, axis=1)
    peak = np.abs(stereo).max()
    if not peak > 0:
        raise InputError("the Doppler signal is silent.")
    audio = resample_poly(stereo / peak, AUDIO_RATE_HZ, round(repetition_frequency_hz), axis=0)
    try:
        wavfile.write(path, AUDIO_RATE_HZ, np.round(np.clip(audio, -1, 1) * 32767).astype(np.int16))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
