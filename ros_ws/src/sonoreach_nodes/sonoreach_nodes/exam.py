"""The exam: runs a protocol as the action `/exam/run`, a plane after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
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
from sonoreach_msgs.srv import OpenReport, WriteReport
from std_srvs.srv import Trigger

from sonoreach.errors import InputError
from sonoreach.policies.exam import ExamRunner, ExamStep
from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import ExamPhase, ExamProgress, PlaneGoal
from sonoreach.types.safety import SafetyLevel
from sonoreach_nodes import qos
from sonoreach_nodes.ask import ask
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

RATE_HZ = 25.0
PROGRESS_S = 0.2
LISTENERS_S = 2.0
FIRST_IMAGE_S = 120.0  # the first start on a machine compiles
IMAGE_AGE_S = 1.0


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
        self._register = self.create_client(Trigger, "/patient/register")
        self._open = self.create_client(OpenReport, "/report/open")
        self._write = self.create_client(WriteReport, "/report/write")
        self._station = Protocol.load(self.text("protocol", "thyroid", "protocol that the station was set up for"))
        self._runner: ExamRunner | None = None
        self._at_first_image: Callable[[], None] | None = None
        self._protocol = ""
        self._busy = False
        self._goal_handle: Any = None
        self._outcome = RunExam.Result()
        self._goal = PlaneGoal()
        self._reported = 0
        self._accepted_s = float("inf")
        self._progress_s = float("-inf")
        self._server = ActionServer(
            self,
            RunExam,
            "/exam/run",
            execute_callback=self._answer,
            goal_callback=self._consider,
            handle_accepted_callback=self._accept,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )
        self.at_end(self._server.destroy)  # rclpy leaves it, and with it the node, to the garbage collector
        self.create_timer(1.0 / RATE_HZ, lambda: self.guard(self._tick))

    def vitals(self) -> dict[str, float | str]:
        """Current plane and phase."""
        return {"plane": self._goal.plane, "phase": self._goal.phase.value}

    def _consider(self, request: RunExam.Goal) -> GoalResponse:
        """One exam at a time; a bad request is accepted and answered with a sentence, which a refusal cannot carry."""
        if self._busy:
            return GoalResponse.REJECT
        self._busy = True
        return GoalResponse.ACCEPT

    def _accept(self, goal_handle: Any) -> None:
        """Prepare an exam: see images come, have the patient looked at again and the folder opened; the timer runs it.

        Nobody has to give a sign of life before that, so that what compiles at a first start may take its time.
        """
        self._goal_handle = goal_handle
        request = goal_handle.request
        opening = OpenReport.Request(protocol=request.protocol, planes=request.planes)
        try:
            runner = self._runner_for(request)
        except InputError as error:
            self._refuse(str(error))
            return

        def open_report() -> None:
            ask(self, self._open, opening, then=lambda: self._begin(runner), otherwise=self._refuse)

        def register() -> None:
            ask(self, self._register, Trigger.Request(), then=open_report, otherwise=self._refuse)

        self._accepted_s, self._at_first_image = self.now_s(), register

    def _wait_for_image(self, register: Callable[[], None]) -> None:
        """Go on when images come; the goal may be cancelled meanwhile."""
        why_not, now_s = "", self.now_s()
        if self._goal_handle.is_cancel_requested:
            why_not = "cancelled before it began"
        elif now_s - self._image.heard_s > IMAGE_AGE_S:
            if now_s - self._accepted_s < FIRST_IMAGE_S:
                self._tell_of_waiting(now_s)
                return
            why_not = f"no image has come from the beamformer within {FIRST_IMAGE_S:.0f} s"
        self._at_first_image = None
        if why_not:
            self._refuse(why_not)
        else:
            register()

    def _tell_of_waiting(self, now_s: float) -> None:
        """Publish that the exam waits, now and then."""
        if now_s - self._progress_s >= PROGRESS_S:
            self._progress_s = now_s
            waiting = ExamProgress(
                now_s, "", ExamPhase.IDLE, 0, 0, now_s - self._accepted_s, message="waits for images of the beamformer"
            )
            self._progress.publish(progress_to_msg(waiting))

    def _runner_for(self, request: RunExam.Goal) -> ExamRunner:
        """The protocol's planes, one after another; InputError with what stands against it."""
        protocol = Protocol.load(request.protocol)
        if (protocol.region, protocol.transmit) != (self._station.region, self._station.transmit):
            raise InputError(
                f"the station was set up for protocol {self._station.name}, whose limits or transmits are not those "
                f"of {protocol.name}: start it again with protocol:={request.protocol}"
            )
        runner = ExamRunner(protocol, tuple(request.planes))
        safety = self._safety.value
        if safety is not None and safety.level == SafetyLevel.STOP:
            raise InputError(f"the arm was stopped, and nobody has acknowledged it yet: {safety.cause}")
        return runner

    def _begin(self, runner: ExamRunner) -> None:
        for told_of_the_last_exam in (self._image, self._estimate, self._steering):
            told_of_the_last_exam.forget()
        self._accepted_s, self._reported = self.now_s(), 0
        self._protocol, self._runner = self._goal_handle.request.protocol, runner

    def _finish(self, step: ExamStep) -> None:
        """Have the report written; list every plane."""
        self._runner = None
        results = [result_to_msg(r) for r in step.results]
        missing = [r.plane for r in step.results if not r.obtained]
        answer = RunExam.Result(results=results)
        if step.ended or missing:
            answer.error_code = RunExam.Result.ENDED_EARLY
            answer.error_text = step.ended or f"not obtained: {', '.join(missing)}"
        if not self._write.service_is_ready():
            answer.error_code = RunExam.Result.ENDED_EARLY
            answer.error_text = answer.error_text or "the report node is not there, so no report was written"
            self._conclude(answer)
            return
        request = WriteReport.Request(complete=not step.ended, ended_because=step.ended, results=results)
        self._write.call_async(request).add_done_callback(lambda written: self._end(answer, written.result()))

    def _end(self, answer: RunExam.Result, written: WriteReport.Response) -> None:
        """The report is written, or could not be."""
        answer.folder = written.folder
        if not written.success:
            answer.error_code, answer.error_text = RunExam.Result.ENDED_EARLY, written.message
        self._conclude(answer)

    def _refuse(self, why: str) -> None:
        self._conclude(RunExam.Result(error_code=RunExam.Result.REFUSED, error_text=why))

    def _conclude(self, answer: RunExam.Result) -> None:
        """Give the client its answer.

        rclpy wants the result from the callback that executes a goal, so the goal counts as accepted until now, and is
        executed in a moment: a callback that waited for the exam would keep a core busy (see `executor`).
        """
        self._outcome = answer
        self._goal_handle.execute()

    def _answer(self, goal_handle: Any) -> RunExam.Result:
        """Bring the goal into its last state; the next one may come."""
        self._goal_handle, self._busy = None, False
        if self._outcome.error_code == RunExam.Result.REFUSED:
            goal_handle.abort()
        elif goal_handle.is_cancel_requested:
            goal_handle.canceled()
        elif self._outcome.error_code == RunExam.Result.DONE:
            goal_handle.succeed()
        else:
            goal_handle.abort()
        return self._outcome

    def _tick(self) -> None:
        if self._at_first_image is not None:
            self._wait_for_image(self._at_first_image)
        runner, state = self._runner, self._state.value
        if runner is None or state is None:
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
            self._finish(step)

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
