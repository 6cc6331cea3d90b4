"""A recording: frames of channel data that share one acquisition."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sonoreach.types.channel_data import ChannelData, ProbeGeometry


class Recording(ABC):
    """Frames on disk or in memory, read one at a time.

    Attributes:
        ensemble: whether the frames are one Doppler ensemble (same transmit, repeated at the frame rate).
    """

    ensemble: bool = False

    @property
    @abstractmethod
    def n_frames(self) -> int:
        """Number of frames."""

    @property
    @abstractmethod
    def frame_rate_hz(self) -> float:
        """Frames a second at which it was recorded [Hz]."""

    @property
    @abstractmethod
    def probe(self) -> ProbeGeometry:
        """The array it was recorded with."""

    @abstractmethod
    def frame(self, index: int) -> ChannelData:
        """Frame `index`, 0 to n_frames - 1."""

    def close(self) -> None:  # noqa: B027 - a recording in memory holds nothing
        """Release the file."""
