"""exam.mcap: the station's topics in one file that ROS 2 tools and Foxglove open."""

from __future__ import annotations

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

FILE = "exam.mcap"
CHANNEL_DATA = "/front_end/channel_data"
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
    CHANNEL_DATA: (ChannelData, qos.FRAMES),
}


class McapFile:
    """Writes serialised messages of `TOPICS`."""

    def __init__(self, folder: Path) -> None:
        """Open exam.mcap in a folder."""
        self._file: IO[bytes] | None = (folder / FILE).open("wb")
        # Zstandard's files are a sixth smaller, but it takes three times as long while the exam runs.
        self._writer = Writer(self._file, compression=CompressionType.LZ4)
        self._writer.start(profile="ros2", library="sonoreach")
        self._channels: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def add(self, topic: str, raw: bytes, log_time_ns: int) -> None:
        """Append a message in its serialised form (CDR); after `close` it is dropped."""
        if self._file is None:
            return
        if topic not in self._channels:
            self._register(topic)
        number = self._counts[topic] = self._counts[topic] + 1
        self._writer.add_message(
            self._channels[topic], log_time=log_time_ns, data=raw, publish_time=log_time_ns, sequence=number
        )

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._writer.finish()
            self._file.close()
            self._file = None

    def _register(self, topic: str) -> None:
        name, text = schema_text(TOPICS[topic][0])
        schema = self._writer.register_schema(name=name, encoding="ros2msg", data=text.encode())
        self._channels[topic] = self._writer.register_channel(topic=topic, message_encoding="cdr", schema_id=schema)
        self._counts[topic] = 0
