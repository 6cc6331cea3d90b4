"""A file of someone else and its description, as a recording."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check import check_channel_data
from sonoreach.beamform.recording.array_file import ArrayFile
from sonoreach.beamform.recording.description import AXES, Description
from sonoreach.beamform.recording.recording import Recording
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind

_DEFAULTS = {
    "demodulation_frequency_hz": 0.0,
    "fractional_bandwidth": 0.6,
    "start_time_s": 0.0,
    "sound_speed_m_s": 1540.0,
    "frame_rate_hz": 20.0,
}


class DescribedRecording(Recording):
    """All samples of a file, held in memory."""

    def __init__(self, path: Path, description: Description) -> None:
        """Read a file.

        Raises:
            InputError: something is missing, has the wrong shape or is not finite.
        """
        self._path, self._file = path, ArrayFile(path)
        try:
            names = {*_DEFAULTS, *description.numbers}
            self._numbers = {name: self._number(description, name) for name in names}
            self._samples = self._read_samples(description)
            self._probe = self._read_probe(description)
            self._transmits = self._read_transmits(description)
        finally:
            self._file.close()
        self.ensemble = description.ensemble
        for index in range(self.n_frames):
            check_channel_data(self.frame(index))

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self._samples.shape[0])

    @property
    def frame_rate_hz(self) -> float:
        """Frames a second [Hz]."""
        return self._numbers["frame_rate_hz"]

    @property
    def probe(self) -> ProbeGeometry:
        """The array."""
        return self._probe

    def frame(self, index: int) -> ChannelData:
        """One frame; its stamp counts from the first one."""
        return ChannelData(
            self._samples[index],
            self._numbers["sampling_frequency_hz"],
            self._numbers["demodulation_frequency_hz"],
            self._numbers["start_time_s"],
            self._numbers["sound_speed_m_s"],
            self._probe,
            self._transmits,
            stamp_s=index / self.frame_rate_hz,
            frame_id=index,
            source=self._path.name,
        )

    def _value(self, value: Any, name: str) -> NDArray[np.float64]:
        """Numbers given directly, by place, or by place and scale."""
        scale = 1.0
        if isinstance(value, dict):
            if not {"array"} <= set(value) <= {"array", "scale"}:
                raise InputError(f"{name} must be a number, a place, or {{array, scale}}, got {value}.")
            value, scale = value["array"], value.get("scale", 1.0)
        try:
            if isinstance(value, str) and _is_number(value):  # YAML takes 5e6 for text, and 5.0e+6 for a number
                value = float(value)
            numbers = self._file.array(value) if isinstance(value, str) else np.asarray(value, dtype=np.float64)
            result = np.asarray(numbers, dtype=np.float64) * float(scale)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{name} must be real numbers, got {str(value)[:60]!r}, scale {scale!r}.") from error
        if not np.isfinite(result).all():
            raise InputError(f"{name} must be finite, got {value!r} with non-finite numbers.")
        return result

    def _number(self, description: Description, name: str) -> float:
        value = self._value(description.numbers.get(name, _DEFAULTS.get(name)), name)
        if value.size != 1:
            raise InputError(f"{name} must be one number, got {value.size}.")
        number = float(value.ravel()[0])
        if number <= 0 and name not in ("start_time_s", "demodulation_frequency_hz"):
            raise InputError(f"{name} must be above 0, got {number}.")
        return number

    def _read_samples(self, description: Description) -> NDArray[Any]:
        """Samples as (frame, transmit, element, sample[, iq]), int16 or float32."""
        raw = self._file.array(description.array)
        axes = list(description.axes)
        if raw.ndim != len(axes):
            raise InputError(f"{description.array} must have the {len(axes)} axes {axes}, got shape {raw.shape}.")
        for name in ("frame", "transmit"):
            if name not in axes:
                raw, axes = raw[..., None], [*axes, name]
        is_iq = "iq" in axes or np.iscomplexobj(raw)
        ordered = raw.transpose([axes.index(name) for name in AXES if name in axes])
        if np.iscomplexobj(ordered):
            ordered = np.stack([ordered.real, ordered.imag], axis=-1)
        if is_iq != (self._numbers["demodulation_frequency_hz"] > 0):
            kind = "IQ samples need demodulation_frequency_hz > 0" if is_iq else "RF samples need none"
            raise InputError(f"{description.array}: {kind}, got {self._numbers['demodulation_frequency_hz']}.")
        if description.scale != 1:
            ordered = ordered.astype(np.float64) * description.scale
        dtype = np.int16 if np.can_cast(ordered.dtype, np.int16) else np.float32
        with np.errstate(over="ignore"):  # what does not fit is infinite, and refused
            return np.ascontiguousarray(ordered, dtype=dtype)

    def _read_probe(self, description: Description) -> ProbeGeometry:
        n_elements = self._samples.shape[2]
        if "pitch_m" in description.probe:
            pitch = self._value(description.probe["pitch_m"], "probe.pitch_m")
            if pitch.size != 1 or not pitch.ravel()[0] > 0:
                raise InputError(f"probe.pitch_m must be one number above 0, got {pitch.ravel()[:4]}.")
            x = (np.arange(n_elements) - (n_elements - 1) / 2) * float(pitch.ravel()[0])
            positions = np.column_stack([x, np.zeros(n_elements), np.zeros(n_elements)])
        else:
            positions = self._value(description.probe["element_positions_m"], "probe.element_positions_m")
            if positions.size == n_elements:
                positions = np.column_stack([positions.ravel(), np.zeros(n_elements), np.zeros(n_elements)])
            elif positions.shape == (3, n_elements) and n_elements != 3:
                positions = positions.T
        if positions.shape != (n_elements, 3):
            raise InputError(f"probe.element_positions_m must have shape ({n_elements}, 3), got {positions.shape}.")
        gap = float(np.linalg.norm(positions[1] - positions[0])) if n_elements > 1 else 1e-3
        width = self._value(description.probe.get("element_width_m", 0.9 * gap), "probe.element_width_m")
        if width.size != 1:
            raise InputError(f"probe.element_width_m must be one number, got {width.size}.")
        return ProbeGeometry(
            str(description.probe.get("name", "unnamed")),
            positions,
            float(width.ravel()[0]),
            self._numbers["center_frequency_hz"],
            self._numbers["fractional_bandwidth"],
        )

    def _read_transmits(self, description: Description) -> tuple[TransmitEvent, ...]:
        n_transmits = self._samples.shape[1]
        if not description.transmits:
            events: tuple[TransmitEvent, ...] = (TransmitEvent(),)
        else:
            (name, value), *_ = description.transmits.items()
            numbers = self._value(value, f"transmits.{name}")
            if name == "sources_m" and (numbers.ndim == 0 or numbers.size % 3):
                raise InputError(f"transmits.sources_m must have shape (n, 3), got {numbers.shape}.")
            if name == "sources_m":
                rows = numbers.reshape(-1, 3)
                events = tuple(
                    TransmitEvent(
                        TransmitKind.FOCUSED if z > 0 else TransmitKind.DIVERGING,
                        source_m=(float(x), float(y), float(z)),
                    )
                    for x, y, z in rows
                )
            else:
                angles = np.radians(numbers) if name == "angles_deg" else numbers
                events = tuple(TransmitEvent(TransmitKind.PLANE, float(a)) for a in angles.ravel())
        if len(events) != n_transmits:
            raise InputError(f"transmits must describe the {n_transmits} transmits of the samples, got {len(events)}.")
        return events


def _is_number(text: str) -> bool:
    """Whether a text is a number, and not the name of an array."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
