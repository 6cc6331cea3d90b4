"""Safety: watches everybody and stops the arm by itself."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticStatus
from sonoreach_msgs.msg import ExamProgress as ExamProgressMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.msg import SafetyState as SafetyStateMsg
from sonoreach_msgs.srv import AcknowledgeStop
from std_srvs.srv import Trigger

from sonoreach.control.limits import region_limits
from sonoreach.control.safety import WATCHED, SafetyParameters, SafetySupervisor
from sonoreach.errors import InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import ExamPhase, ExamProgress
from sonoreach.types.safety import SafetyLevel
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import progress_from_msg, safety_to_msg
from sonoreach_nodes.station_node import Latest, StationNode

RATE_HZ = 20.0
OVER = (ExamPhase.IDLE, ExamPhase.DONE, ExamPhase.STOPPED)


class SafetyNode(StationNode):
    """Publishes `/safety/state`; serves `/safety/stop` and `/safety/acknowledge`; calls `/arm/stop`.

    The arm obeys the published state as well as the service, so that one lost message does not matter. While no
    exam runs nobody has to speak, but force, speed, workspace and temperature are watched all the same.
    """

    niceness = -10

    def __init__(self) -> None:
        """Listen to the heartbeats."""
        super().__init__("safety")
        protocol = Protocol.load(self.text("protocol", "thyroid", "protocol, whose body region sets the limits"))
        silence_s = self.number("silence_s", 0.6, "time without a heartbeat that stops the arm [s]", 0.2, 5.0)
        # The arm speaks ten times as often as the others, and its silence is the worst.
        parameters = SafetyParameters(
            region_limits(protocol.region), silence_s=silence_s, state_silence_s=silence_s / 2.0
        )
        self._supervisor = SafetySupervisor(parameters)
        self._supervisor.release(WATCHED)
        self._stopped = False
        self._transmits: int | None = None
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._state_taken_s = float("-inf")
        self._publisher = self.create_publisher(SafetyStateMsg, "/safety/state", qos.EVENTS)
        self._arm_stop = self.create_client(Trigger, "/arm/stop")
        self._arm_acknowledge = self.create_client(AcknowledgeStop, "/arm/acknowledge")
        self.create_service(Trigger, "/safety/stop", self._stop)
        self.create_service(AcknowledgeStop, "/safety/acknowledge", self._acknowledge)
        self.create_subscription(DiagnosticStatus, "/heartbeat", self._hear, qos.EVENTS)
        self.listen("/exam/progress", ExamProgressMsg, progress_from_msg, self._follow, qos.EVENTS)
        self.create_timer(1.0 / RATE_HZ, self._judge)

    def _hear(self, status: DiagnosticStatus) -> None:
        if status.level == DiagnosticStatus.ERROR:  # told by the node itself, or by the launcher on its behalf
            self._supervisor.stop(f"{status.name}: {status.message}")
            return
        if status.name != "arm":  # the arm's sign of life is its state at 100 Hz
            self._supervisor.beat(status.name, self.now_s())
        if status.name == "front_end":
            transmits = int(next((v.value for v in status.values if v.key == "transmits"), 0))
            self._supervisor.transmitted(transmits - (transmits if self._transmits is None else self._transmits))
            self._transmits = transmits

    def _follow(self, progress: ExamProgress) -> None:
        self._supervisor.release(WATCHED if progress.phase in OVER else ())

    def _judge(self) -> None:
        heard_s = self._state.heard_s
        state = self._state.value if heard_s > self._state_taken_s else None
        if state is not None:
            self._supervisor.observe(state, heard_s)
            self._state_taken_s = heard_s
        judged = self._supervisor.update(self.now_s())
        self._publisher.publish(safety_to_msg(judged))
        if judged.level == SafetyLevel.STOP and not self._stopped:
            self.get_logger().error(f"STOP: {judged.cause}")
            self._arm_stop.call_async(Trigger.Request())
        self._stopped = judged.level == SafetyLevel.STOP

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._supervisor.stop("stopped on request")
        self._judge()
        response.success = True
        return response

    def _acknowledge(
        self, request: AcknowledgeStop.Request, response: AcknowledgeStop.Response
    ) -> AcknowledgeStop.Response:
        try:
            self._supervisor.acknowledge(request.acknowledged_by, self.now_s())
            response.success = True
        except InputError as error:
            response.message = str(error)
        if response.success:
            self._arm_acknowledge.call_async(request)
        return response
