"""Records topics as they are, without decoding them, into exam.mcap."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO, Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from mcap.writer import CompressionType, Writer
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from sonoreach_msgs.msg import (
    BModeImage,
    ChannelData,
    ExamEvent,
    ExamProgress,
    Measurement,
    PatientRegistration,
    PlaneEstimate,
    PlaneGoal,
    ProbeState,
    ProbeTarget,
    SafetyState,
    SteeringStatus,
)

from sonoreach_nodes import qos
from sonoreach_nodes.mcap_schema import schema_text
from sonoreach_nodes.station_node import StationNode

FILE = "exam.mcap"
TOPICS: dict[str, tuple[Any, QoSProfile]] = {
    "/beamformer/image": (BModeImage, qos.EVENTS),
    "/perception/plane": (PlaneEstimate, qos.EVENTS),
    "/steering/probe_target": (ProbeTarget, qos.EVENTS),
    "/steering/status": (SteeringStatus, qos.EVENTS),
    "/arm/probe_state": (ProbeState, qos.EVENTS),
    "/arm/joint_states": (JointState, qos.EVENTS),
    "/arm/wrench": (WrenchStamped, qos.EVENTS),
    "/safety/state": (SafetyState, qos.EVENTS),
    "/exam/goal": (PlaneGoal, qos.LATCHED),
    "/exam/progress": (ExamProgress, qos.EVENTS),
    "/exam/event": (ExamEvent, qos.EVENTS),
    "/measurement/result": (Measurement, qos.EVENTS),
    "/patient/registration": (PatientRegistration, qos.LATCHED),
    "/diagnostics": (DiagnosticArray, qos.EVENTS),
}
CHANNEL_DATA = {"/front_end/channel_data": (ChannelData, qos.FRAMES)}


class Recorder:
    """Writes the topics of one exam; the log time of a message is when it arrived here."""

    def __init__(self, node: StationNode, folder: Path, channel_data: bool = False) -> None:
        """Open the file and subscribe; `channel_data`: record these too, about 20 MB a second."""
        self._file: IO[bytes] | None = (folder / FILE).open("wb")
        self._writer = Writer(self._file, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="sonoreach")
        self._counts: dict[int, int] = {}
        for topic, (kind, profile) in (TOPICS | (CHANNEL_DATA if channel_data else {})).items():
            name, text = schema_text(kind)
            schema = self._writer.register_schema(name=name, encoding="ros2msg", data=text.encode())
            channel = self._writer.register_channel(topic=topic, message_encoding="cdr", schema_id=schema)
            self._counts[channel] = 0
            node.create_subscription(
                kind, topic, lambda raw, channel=channel: self._write(channel, raw), profile, raw=True
            )

    def close(self) -> None:
        """Finish the file; later messages are dropped."""
        if self._file is not None:
            self._writer.finish()
            self._file.close()
            self._file = None

    def _write(self, channel: int, raw: bytes) -> None:
        if self._file is None:
            return
        now_ns = time.time_ns()
        self._writer.add_message(
            channel, log_time=now_ns, data=raw, publish_time=now_ns, sequence=self._counts[channel]
        )
        self._counts[channel] += 1
