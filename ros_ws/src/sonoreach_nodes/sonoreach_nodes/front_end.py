"""The front end: transmits at the frame rate and publishes channel data."""

from __future__ import annotations

import time

from sonoreach_msgs.msg import ChannelData as ChannelDataMsg
from sonoreach_msgs.msg import PlaneGoal as PlaneGoalMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.srv import Freeze

from sonoreach.beamform.recording.front_end import RecordedFrontEnd
from sonoreach.errors import InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import ExamPhase, PlaneGoal
from sonoreach_nodes import qos
from sonoreach_nodes.adapters import make_front_end
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import goal_from_msg
from sonoreach_nodes.convert.imaging import channel_data_to_msg
from sonoreach_nodes.station_node import Latest, StationNode

STATE_AGE_S = 0.25
LOOKS = 8  # times in a frame's period that the front end looks whether a frame is due
PAUSE_S = 1e-3  # between two frames, for what has been waiting meanwhile


class FrontEndNode(StationNode):
    """Publishes `/front_end/channel_data`; serves `/front_end/freeze`.

    A frame carries the time of its transmit and the pose of the probe then, which is that of the newest probe state,
    moved on with its velocity: image and pose belong together.
    """

    niceness = -5

    def __init__(self) -> None:
        """Connect the front end and start its timer."""
        super().__init__("front_end")
        rate_hz = self.number("frame_rate_hz", 17.0, "frames a second [Hz]", 0.1, 100.0)
        self._front_end = make_front_end(
            adapter=self.text("front_end", "simulated", "simulated, recording, or package.module:Class"),
            address=self.text("front_end_address", "", "a recording's file, or where the scanner is reached"),
            patient=self.integer("patient", 7, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1),
            protocol=Protocol.load(self.text("protocol", "thyroid", "protocol: a name or a YAML file")),
            frame_rate_hz=rate_hz,
        )
        self.at_end(self._front_end.close)
        self._frame_id = 0
        self._transmits = 0
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._publisher = self.create_publisher(ChannelDataMsg, "/front_end/channel_data", qos.FRAMES)
        self.create_service(Freeze, "/front_end/freeze", self._freeze)
        self.listen("/exam/goal", PlaneGoalMsg, goal_from_msg, self._follow, qos.LATCHED)
        self._period_s, self._due_s = 1.0 / rate_hz, float("-inf")
        self.create_timer(self._period_s / LOOKS, lambda: self.guard(self._keep_pace))

    def vitals(self) -> dict[str, float | str]:
        """Transmits so far, for the probe's temperature."""
        return {"frames": self._frame_id, "transmits": self._transmits, "frozen": str(self._front_end.frozen)}

    def _keep_pace(self) -> None:
        """Take a frame when it is due. After a late one the next follows at once; a timer would leave it out.

        Not before the late one's image, though: it is formed by the same thread, and waits in the same queue.
        """
        if time.monotonic() >= self._due_s:
            self._acquire()
            self._due_s = max(self._due_s + self._period_s, time.monotonic() + PAUSE_S)

    def _acquire(self) -> None:
        state, now_s = self._state.value, self.now_s()
        if state is None or now_s - self._state.heard_s > STATE_AGE_S:
            return  # an image without a pose would be worth nothing
        if abs(now_s - state.stamp_s) > STATE_AGE_S:
            raise InputError(
                f"the arm's state is stamped {now_s - state.stamp_s:.2f} s ago, allowed is {STATE_AGE_S:g} s"
            )
        data = self._front_end.acquire(now_s, self._frame_id, state.pose_at(now_s))
        if data is not None:
            self._frame_id = data.frame_id + 1
            self._transmits += len(data.transmits)
            self._publisher.publish(channel_data_to_msg(data))

    def _follow(self, goal: PlaneGoal) -> None:
        if goal.phase == ExamPhase.APPROACH and isinstance(self._front_end, RecordedFrontEnd):
            self._front_end.rewind()  # it was made of a whole exam, from its start

    def _freeze(self, request: Freeze.Request, response: Freeze.Response) -> Freeze.Response:
        self._front_end.freeze(request.freeze)
        response.success = self._front_end.frozen == request.freeze
        return response
