"""Records the turns of a lock-step exam as the topics that the graph would have had."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rclpy.serialization import serialize_message

from sonoreach.beamform.recording.hdf5_layout import RecordingWriter
from sonoreach.station.lockstep import FRAME_RATE_HZ, Turn
from sonoreach.types.exam import PlaneGoal
from sonoreach.types.measurement import Measurement
from sonoreach.types.registration import PatientRegistration
from sonoreach_nodes.convert import arm, exam, imaging, plane
from sonoreach_nodes.mcap_file import McapFile
from sonoreach_nodes.recorder import RECORDING


class TurnRecorder:
    """Writes exam.mcap, log times being simulated time, and recording.h5 when asked."""

    def __init__(self, folder: Path, protocol: str, registration: PatientRegistration, record: bool) -> None:
        """Open the files in a folder."""
        self._mcap = McapFile(folder)
        self._protocol = protocol
        self._goal: PlaneGoal | None = None
        self._now_s = 0.0
        self._frames = RecordingWriter(folder / RECORDING, frame_rate_hz=FRAME_RATE_HZ) if record else None
        self._add("/patient/registration", imaging.registration_to_msg(registration, 0.0))

    def __enter__(self) -> TurnRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._mcap.close()
        if self._frames is not None:
            self._frames.close()

    def take(self, turn: Turn) -> None:
        """Record one turn."""
        self._now_s = turn.safety.stamp_s
        if self._frames is not None:
            self._frames.append(turn.data)
        for state in turn.states:
            self._add("/arm/probe_state", arm.state_to_msg(state))
            self._add("/arm/wrench", arm.wrench_to_msg(state))
        self._add("/beamformer/image", imaging.image_to_msg(turn.image))
        if turn.estimate is not None:
            self._add("/perception/plane", plane.estimate_to_msg(turn.estimate))
        goal = turn.step.goal
        if self._goal is None or (goal.plane, goal.phase) != (self._goal.plane, self._goal.phase):
            self._add("/exam/goal", exam.goal_to_msg(goal, self._protocol))
            self._goal = goal
        for event in turn.step.events:
            self._add("/exam/event", exam.event_to_msg(event))
        self._add("/exam/progress", exam.progress_to_msg(turn.step.progress))
        self._add("/steering/status", exam.steering_status_to_msg(turn.status))
        if turn.target is not None:
            self._add("/steering/probe_target", arm.target_to_msg(turn.target))
        self._add("/safety/state", exam.safety_to_msg(turn.safety))

    def take_measurements(self, measurements: Iterable[Measurement]) -> None:
        """Record the measurements, which lock-step takes beside its turns."""
        for measurement in measurements:
            self._add("/measurement/result", plane.measurement_to_msg(measurement))

    def _add(self, topic: str, message: Any) -> None:
        self._mcap.add(topic, serialize_message(message), round(self._now_s * 1e9))
