"""Lines that a scanner has beamformed itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.grid import Grid


@dataclass(frozen=True, eq=False)
class LineRecording:
    """Frames of lines that share one acquisition.

    Attributes:
        echoes: IQ or analytic signals, complex64, shape (n_frames, n_lines, n_samples, n_pulses); the pulses of a
            frame, several of them for Doppler, were sent one after the other along the same line.
        grid: where the samples lie.
        center_frequency_hz: of the transmit [Hz].
        sound_speed_m_s: with which distances were computed from times [m/s].
        source: where it comes from.
    """

    echoes: NDArray[np.complex64]
    grid: Grid
    center_frequency_hz: float
    sound_speed_m_s: float
    source: str

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.echoes)

    @property
    def n_pulses(self) -> int:
        """Number of pulses along each line of a frame."""
        return int(self.echoes.shape[3])
