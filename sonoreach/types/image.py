"""A beamformed B-mode image with its geometry."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.pose import Pose


@dataclass(frozen=True, eq=False)
class BModeImage:
    """Log-compressed image in the x-z plane of the probe frame.

    Attributes:
        pixels: uint8, shape (n_depth, n_lateral); row 0 is nearest to the face, column 0 at lowest x.
        x0_m, dx_m: lateral position of column 0's centre and spacing along probe x [m].
        z0_m, dz_m: depth of row 0's centre and spacing along probe z [m].
        dynamic_range_db: range shown from pixel 0 to 255 [dB].
        stamp_s: time of the transmit [s].
        frame_id: number of the channel-data frame it came from.
        base_probe: pose of the probe at the stamp.
        center_frequency_hz: transmit centre frequency [Hz].
        sound_speed_m_s: speed used for beamforming [m/s].
        source: carried over from the channel data.
    """

    pixels: NDArray[np.uint8]
    x0_m: float
    dx_m: float
    z0_m: float
    dz_m: float
    dynamic_range_db: float = 60.0
    stamp_s: float = 0.0
    frame_id: int = 0
    base_probe: Pose = field(default_factory=Pose)
    center_frequency_hz: float = 0.0
    sound_speed_m_s: float = 1540.0
    source: str = ""
