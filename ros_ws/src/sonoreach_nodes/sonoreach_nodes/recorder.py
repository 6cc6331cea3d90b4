"""Records the topics as they are, without decoding them; channel data also into recording.h5 when asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg

from sonoreach.beamform.recording.hdf5_layout import RecordingWriter
from sonoreach.errors import InputError
from sonoreach_nodes.convert.imaging import channel_data_from_msg
from sonoreach_nodes.mcap_file import CHANNEL_DATA, TOPICS, McapFile
from sonoreach_nodes.station_node import StationNode, Value

RECORDING = "recording.h5"
REGISTRATION = "/patient/registration"


class Recorder:
    """Writes the topics of one exam after another; the log time of a message is when it arrived here.

    Who else in the node wants to hear a topic asks here: a second subscription would take each message twice.
    """

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
        self._latest: dict[str, bytes] = {}
        self._listeners: dict[str, Callable[[bytes], object]] = {}
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
        if REGISTRATION in self._latest:  # it came before the exam, and belongs to it
            self._mcap.add(REGISTRATION, self._latest[REGISTRATION], time.time_ns())

    def listen(self, topic: str, read: Callable[[Any], Value], take: Callable[[Value], object]) -> None:
        """Read each message of a topic, recorded or not, into a value and hand it over; see `StationNode.listen`."""
        kind = TOPICS[topic][0]
        self._listeners[topic] = lambda raw: self._node.guard(lambda: take(read(deserialize_message(raw, kind))))

    def latest(self, topic: str, read: Callable[[Any], Value]) -> Value | None:
        """The newest value of a topic, decoded now; None before the first message, or when it makes no sense."""
        raw = self._latest.get(topic)
        found: list[Value] = []
        if raw is not None:
            self._node.guard(lambda: found.append(read(deserialize_message(raw, TOPICS[topic][0]))))
        return found[0] if found else None

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
        self._latest[topic] = raw
        if self._mcap is not None:
            self._mcap.add(topic, raw, time.time_ns())
        if topic in self._listeners:
            self._listeners[topic](raw)

    def _take_frame(self, raw: bytes) -> None:
        if self._frames is not None:
            self._node.guard(lambda: self._append(raw))

    def _append(self, raw: bytes) -> None:
        if self._frames is not None:
            self._frames.append(channel_data_from_msg(deserialize_message(raw, ChannelDataMsg)))
