"""Checks at the door of the beamformer: each refuses with what was wrong, what came and what is allowed."""

from __future__ import annotations

import math
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind

LEAST, MOST = 1e-6, 1e12
MAX_SAMPLES = 2**17  # fixed-point delays: 18 bits of samples, 12 of fraction, and one for `SILENT`


def check_channel_data(data: ChannelData) -> None:
    """Refuse samples whose shape, type or numbers no beamformer can use.

    Raises:
        InputError: the samples contradict the probe and transmits, are not finite, or are sampled too slowly.
    """
    check_probe(data.probe)
    samples, is_iq = data.samples, data.demodulation_frequency_hz > 0
    if not isinstance(samples, np.ndarray):
        raise InputError(f"samples must be an array, got {type(samples).__name__}.")
    wanted = (len(data.transmits), data.probe.n_elements)
    axes = "(n_transmits, n_elements, n_samples, 2)" if is_iq else "(n_transmits, n_elements, n_samples)"
    good = samples.ndim == (4 if is_iq else 3) and samples.shape[:2] == wanted
    if not good or (is_iq and samples.shape[3] != 2):
        text = f"{wanted[0]} transmits and {wanted[1]} elements"
        raise InputError(f"samples must have shape {axes} with {text}, got {samples.shape}.")
    if samples.dtype not in (np.int16, np.float32):
        raise InputError(f"samples must be int16 or float32, got {samples.dtype}.")
    if not 2 <= samples.shape[2] <= MAX_SAMPLES:
        raise InputError(f"samples must hold 2 to {MAX_SAMPLES} samples a channel, got {samples.shape[2]}.")
    if not wanted[0]:
        raise InputError("transmits must hold at least one transmit, got none.")
    check_sample_values(samples)
    _check_sampling(data)
    for number, event in enumerate(data.transmits):
        check_transmit(number, event, data.probe)


def check_sample_values(samples: NDArray[np.generic]) -> None:
    """Refuse floating-point samples that are not finite, or whose powers single precision cannot hold."""
    if samples.dtype.kind != "f" or not samples.size:
        return
    if not math.isfinite(float(np.sum(samples, dtype=np.float64))):
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise InputError(f"samples must be finite, got {bad} non-finite of {samples.size}.")
    largest = max(float(np.max(samples)), -float(np.min(samples)))
    if largest and not LEAST <= largest <= MOST:
        raise InputError(
            f"the largest of float32 samples must lie in {LEAST:g} to {MOST:g} (or all be 0), got {largest:.3g}; scale "
            "all frames by one number (of files: samples.scale of their description)."
        )


def check_sound_speed(sound_speed_m_s: float | None) -> None:
    """Refuse a speed to focus with that no tissue has; None stands for that of the data."""
    if sound_speed_m_s is not None and not 100 <= sound_speed_m_s <= 10000:
        raise InputError(f"sound_speed_m_s must lie in [100, 10000] m/s, got {sound_speed_m_s}.")


