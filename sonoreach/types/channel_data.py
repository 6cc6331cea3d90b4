"""Channel data: what every element of the probe recorded after each transmit."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.pose import Pose


class TransmitKind(IntEnum):
    """Shape of the transmitted wavefront."""

    PLANE = 0
    DIVERGING = 1
    FOCUSED = 2
    SINGLE_ELEMENT = 3


@dataclass(frozen=True)
class TransmitEvent:
    """One transmit. Time zero is when the wavefront passes the origin of the probe frame.

    Attributes:
        kind: wavefront shape.
        angle_rad: steering of a plane wave in the x-z plane, positive towards +x [rad].
        source_m: virtual source (behind the face: z < 0) or focus (z > 0), x y z [m].
        element: index of the sounding element for SINGLE_ELEMENT, else -1.
    """

    kind: TransmitKind = TransmitKind.PLANE
    angle_rad: float = 0.0
    source_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    element: int = -1

    def __post_init__(self) -> None:
        object.__setattr__(self, "source_m", tuple(self.source_m))  # arrays could not be compared


@dataclass(frozen=True, eq=False)
class ProbeGeometry:
    """The array, in the probe frame (x along the elements, y elevation, z into the body).

    Attributes:
        name: the probe's name.
        element_positions_m: shape (n_elements, 3) [m].
        element_width_m: active width along x [m].
        center_frequency_hz: centre frequency of the pulse [Hz].
        fractional_bandwidth: -6 dB two-way bandwidth divided by the centre frequency.
        elevation_focus_m: depth of the elevation lens focus [m].
        elevation_height_m: height of an element along y [m].
    """

    name: str
    element_positions_m: NDArray[np.float64]
    element_width_m: float
    center_frequency_hz: float
    fractional_bandwidth: float = 0.6
    elevation_focus_m: float = 0.02
    elevation_height_m: float = 0.005

    def same_as(self, other: ProbeGeometry) -> bool:
        """Whether all numbers are those of another array; the names may differ."""
        numbers = [f.name for f in fields(self) if f.name not in ("name", "element_positions_m")]
        return self is other or (
            np.array_equal(self.element_positions_m, other.element_positions_m)
            and all(getattr(self, name) == getattr(other, name) for name in numbers)
        )

    @property
    def n_elements(self) -> int:
        """Number of elements."""
        return int(self.element_positions_m.shape[0])

    @property
    def aperture_m(self) -> float:
        """Width from the first to the last element centre plus one element [m]."""
        x = self.element_positions_m[:, 0]
        return float(x.max() - x.min()) + self.element_width_m


@dataclass(frozen=True, eq=False)
class ChannelData:
    """One frame of channel data.

    Attributes:
        samples: int16. IQ: shape (n_transmits, n_elements, n_samples, 2), the last axis I and Q of the
            signal demodulated by exp(-2 pi i f_demod t). RF: shape (n_transmits, n_elements, n_samples).
        sampling_frequency_hz: rate of the samples as stored [Hz].
        demodulation_frequency_hz: f_demod [Hz]; 0 for RF.
        start_time_s: time of sample 0 after the transmit's time zero [s].
        sound_speed_m_s: speed assumed at acquisition [m/s].
        probe: the array.
        transmits: one event for each entry of the first axis.
        stamp_s: time of the first transmit [s].
        frame_id: running number of the frame.
        base_probe: pose of the probe in the arm's base at the stamp.
        source: where the data come from ("simulated patient 7", a file name with its hash, ...).
    """

    samples: NDArray[np.int16]
    sampling_frequency_hz: float
    demodulation_frequency_hz: float
    start_time_s: float
    sound_speed_m_s: float
    probe: ProbeGeometry
    transmits: tuple[TransmitEvent, ...]
    stamp_s: float = 0.0
    frame_id: int = 0
    base_probe: Pose = field(default_factory=Pose)
    source: str = ""
