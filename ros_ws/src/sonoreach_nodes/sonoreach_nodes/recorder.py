"""Records the topics as they are, without decoding them; channel data also into recording.h5 when asked."""

from __future__ import annotations

import time
from pathlib import Path

from rclpy.serialization import deserialize_message
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg

from sonoreach.beamform.recording.hdf5_layout import RecordingWriter
from sonoreach_nodes.convert.imaging import channel_data_from_msg
from sonoreach_nodes.mcap_file import CHANNEL_DATA, TOPICS, McapFile
from sonoreach_nodes.station_node import StationNode

RECORDING = "recording.h5"


class Recorder:
    """Writes the topics of one exam into a folder; the log time of a message is when it arrived here."""

    def __init__(self, node: StationNode, folder: Path, *, channel_data: bool, frame_rate_hz: float) -> None:
        """Open the files and subscribe.

        Args:
            node: subscribes.
            folder: where the files go.
            channel_data: whether channel data are recorded, about 20 MB a second.
            frame_rate_hz: rate that the recording states [Hz].
        """
        self._node = node
        self._mcap = McapFile(folder)
        self._frames: RecordingWriter | None = None
        self._empty = True
        if channel_data:
            self._frames = RecordingWriter(folder / RECORDING, frame_rate_hz=frame_rate_hz)
            node.create_subscription(ChannelDataMsg, CHANNEL_DATA, self._take_frame, TOPICS[CHANNEL_DATA][1], raw=True)
        for topic, (kind, profile) in TOPICS.items():
            if topic != CHANNEL_DATA:
                node.create_subscription(
                    kind, topic, lambda raw, topic=topic: self._mcap.add(topic, raw, time.time_ns()), profile, raw=True
                )

    def close(self) -> None:
        """Finish the files; later messages are dropped."""
        self._mcap.close()
        frames, self._frames = self._frames, None
        if frames is not None and not self._empty:
            frames.close()

    def _take_frame(self, raw: bytes) -> None:
        self._node.guard(lambda: self._append(raw))

    def _append(self, raw: bytes) -> None:
        if self._frames is not None:
            self._frames.append(channel_data_from_msg(deserialize_message(raw, ChannelDataMsg)))
            self._empty = False
