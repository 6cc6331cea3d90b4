"""Records the topics as they are, without decoding them; channel data also into recording.h5 when asked."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from pathlib import Path

from rclpy.serialization import deserialize_message
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg

from sonoreach.beamform.recording.hdf5_layout import RecordingWriter
from sonoreach.errors import InputError
from sonoreach_nodes.convert.imaging import channel_data_from_msg
from sonoreach_nodes.mcap_file import CHANNEL_DATA, TOPICS, McapFile
from sonoreach_nodes.station_node import StationNode

RECORDING = "recording.h5"
REGISTRATION = "/patient/registration"


class Recorder:
    """Writes the topics of one exam after another; the log time of a message is when it arrived here."""

    def __init__(self, node: StationNode, *, channel_data: bool, frame_rate_hz: float) -> None:
        """Subscribe; nothing is written before `start`.

        Args:
            node: subscribes.
            channel_data: whether channel data are recorded, about 20 MB a second.
            frame_rate_hz: rate that the recording states [Hz].
        """
        self._node, self._channel_data, self._frame_rate_hz = node, channel_data, frame_rate_hz
        self._mcap: McapFile | None = None
        self._frames: RecordingWriter | None = None
        self._registration: bytes | None = None
        if channel_data:
            node.create_subscription(ChannelDataMsg, CHANNEL_DATA, self._take_frame, TOPICS[CHANNEL_DATA][1], raw=True)
        for topic, (kind, profile) in TOPICS.items():
            if topic != CHANNEL_DATA:
                node.create_subscription(kind, topic, partial(self._take, topic), profile, raw=True)

    def start(self, folder: Path) -> None:
        """Open the files of an exam in a folder."""
        self._mcap = McapFile(folder)
        if self._channel_data:
            self._frames = RecordingWriter(folder / RECORDING, frame_rate_hz=self._frame_rate_hz)
        if self._registration is not None:  # it came before the exam, and belongs to it
            self._mcap.add(REGISTRATION, self._registration, time.time_ns())

    def close(self) -> None:
        """Finish the files; later messages are dropped."""
        mcap, self._mcap = self._mcap, None
        if mcap is not None:
            mcap.close()
        frames, self._frames = self._frames, None
        if frames is not None:
            with contextlib.suppress(InputError):  # not one frame came: no file
                frames.close()

    def _take(self, topic: str, raw: bytes) -> None:
        if topic == REGISTRATION:
            self._registration = raw
        if self._mcap is not None:
            self._mcap.add(topic, raw, time.time_ns())

    def _take_frame(self, raw: bytes) -> None:
        if self._frames is not None:
            self._node.guard(lambda: self._append(raw))

    def _append(self, raw: bytes) -> None:
        if self._frames is not None:
            self._frames.append(channel_data_from_msg(deserialize_message(raw, ChannelDataMsg)))
