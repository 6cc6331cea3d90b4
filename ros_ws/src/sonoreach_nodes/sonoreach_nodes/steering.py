"""Steering: from goal, state and estimate to the next probe target."""

from __future__ import annotations

from sonoreach_msgs.msg import PatientRegistration as PatientRegistrationMsg
from sonoreach_msgs.msg import PlaneEstimate as PlaneEstimateMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.msg import ProbeTarget as ProbeTargetMsg
from sonoreach_msgs.msg import SteeringStatus as SteeringStatusMsg

from sonoreach.policies.protocol import Protocol
from sonoreach.policies.steering import Steering
from sonoreach.policies.steering.steering import IDLE_PHASES
from sonoreach.types.registration import PatientRegistration
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg, target_to_msg
from sonoreach_nodes.convert.exam import steering_status_to_msg
from sonoreach_nodes.convert.imaging import registration_from_msg
from sonoreach_nodes.convert.plane import estimate_from_msg
from sonoreach_nodes.goal import Goal
from sonoreach_nodes.station_node import Latest, StationNode

RATE_HZ = 25.0
STATE_AGE_S = 0.3


class SteeringNode(StationNode):
    """Publishes `/steering/probe_target` and `/steering/status` while an exam asks for something."""

    def __init__(self) -> None:
        """Listen; steering itself begins with the first goal."""
        super().__init__("steering")
        self._goal = Goal(self)
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._estimate = Latest(self, "/perception/plane", PlaneEstimateMsg, estimate_from_msg, qos.FRAMES)
        self._registration: PatientRegistration | None = None
        self._steering: Steering | None = None
        self._protocol: Protocol | None = None
        self._targets = self.create_publisher(ProbeTargetMsg, "/steering/probe_target", qos.STATE)
        self._statuses = self.create_publisher(SteeringStatusMsg, "/steering/status", qos.STATE)
        self.listen("/patient/registration", PatientRegistrationMsg, registration_from_msg, self._register, qos.LATCHED)
        self.create_timer(1.0 / RATE_HZ, lambda: self.guard(self._decide))

    def _register(self, registration: PatientRegistration) -> None:
        self._registration, self._steering = registration, None

    def _decide(self) -> None:
        goal, state, protocol = self._goal.value, self._state.value, self._goal.protocol
        if goal is None or state is None or protocol is None or self._registration is None:
            return
        if self.now_s() - self._state.heard_s > STATE_AGE_S:
            return  # the arm hears nothing from us and retracts by itself
        if goal.phase in IDLE_PHASES:
            self._steering = None  # every exam starts without memories
            return
        if self._steering is None or protocol is not self._protocol:
            self._steering, self._protocol = Steering(protocol, self._registration), protocol
        target, status = self._steering.update(self.now_s(), goal, state, self._estimate.value)
        self._statuses.publish(steering_status_to_msg(status))
        if target is not None:
            self._targets.publish(target_to_msg(target))
