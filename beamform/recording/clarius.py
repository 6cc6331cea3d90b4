"""Raw data of Clarius scanners: lines of IQ or RF (.raw) and what they mean (.yml).

The file holds five int32 (id, frames, lines, samples a line, bytes a sample), then for each frame its time in
nanoseconds (8 bytes) and its samples, line by line. Where several pulses go along each line, for colour Doppler, the
.yml lists that line as often. Their samples lie side by side in the carotid that Clarius has published
(github.com/clariusdev/raw); here whichever order makes successive pulses more alike is taken.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import hilbert

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.recording.clarius_description import ClariusDescription
from sonoreach.beamform.recording.lines import LineRecording
from sonoreach.errors import InputError

_HEADER = ("id", "frames", "lines", "samples", "bytes a sample")


def is_clarius(path: Path) -> bool:
    """Whether the file is named like raw data of Clarius."""
    return path.suffix.lower() == ".raw" and path.with_suffix(".yml").is_file()


def open_clarius(path: Path, *, pitch_m: float, sound_speed_m_s: float = 1540.0) -> LineRecording:
    """Read raw data of a linear probe.

    Args:
        path: the .raw file, with its .yml beside it.
        pitch_m: distance between elements, which the files do not tell [m].
        sound_speed_m_s: to make distances of times [m/s].

    Returns:
        The lines; x counts from the middle one. Angles are positive towards higher elements.

    Raises:
        InputError: files that cannot be read, contradict each other, or hold something else.
    """
    if not 1e-5 <= pitch_m <= 1e-2:
        raise InputError(f"pitch_m must lie in 1e-5 to 1e-2 m, got {pitch_m}.")
    about = ClariusDescription(path.with_suffix(".yml"))
    frames = _read(path, about)
    lines = [(key, len(list(same))) for key, same in groupby(about.lines)]
    pulses = lines[0][1]
    if any(n != pulses for _, n in lines):
        raise InputError(f"{about.path}: every line must be listed equally often, got {sorted({n for _, n in lines})}.")
    numbers = np.ascontiguousarray(frames, dtype=np.float32)
    values: NDArray[Any] = numbers if about.kind == "RF" else numbers.view(np.complex64)
    values = _sorted(values.reshape(len(frames), len(lines), about.samples, pulses))
    echoes: NDArray[Any] = hilbert(values, axis=2) if about.kind == "RF" else values
    return LineRecording(
        np.ascontiguousarray(echoes, dtype=np.complex64),
        _grid([key for key, _ in lines], about, pitch_m, sound_speed_m_s),
        about.transmit_hz,
        sound_speed_m_s,
        f"clarius {path.name}",
    )


def _sorted(echoes: NDArray[Any]) -> NDArray[Any]:
    """RF or IQ as shape (n_frames, n_lines, n_samples, n_pulses), from either order in the file."""
    n_frames, n_lines, n_samples, n_pulses = echoes.shape
    if n_pulses == 1:
        return echoes
    other = echoes.reshape(n_frames, n_lines, n_pulses, n_samples).swapaxes(2, 3)
    return echoes if _likeness(echoes) >= _likeness(other) else other


def _likeness(echoes: NDArray[Any]) -> float:
    """Correlation of successive pulses."""
    return float(abs(np.vdot(echoes[..., :-1], echoes[..., 1:])) / max(float(np.linalg.norm(echoes)) ** 2, 1e-30))


def _grid(lines: list[tuple[float, float]], about: ClariusDescription, pitch_m: float, speed_m_s: float) -> Grid:
    """Where the samples lie."""
    element, angle = np.array(lines, np.float64).T
    x = (element - (element.min() + element.max()) / 2) * pitch_m
    zero = np.zeros_like(x)
    samples: NDArray[np.float64] = about.delay + np.arange(about.samples, dtype=np.float64)
    distance = samples * (speed_m_s / (2 * about.sampling_hz))
    return Grid(
        np.stack([x, zero, zero], axis=-1),
        np.stack([np.sin(angle), zero, np.cos(angle)], axis=-1),
        distance,
        np.zeros(0),
        np.zeros(0),
    )


def _read(path: Path, about: ClariusDescription) -> NDArray[np.int16]:
    """Samples of all frames, int16, shape (n_frames, the rest)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) < 4 * len(_HEADER):
        raise InputError(f"{path} is too short for raw data of Clarius: {len(content)} bytes.")
    header = dict(zip(_HEADER, np.frombuffer(content, "<i4", len(_HEADER)).tolist(), strict=True))
    width = 4 if about.kind == "IQ" else 2
    wanted = {"frames": about.frames, "lines": len(about.lines), "samples": about.samples, "bytes a sample": width}
    for name, value in wanted.items():
        if header[name] != value:
            raise InputError(f"{path}: its header says {header[name]} {name}, {about.path.name} says {value}.")
    size = 8 + len(about.lines) * about.samples * width
    if len(content) != 4 * len(_HEADER) + about.frames * size:
        wanted_size = 4 * len(_HEADER) + about.frames * size
        raise InputError(f"{path} must hold {wanted_size} bytes, got {len(content)}: is it complete?")
    frames = np.frombuffer(content, np.uint8, offset=4 * len(_HEADER)).reshape(about.frames, size)
    return np.ascontiguousarray(frames[:, 8:]).view("<i2")
