"""The graph as the command line sees it: asks for the exam, hears its progress, tells of deaths."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.action import ActionClient
from rclpy.task import Future
from sonoreach_msgs.action import RunExam
from sonoreach_msgs.msg import ExamProgress as ExamProgressMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.srv import WriteReport
from std_srvs.srv import Trigger

from sonoreach.types.exam import ExamProgress, PlaneResult
from sonoreach.types.probe import ContactState, ProbeState
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import progress_from_msg, result_from_msg, result_to_msg
from sonoreach_nodes.executor import make_executor
from sonoreach_nodes.station_node import Latest, StationNode

TOUCHING = (ContactState.TOUCH, ContactState.RAMP, ContactState.SCAN, ContactState.RECOVER)
NO_FORCE_N = 0.3
STATE_AGE_S = 0.2
DISCOVERY_S = 0.5  # DDS drops the answer of a server that knows who asks, but not yet where the answer goes


class ExamClient(StationNode):
    """Asks for one exam.

    Attributes:
        heard: what each node that has been heard tells of its health, by node name.
        results: outcome of the planes that are finished.
        outcome: the action's result, None until it comes.
    """

    def __init__(self, on_progress: Callable[[ExamProgress], None] | None = None) -> None:
        """Listen to the graph."""
        super().__init__("command_line")
        self.heard: dict[str, dict[str, str]] = {}
        self.results: list[PlaneResult] = []
        self.outcome: RunExam.Result | None = None
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._exam = ActionClient(self, RunExam, "/exam/run")
        self._report = self.create_client(WriteReport, "/report/write")
        self._arm_stop = self.create_client(Trigger, "/arm/stop")
        self._goal_handle: Any = None
        self._complete_s = float("inf")
        self._beats = self.create_publisher(DiagnosticStatus, "/heartbeat", qos.EVENTS)
        self.create_subscription(DiagnosticStatus, "/heartbeat", self._hear_beat, qos.EVENTS)
        if on_progress is not None:
            self.listen("/exam/progress", ExamProgressMsg, progress_from_msg, on_progress, qos.EVENTS)
        self._executor = make_executor()
        self._executor.add_node(self)

    def close(self) -> None:
        """Stop listening."""
        self._executor.shutdown()
        self._exam.destroy()
        self.destroy_node()

    @property
    def state(self) -> ProbeState | None:
        """The arm's latest state; None when it has been silent."""
        state = self._state.value
        return state if self.now_s() - self._state.heard_s < STATE_AGE_S else None

    @property
    def off_patient(self) -> bool:
        """Whether the arm says that the probe touches nothing."""
        state = self.state
        return state is not None and state.contact not in TOUCHING and abs(state.force_n) < NO_FORCE_N

    @property
    def ready(self) -> bool:
        """Whether the exam can be asked for: action and report are there, and images come, for `DISCOVERY_S` by now."""
        images = int(self.heard.get("beamformer", {}).get("images", 0))
        if not (images > 0 and self._exam.server_is_ready() and self._report.service_is_ready()):
            self._complete_s = float("inf")
            return False
        self._complete_s = min(self._complete_s, time.monotonic())
        return time.monotonic() - self._complete_s >= DISCOVERY_S

    def spin(self, duration_s: float) -> None:
        """Hear what comes during a time [s]."""
        end_s = time.monotonic() + duration_s
        while (left_s := end_s - time.monotonic()) > 0.0:
            self._executor.spin_once(timeout_sec=left_s)

    @property
    def answered(self) -> bool:
        """Whether the exam node has answered that it was asked."""
        return self._goal_handle is not None

    def start(self, protocol: str, planes: Sequence[str]) -> None:
        """Ask for the exam; its result comes as `outcome`."""
        goal = RunExam.Goal(protocol=protocol, planes=list(planes))
        asked = self._exam.send_goal_async(goal, feedback_callback=self._hear_feedback)
        asked.add_done_callback(self._hear_answer)

    def cancel(self) -> bool:
        """Ask the exam to end: the arm retracts, the report is written with what there is.

        Returns:
            Whether there was an exam to end: it has been asked to run, and said yes.
        """
        if self._goal_handle is None:
            return False
        self._goal_handle.cancel_goal_async()
        return True

    def tell_broken(self, names: Sequence[str], why: str) -> None:
        """Tell safety that nodes are broken; it stops the arm at once and names them."""
        for name in names:
            status = DiagnosticStatus(level=DiagnosticStatus.ERROR, name=name, message=why, hardware_id="sonoreach")
            self._beats.publish(status)

    def stop_arm(self) -> None:
        """Stop the arm without safety."""
        self._arm_stop.call_async(Trigger.Request())

    def ask_for_report(self, because: str) -> Future[WriteReport.Response] | None:
        """Ask for the report without the exam node; the answer names its folder. None when nobody can write it."""
        request = WriteReport.Request(ended_because=because, results=[result_to_msg(r) for r in self.results])
        return self._report.call_async(request) if self._report.service_is_ready() else None

    def _hear_beat(self, status: DiagnosticStatus) -> None:
        self.heard[status.name] = {item.key: item.value for item in status.values}

    def _hear_feedback(self, message: Any) -> None:
        self.results.append(result_from_msg(message.feedback.result))

    def _hear_answer(self, asked: Any) -> None:
        self._goal_handle = asked.result()
        if self._goal_handle.accepted:
            self._goal_handle.get_result_async().add_done_callback(self._hear_result)
        else:
            self.outcome = RunExam.Result(error_code=RunExam.Result.REFUSED, error_text="another exam is running")

    def _hear_result(self, answer: Any) -> None:
        self.outcome = answer.result().result
