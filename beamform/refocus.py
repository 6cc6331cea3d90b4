"""REFoCUS: the full synthetic-aperture data set recovered from steered or focused transmits."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.fft import next_fast_len

from sonoreach.beamform.check import check_channel_data
from sonoreach.beamform.transmit import transmit_delay_s
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

MOST_GIB = 8


def refocus(data: ChannelData, *, regularisation: float = 0.1) -> ChannelData:
    """Recover what each single element would have caused, so that transmit focus is right at every point.

    At each frequency the records are R = H S with H_te = exp(-i w tau_te), tau_te the time at which element e fires
    in transmit t; S = H* (H H* + k^2 I)^-1 R: Bottenus, "Recovery of the complete data set from focused transmit
    beams", IEEE UFFC 65 (2018); Ali et al., "Extending retrospective encoding for robust recovery of the multistatic
    data set", IEEE UFFC 67 (2020). All elements are taken to fire, with equal strength.

    Args:
        data: one frame of plane, diverging or focused transmits.
        regularisation: k as a fraction of the largest singular value of H, above 0.

    Returns:
        Data of one SINGLE_ELEMENT transmit an element, float32.

    Raises:
        InputError: single-element transmits, regularisation out of range, or data that contradict themselves.
    """
    check_channel_data(data)
    if not 0 < regularisation <= 10:
        raise InputError(f"regularisation must lie in (0, 10], got {regularisation}.")
    if any(t.kind is TransmitKind.SINGLE_ELEMENT for t in data.transmits):
        raise InputError("transmits must be plane, diverging or focused, got single elements: nothing to recover.")
    positions, speed = data.probe.element_positions_m, data.sound_speed_m_s
    fires = np.stack([transmit_delay_s(positions, t, data.probe, speed) for t in data.transmits])
    # A single-element transmit has its time zero when the wave passes the origin, |x_e| / c after it fires.
    shift = fires + np.linalg.norm(positions, axis=1) / speed
    is_iq = data.demodulation_frequency_hz > 0
    records = data.samples[..., 0] + 1j * data.samples[..., 1] if is_iq else data.samples.astype(np.float64)
    gibibytes = 2 * 16 * len(positions) ** 2 * records.shape[2] / 2**30
    if gibibytes > MOST_GIB:
        raise InputError(
            f"the full data set of {len(positions)} elements and {records.shape[2]} samples takes {gibibytes:.0f} GiB "
            f"(allowed: {MOST_GIB}); give fewer elements or samples."
        )
    n_samples, fs = records.shape[2], data.sampling_frequency_hz
    n = next_fast_len(n_samples + 2 * int(np.ceil(np.abs(shift).max() * fs)))
    spectrum = np.fft.fft(records, n, axis=2)
    frequency = np.fft.fftfreq(n, 1 / fs) + data.demodulation_frequency_hz
    recovered = np.empty((len(positions), len(positions), n), np.complex128)
    identity = np.eye(len(data.transmits))
    for k in range(n):
        encode = np.exp(-2j * np.pi * frequency[k] * shift)
        gram = encode @ encode.conj().T
        top = np.linalg.eigvalsh(gram)[-1]
        decode = encode.conj().T @ np.linalg.inv(gram + regularisation**2 * top * identity)
        recovered[:, :, k] = decode @ spectrum[:, :, k]
    signal = np.fft.ifft(recovered, axis=2)[..., :n_samples]
    samples = np.stack([signal.real, signal.imag], axis=-1) if is_iq else signal.real
    events = tuple(TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=e) for e in range(len(positions)))
    return dataclasses.replace(data, samples=np.ascontiguousarray(samples, dtype=np.float32), transmits=events)
