"""The seam to a scanner: something that transmits and hands over channel data."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sonoreach.types.channel_data import ChannelData, ProbeGeometry
from sonoreach.types.pose import Pose


class FrontEnd(ABC):
    """A source of channel data: simulated, a recording played back, or a vendor's scanner."""

    @property
    @abstractmethod
    def probe(self) -> ProbeGeometry:
        """The array that is connected."""

    @property
    @abstractmethod
    def frame_rate_hz(self) -> float:
        """Frames a second that the source gives when it runs freely."""

    @abstractmethod
    def acquire(self, stamp_s: float, frame_id: int, base_probe: Pose) -> ChannelData | None:
        """Take one frame.

        Args:
            stamp_s: time of the first transmit [s].
            frame_id: number that the frame shall carry.
            base_probe: pose of the probe at the stamp (a recording returns its own instead).

        Returns:
            The frame, or None when frozen or at the end of a recording.
        """

    @property
    def frozen(self) -> bool:
        """Whether transmits are off."""
        return getattr(self, "_frozen", False)

    def freeze(self, on: bool) -> None:
        """Switch transmits off (True) or on (False)."""
        self._frozen = on

    def close(self) -> None:  # noqa: B027 - most sources hold nothing
        """Release files and devices."""
