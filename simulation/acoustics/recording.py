"""What a scanner records after each transmit."""

from __future__ import annotations

from dataclasses import dataclass

from sonoreach.beamform.check_numbers import check_whole
from sonoreach.errors import InputError


@dataclass(frozen=True)
class Recording:
    """What is recorded after each transmit.

    Attributes:
        sampling_frequency_hz: rate of the samples [Hz].
        demodulation_frequency_hz: f_demod of baseband IQ [Hz]; 0 for RF.
        n_samples: samples a channel.
        start_time_s: time of sample 0 after the transmit's time zero [s].
        sound_speed_m_s: speed of sound [m/s].
    """

    sampling_frequency_hz: float
    demodulation_frequency_hz: float
    n_samples: int
    start_time_s: float = 0.0
    sound_speed_m_s: float = 1540.0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: one out of range.
        """
        limits = {
            "sampling_frequency_hz": (1e5, 1e9),
            "demodulation_frequency_hz": (0.0, 2e8),
            "start_time_s": (-1e-2, 1e-2),
            "sound_speed_m_s": (300.0, 6000.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name}: got {value!r}, allowed are {low:g} to {high:g}")
        check_whole("n_samples", self.n_samples, 1, 1 << 15)
