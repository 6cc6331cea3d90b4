"""The arm: its 1 kHz controller runs apart from ROS and outlives this node."""

from __future__ import annotations

from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import JointState
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.msg import ProbeTarget as ProbeTargetMsg
from sonoreach_msgs.msg import SafetyState as SafetyStateMsg
from sonoreach_msgs.srv import AcknowledgeStop
from std_srvs.srv import Trigger

from sonoreach.policies.protocol import Protocol
from sonoreach.types.safety import SafetyLevel, SafetyState
from sonoreach_nodes import qos
from sonoreach_nodes.adapters import make_arm
from sonoreach_nodes.convert.arm import joint_state_to_msg, state_to_msg, target_from_msg, wrench_to_msg
from sonoreach_nodes.convert.exam import safety_from_msg
from sonoreach_nodes.station_node import StationNode

STATE_HZ = 100.0
ATTENTIVE_S = 0.05


class ArmNode(StationNode):
    """Publishes `/arm/probe_state`, `/arm/joint_states`, `/arm/wrench`; takes `/steering/probe_target`.

    Serves `/arm/stop` and `/arm/acknowledge`. It stops by itself when the safety node says so, or falls silent.
    """

    niceness = -10

    def __init__(self) -> None:
        """Connect the arm and start its loop."""
        super().__init__("arm")
        self._arm = make_arm(
            adapter=self.text("arm", "simulated", "simulated, or package.module:Class behind the Arm seam"),
            address=self.text("arm_address", "", "where a real arm is reached"),
            patient=self.integer("patient", 7, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1),
            protocol=Protocol.load(self.text("protocol", "thyroid", "protocol, whose body region sets the limits")),
            epoch_s=self.epoch_s,
        )
        self.at_end(self._arm.close)
        self._silence_s = self.number(
            "silence_s", 0.6, "time without word from safety that stops the arm [s]", 0.1, 5.0
        )
        self._safety_s: float | None = None
        self._minded_s = self.now_s()
        self._states = self.create_publisher(ProbeStateMsg, "/arm/probe_state", qos.STATE)
        self._joints = self.create_publisher(JointState, "/arm/joint_states", qos.STATE)
        self._wrenches = self.create_publisher(WrenchStamped, "/arm/wrench", qos.STATE)
        self.create_service(Trigger, "/arm/stop", self._stop)
        self.create_service(AcknowledgeStop, "/arm/acknowledge", self._acknowledge)
        self.listen("/steering/probe_target", ProbeTargetMsg, target_from_msg, self._arm.command, qos.STATE)
        self.listen("/safety/state", SafetyStateMsg, safety_from_msg, self._obey, qos.EVENTS)
        self.create_timer(1.0 / STATE_HZ, self._publish)

    def vitals(self) -> dict[str, float | str]:
        """Health of the 1 kHz loop."""
        health = self._arm.state().health
        return {
            "cycles": health.cycles,
            "overruns": health.overruns,
            "longest_period_s": round(health.longest_period_s, 6),
        }

    def _publish(self) -> None:
        state = self._arm.state()
        self._states.publish(state_to_msg(state))
        self._joints.publish(joint_state_to_msg(state, self._arm.joint_names))
        self._wrenches.publish(wrench_to_msg(state))
        self._mind_safety()

    def _mind_safety(self) -> None:
        """Stop when safety is silent; time in which this process was held up and could not listen does not count."""
        now_s = self.now_s()
        deaf_s, self._minded_s = max(0.0, now_s - self._minded_s - ATTENTIVE_S), now_s
        if self._safety_s is None:
            return
        self._safety_s += deaf_s
        if now_s - self._safety_s > self._silence_s:
            self._safety_s = None
            self._arm.stop("no sign of life from safety")

    def _obey(self, safety: SafetyState) -> None:
        self._safety_s = self.now_s()
        if safety.level == SafetyLevel.STOP:
            self._arm.stop(safety.cause)

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._arm.stop("stopped on request")
        response.success = True
        return response

    def _acknowledge(
        self, request: AcknowledgeStop.Request, response: AcknowledgeStop.Response
    ) -> AcknowledgeStop.Response:
        if request.acknowledged_by.strip():
            self._arm.acknowledge()
            response.success = True
        else:
            response.message = "a stop is acknowledged by a named person, got an empty name"
        return response
