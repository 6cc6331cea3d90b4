"""The exam: runs a protocol as the action `/exam/run`, a plane after another."""

from __future__ import annotations

from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.task import Future
from sonoreach_msgs.action import RunExam
from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import CapturedPlane as CapturedPlaneMsg
from sonoreach_msgs.msg import ExamEvent as ExamEventMsg
from sonoreach_msgs.msg import ExamProgress as ExamProgressMsg
from sonoreach_msgs.msg import PlaneEstimate as PlaneEstimateMsg
from sonoreach_msgs.msg import PlaneGoal as PlaneGoalMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.msg import SafetyState as SafetyStateMsg
from sonoreach_msgs.msg import SteeringStatus as SteeringStatusMsg
from sonoreach_msgs.srv import WriteReport

from sonoreach.errors import InputError
from sonoreach.policies.exam import ExamRunner, ExamStep
from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import ExamPhase, PlaneGoal
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import (
    capture_to_msg,
    event_to_msg,
    goal_to_msg,
    progress_to_msg,
    result_to_msg,
    safety_from_msg,
    steering_status_from_msg,
)
from sonoreach_nodes.convert.imaging import image_from_msg
from sonoreach_nodes.convert.plane import estimate_from_msg
from sonoreach_nodes.station_node import Latest, StationNode

RATE_HZ = 30.0
PROGRESS_S = 0.2
LISTENERS_S = 2.0


class ExamNode(StationNode):
    """Serves `/exam/run`; publishes `/exam/goal`, `/exam/progress`, `/exam/event` and `/exam/capture`."""

    def __init__(self) -> None:
        """Offer the action."""
        super().__init__("exam")
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._image = Latest(self, "/beamformer/image", BModeImageMsg, image_from_msg, qos.FRAMES)
        self._estimate = Latest(self, "/perception/plane", PlaneEstimateMsg, estimate_from_msg, qos.FRAMES)
        self._steering = Latest(self, "/steering/status", SteeringStatusMsg, steering_status_from_msg)
        self._safety = Latest(self, "/safety/state", SafetyStateMsg, safety_from_msg, qos.EVENTS)
        self._goals = self.create_publisher(PlaneGoalMsg, "/exam/goal", qos.LATCHED)
        self._progress = self.create_publisher(ExamProgressMsg, "/exam/progress", qos.EVENTS)
        self._events = self.create_publisher(ExamEventMsg, "/exam/event", qos.EVENTS)
        self._captures = self.create_publisher(CapturedPlaneMsg, "/exam/capture", qos.EVENTS)
        self._report = self.create_client(WriteReport, "/report/write")
        self._runner: ExamRunner | None = None
        self._protocol = ""
        self._over: Future | None = None
        self._goal_handle: Any = None
        self._goal = PlaneGoal()
        self._reported = 0
        self._accepted_s = float("inf")
        self._progress_s = float("-inf")
        self._server = ActionServer(
            self,
            RunExam,
            "/exam/run",
            execute_callback=self._execute,
            goal_callback=self._consider,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )
        self.create_timer(1.0 / RATE_HZ, lambda: self.guard(self._tick))

    def vitals(self) -> dict[str, float | str]:
        """Current plane and phase."""
        return {"plane": self._goal.plane, "phase": self._goal.phase.value}

    def _consider(self, request: RunExam.Goal) -> GoalResponse:
        """One exam at a time; a bad request is accepted and answered with a sentence, which a refusal cannot carry."""
        return GoalResponse.REJECT if self._over is not None else GoalResponse.ACCEPT

    async def _execute(self, goal_handle: Any) -> RunExam.Result:
        request = goal_handle.request
        try:
            self._runner = ExamRunner(Protocol.load(request.protocol), tuple(request.planes))
        except InputError as error:
            goal_handle.abort()
            return RunExam.Result(error_code=RunExam.Result.REFUSED, error_text=str(error))
        self._protocol, self._goal_handle, self._reported = request.protocol, goal_handle, 0
        self._accepted_s = self.now_s()
        self._over = Future()
        step: ExamStep = await self._over
        self._runner = self._goal_handle = None
        result = await self._finish(step)
        self._over = None
        if goal_handle.is_cancel_requested:
            goal_handle.canceled()
        elif result.error_code == RunExam.Result.DONE:
            goal_handle.succeed()
        else:
            goal_handle.abort()
        return result

    async def _finish(self, step: ExamStep) -> RunExam.Result:
        """Have the report written; list every plane."""
        results = [result_to_msg(r) for r in step.results]
        missing = [r.plane for r in step.results if not r.obtained]
        answer = RunExam.Result(results=results)
        if step.ended or missing:
            answer.error_code = RunExam.Result.ENDED_EARLY
            answer.error_text = step.ended or f"not obtained: {', '.join(missing)}"
        if not self._report.service_is_ready():
            answer.error_code = RunExam.Result.ENDED_EARLY
            answer.error_text = answer.error_text or "the report node is not there, so no report was written"
            return answer
        request = WriteReport.Request(complete=not step.ended, ended_because=step.ended, results=results)
        written = await self._report.call_async(request)
        answer.folder = written.folder
        if not written.success:
            answer.error_code, answer.error_text = RunExam.Result.ENDED_EARLY, written.message
        return answer

    def _tick(self) -> None:
        runner, state = self._runner, self._state.value
        if runner is None or state is None or self._over is None or self._over.done():
            return
        now_s = self.now_s()
        if now_s - self._accepted_s < LISTENERS_S and not self._heard():
            return
        if self._goal_handle.is_cancel_requested:
            runner.abort(now_s, "cancelled by the operator")
        step = runner.update(
            now_s, state, self._estimate.value, self._image.value, self._steering.value, self._safety.value
        )
        self._publish(step, now_s)
        if step.finished:
            self._over.set_result(step)

    def _heard(self) -> bool:
        """Whether somebody listens to every decision: those who keep the record may still be connecting."""
        return all(p.get_subscription_count() for p in (self._goals, self._events, self._captures))

    def _publish(self, step: ExamStep, now_s: float) -> None:
        goal = step.goal
        changed = (goal.plane, goal.phase) != (self._goal.plane, self._goal.phase)
        if changed:
            self._goals.publish(goal_to_msg(goal, self._protocol))
            self._goal = goal
        for event in step.events:
            self._events.publish(event_to_msg(event))
        for capture in step.captures:
            self._captures.publish(capture_to_msg(capture, self._protocol))
        if changed or step.finished or now_s - self._progress_s >= PROGRESS_S:
            self._progress_s = now_s
            self._progress.publish(progress_to_msg(step.progress))
        for result in step.results[self._reported :]:
            feedback = RunExam.Feedback(result=result_to_msg(result), progress=progress_to_msg(step.progress))
            self._goal_handle.publish_feedback(feedback)
        self._reported = len(step.results)
        if step.finished:
            self._goal = PlaneGoal(phase=ExamPhase.IDLE)