def check_image(image: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    """Whether a result can be written into an array: the compiled loops trust its shape."""
    if not isinstance(image, np.ndarray):
        raise InputError(f"out must be an array, got {type(image).__name__}.")
    if image.shape != shape or image.dtype != np.complex64 or not (image.flags.c_contiguous and image.flags.writeable):
        raise InputError(
            f"out must be a writeable C-contiguous array of complex64 and shape {shape}, "
            f"got {image.dtype} of shape {image.shape}, strides {image.strides}."
        )


def check_probe(probe: ProbeGeometry) -> None:
    """Refuse a geometry that is not an array of finite element positions with a sane pulse."""
    positions = probe.element_positions_m
    if not isinstance(positions, np.ndarray):
        raise InputError(f"element_positions_m must be an array, got {type(positions).__name__}.")
    if positions.ndim != 2 or positions.shape[1] != 3 or not len(positions):
        raise InputError(f"element_positions_m must have shape (n_elements, 3), got {positions.shape}.")
    if not np.isfinite(positions).all():
        raise InputError("element_positions_m must be finite, got non-finite positions.")
    for name in ("element_width_m", "elevation_height_m"):
        if not 0 <= getattr(probe, name) < 1:
            raise InputError(f"{name} must lie in [0, 1) m, got {getattr(probe, name)}.")
    if not probe.elevation_focus_m > 0:
        raise InputError(f"elevation_focus_m must be above 0 m (inf without a lens), got {probe.elevation_focus_m}.")
    if not 0 < probe.center_frequency_hz < 1e9:
        raise InputError(f"center_frequency_hz must lie in (0, 1e9) Hz, got {probe.center_frequency_hz}.")
    if not 0 < probe.fractional_bandwidth < 2:
        raise InputError(f"fractional_bandwidth must lie in (0, 2), got {probe.fractional_bandwidth}.")


def _check_sampling(data: ChannelData) -> None:
    """Refuse rates below Nyquist for the pulse: for IQ its bandwidth, for RF its band within one Nyquist zone."""
    fs, fc = data.sampling_frequency_hz, data.probe.center_frequency_hz
    band = data.probe.fractional_bandwidth * fc
    numbers = (fs, data.demodulation_frequency_hz, data.start_time_s, data.sound_speed_m_s)
    if not all(math.isfinite(v) for v in numbers) or fs <= 0 or data.demodulation_frequency_hz < 0:
        raise InputError(f"sampling, demodulation, start time and sound speed must be finite, got {numbers}.")
    if not 100 <= data.sound_speed_m_s <= 10000:
        raise InputError(f"sound_speed_m_s must lie in [100, 10000] m/s, got {data.sound_speed_m_s}.")
    if data.demodulation_frequency_hz > 0:
        need = band + 2 * abs(data.demodulation_frequency_hz - fc)
        if fs < need:
            raise InputError(
                f"sampling_frequency_hz of IQ must be at least {need:.4g} Hz for this pulse, got {fs:.4g}."
            )
    elif fs < 2 * band or image_distance_hz(fc, fs) < band:
        raise InputError(
            f"sampling_frequency_hz of RF must keep the pulse's band of {band:.4g} Hz around {fc:.4g} Hz inside one "
            f"Nyquist zone, got {fs:.4g} Hz (allowed: at least {2 * fc + band:.4g} Hz, or a band-pass rate)."
        )


def check_transmit(number: int, event: TransmitEvent, probe: ProbeGeometry) -> None:
    """Refuse a transmit that no probe could send."""
    if not isinstance(event.kind, TransmitKind):
        raise InputError(f"transmits[{number}].kind must be a TransmitKind, got {event.kind!r}.")
    if len(event.source_m) != 3:
        raise InputError(f"transmits[{number}].source_m must be x, y and z, got {event.source_m}.")
    if not math.isfinite(event.angle_rad) or abs(event.angle_rad) >= math.radians(80):
        degrees = math.degrees(event.angle_rad)
        raise InputError(f"transmits[{number}].angle_rad must lie within 80° of the normal, got {degrees:.4g}°.")
    if not all(math.isfinite(v) for v in event.source_m):
        raise InputError(f"transmits[{number}].source_m must be finite, got {event.source_m}.")
    depth = event.source_m[2]
    if event.kind is TransmitKind.DIVERGING and depth >= 0:
        raise InputError(f"transmits[{number}].source_m of a diverging wave must have z < 0, got z = {depth}.")
    if event.kind is TransmitKind.FOCUSED and depth <= 0:
        raise InputError(f"transmits[{number}].source_m of a focused wave must have z > 0, got z = {depth}.")
    if event.kind is TransmitKind.FOCUSED and math.hypot(*event.source_m[:2]) > math.tan(math.radians(80)) * depth:
        raise InputError(f"transmits[{number}].source_m must lie within 80° of the normal, got {event.source_m}.")
    whole = isinstance(event.element, int | np.integer)
    if event.kind is TransmitKind.SINGLE_ELEMENT and not (whole and 0 <= event.element < probe.n_elements):
        allowed = f"0 to {probe.n_elements - 1}"
        raise InputError(f"transmits[{number}].element must lie in {allowed}, got {event.element}.")


def check_lit(reach: NDArray[np.bool_]) -> None:
    """Refuse a grid beside all beams: its image would be black.

    Args:
        reach: whether each transmit passes each point.
    """
    if not reach.any():
        raise InputError(
            "grid lies beside all beams: no transmit passes any of its points (allowed: points that rays from the "
            "aperture along `angle_rad`, or from `source_m`, reach)."
        )


def refuse_grid(earliest_s: float, latest_s: float, start_time_s: float, end_time_s: float) -> NoReturn:
    """Refuse a grid of whose points some have no straight echo (there and back to the nearest element) in the record.

    Args:
        earliest_s, latest_s: first and last straight echo of the grid [s].
        start_time_s, end_time_s: first and last sample of the record [s].
    """
    raise InputError(
        f"grid lies outside the record: its echoes arrive from {earliest_s * 1e6:.4g} to {latest_s * 1e6:.4g} µs, "
        f"the record runs from {start_time_s * 1e6:.4g} to {end_time_s * 1e6:.4g} µs (allowed: inside it)."
    )


def image_distance_hz(center_frequency_hz: float, sampling_frequency_hz: float) -> float:
    """Distance between the sampled band around +f and its mirror image around -f [Hz].

    Sampling repeats both every fs, so it is the distance of 2 f to the nearest multiple of fs: with band-pass
    sampling (fs < 2 f) too, a band narrower than this distance can be told from its image.
    """
    remainder = (2 * center_frequency_hz) % sampling_frequency_hz
    return min(remainder, sampling_frequency_hz - remainder)
