"""Pulse inversion: echoes of a pulse and of its inverse summed, so that only what is not linear remains."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sonoreach.beamform.check import check_channel_data
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


def pulse_inversion(upright: ChannelData, inverted: ChannelData) -> ChannelData:
    """Sum the frame of a pulse and the frame of the same pulse upside down.

    Echoes that are linear in the pressure cancel; the quadratic part stays, doubled, around twice the centre
    frequency: Simpson, Chin, Burns, "Pulse inversion Doppler: a new method for detecting nonlinear echoes from
    microbubble contrast agents", IEEE UFFC 46 (1999). The result is a frame for any beamformer of this package.

    Args:
        upright, inverted: the two frames, of one acquisition. Their rate must suit the harmonic; IQ has to be
            demodulated near it.

    Returns:
        float32 samples of the same shape, with a probe of twice the centre frequency; its band is that of a
        squared Gaussian pulse, in hertz √2 times as wide.

    Raises:
        InputError: frames of different acquisitions, or what `check_channel_data` refuses of the harmonic frame.
    """
    if upright.samples.shape != inverted.samples.shape or upright.transmits != inverted.transmits:
        shapes = f"{upright.samples.shape} and {inverted.samples.shape}"
        raise InputError(f"upright and inverted must share shape and transmits, got shapes {shapes}.")
    if _settings(upright) != _settings(inverted) or not upright.probe.same_as(inverted.probe):
        raise InputError(
            "upright and inverted must share array, rates, start time and sound speed, "
            f"got {_settings(upright)} and {_settings(inverted)}."
        )
    probe = dataclasses.replace(
        upright.probe,
        center_frequency_hz=2 * upright.probe.center_frequency_hz,
        fractional_bandwidth=upright.probe.fractional_bandwidth / math.sqrt(2),
    )
    samples: Any = upright.samples.astype(np.float32) + inverted.samples.astype(np.float32)
    harmonic = dataclasses.replace(upright, samples=samples, probe=probe)
    check_channel_data(harmonic)
    return harmonic


def _settings(data: ChannelData) -> tuple[str, float, float, float, float]:
    """What two frames of one acquisition have in common, besides the array."""
    return (
        data.probe.name,
        data.sampling_frequency_hz,
        data.demodulation_frequency_hz,
        data.start_time_s,
        data.sound_speed_m_s,
    )
