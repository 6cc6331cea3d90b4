"""Float64 reference of the channel-data simulator: the equation of its docstring, element by element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sonoreach.beamform.probes import element_normals
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.transmit import REFERENCE_M
from sonoreach.types.channel_data import ProbeGeometry


def _gaussian_pulse(times_s: NDArray[np.float64], fc_hz: float, bandwidth: float) -> NDArray[np.complex128]:
    """Analytic Gaussian pulse whose spectrum falls to half at fc (1 ± bandwidth / 2)."""
    sigma_hz = 0.5 * bandwidth * fc_hz / np.sqrt(2 * np.log(2))
    return np.exp(-0.5 * (2 * np.pi * sigma_hz * times_s) ** 2 + 2j * np.pi * fc_hz * times_s)


def _echoes(
    probe: ProbeGeometry,
    recording: Recording,
    positions_m: NDArray[np.float64],
    amplitudes: NDArray[np.float64],
    path_m: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.complex128]:
    speed, fc = recording.sound_speed_m_s, probe.center_frequency_hz
    times_s = recording.start_time_s + np.arange(recording.n_samples) / recording.sampling_frequency_hz
    rotation = np.exp(-2j * np.pi * recording.demodulation_frequency_hz * times_s)
    normals = element_normals(probe)
    lens = np.isfinite(probe.elevation_focus_m)
    height = 0.0 if lens else probe.elevation_height_m
    result = np.zeros((probe.n_elements, recording.n_samples), dtype=np.complex128)
    for e, element in enumerate(probe.element_positions_m):
        offset = positions_m - element
        r = np.linalg.norm(offset, axis=1)
        cosine = np.maximum((offset @ normals[e]) / r, 0)
        sine = (offset[:, 0] * normals[e, 2] - offset[:, 2] * normals[e, 0]) / r
        gain = amplitudes * weight * cosine * np.sqrt(REFERENCE_M / r)
        gain = (
            gain * np.sinc(probe.element_width_m * fc / speed * sine) * np.sinc(height * fc / speed * offset[:, 1] / r)
        )
        pulses = _gaussian_pulse(times_s[:, None] - (path_m + r) / speed, fc, probe.fractional_bandwidth)
        result[e] = (pulses @ gain) * rotation
    return result


@pytest.fixture
def reference_echoes() -> Callable[..., NDArray[np.complex128]]:
    """Demodulated echoes of one transmit, shape (n_elements, n_samples), for transmit paths and weights (n,)."""
    return _echoes
