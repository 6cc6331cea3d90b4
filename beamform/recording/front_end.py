"""A recording played back as if it were a scanner."""

from __future__ import annotations

import dataclasses

from sonoreach.beamform.front_end import FrontEnd
from sonoreach.beamform.recording.recording import Recording
from sonoreach.types.channel_data import ChannelData, ProbeGeometry
from sonoreach.types.pose import Pose


class RecordedFrontEnd(FrontEnd):
    """Gives the frames of a recording in order; None at the end, or from the start again with `repeat`."""

    def __init__(self, recording: Recording, *, repeat: bool = False) -> None:
        """Play `recording`, endlessly with `repeat`."""
        self._recording = recording
        self._repeat = repeat
        self._next = 0

    @property
    def probe(self) -> ProbeGeometry:
        """The array of the recording."""
        return self._recording.probe

    @property
    def frame_rate_hz(self) -> float:
        """Rate of the recording [Hz]."""
        return self._recording.frame_rate_hz

    def acquire(self, stamp_s: float, frame_id: int, base_probe: Pose) -> ChannelData | None:
        """The next frame, with the pose at which it was recorded and the caller's stamp and number."""
        if self.frozen or (self._next >= self._recording.n_frames and not self._repeat):
            return None
        data = self._recording.frame(self._next % self._recording.n_frames)
        self._next += 1
        return dataclasses.replace(data, stamp_s=stamp_s, frame_id=frame_id)

    def rewind(self) -> None:
        """Go on with the first frame."""
        self._next = 0

    def close(self) -> None:
        """Release the recording's file."""
        self._recording.close()
