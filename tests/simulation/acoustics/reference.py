"""Float64 reference of the channel-data simulator: the equation of its docstring, element by element."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.probes import element_normals
from sonoreach.simulation.acoustics.simulator import Recording
from sonoreach.simulation.acoustics.transmit import REFERENCE_M
from sonoreach.types.channel_data import ProbeGeometry


def gaussian_pulse(
    times_s: NDArray[np.float64], center_frequency_hz: float, bandwidth: float
) -> NDArray[np.complex128]:
    """Analytic Gaussian pulse whose spectrum falls to half at fc (1 ± bandwidth / 2)."""
    sigma_hz = 0.5 * bandwidth * center_frequency_hz / np.sqrt(2 * np.log(2))
    return np.exp(-0.5 * (2 * np.pi * sigma_hz * times_s) ** 2 + 2j * np.pi * center_frequency_hz * times_s)


def reference_echoes(
    probe: ProbeGeometry,
    recording: Recording,
    positions_m: NDArray[np.float64],
    amplitudes: NDArray[np.float64],
    path_m: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.complex128]:
    """Demodulated echoes of one transmit, shape (n_elements, n_samples), for transmit paths and weights (n,)."""
    speed, fc = recording.sound_speed_m_s, probe.center_frequency_hz
    times_s = recording.start_time_s + np.arange(recording.n_samples) / recording.sampling_frequency_hz
    rotation = np.exp(-2j * np.pi * recording.demodulation_frequency_hz * times_s)
    normals = element_normals(probe)
    result = np.zeros((probe.n_elements, recording.n_samples), dtype=np.complex128)
    for e, element in enumerate(probe.element_positions_m):
        offset = positions_m - element
        r = np.linalg.norm(offset, axis=1)
        cosine = np.maximum(offset @ normals[e] / r, 0)
        sine = (offset[:, 0] * normals[e, 2] - offset[:, 2] * normals[e, 0]) / r
        gain = amplitudes * weight * cosine * np.sinc(probe.element_width_m * fc / speed * sine)
        gain = gain * np.sqrt(REFERENCE_M / r)
        delay = (path_m + r) / speed
        pulses = gaussian_pulse(times_s[:, None] - delay, fc, probe.fractional_bandwidth)
        result[e] = (pulses @ gain) * rotation
    return result
