"""The exam's state machine: approach, contact, search, hold, capture, measure, next, retract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sonoreach.errors import InputError
from sonoreach.policies.exam.frame_matcher import FrameMatcher
from sonoreach.policies.exam.plane_watch import PlaneWatch
from sonoreach.policies.exam.step import ExamStep
from sonoreach.policies.exam.timeline import Timeline
from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import (
    CapturedPlane,
    ExamPhase,
    ExamProgress,
    PlaneGoal,
    PlaneResult,
    SteeringStatus,
)
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate, PlaneSpec
from sonoreach.types.probe import ContactState, ProbeState
from sonoreach.types.safety import SafetyLevel, SafetyState

APPROACH_LIMIT_S = 30.0
CONTACT_LIMIT_S = 20.0
RETRACT_LIMIT_S = 10.0
SHOWN_S = 0.1  # capture and measure last at least so long, so that nodes at other rates see them


class ExamRunner:
    """Runs a protocol; knows no clock and no hardware."""

    def __init__(self, protocol: Protocol, planes: Sequence[str] = ()) -> None:
        """Prepare an exam.

        Args:
            protocol: the examination.
            planes: names of the planes to take, in the protocol's order; empty: all.

        Raises:
            InputError: a plane is not in the protocol.
        """
        known = [p.spec for p in protocol.planes]
        for name in planes:
            protocol.plane(name)
        self._specs = [spec for spec in known if not planes or spec.name in planes]
        if not self._specs:
            raise InputError(f"protocol {protocol.name} has no planes to take")
        self._protocol = protocol
        self._index = 0
        self._phase = ExamPhase.IDLE
        self._phase_since_s = self._plane_since_s = self._start_s = 0.0
        self._search_since_s: float | None = None
        self._watch = PlaneWatch(self._specs[0], protocol.force_n)
        self._results: list[PlaneResult] = []
        self._timeline, self._frames = Timeline(), FrameMatcher()
        self._ended = ""
        self._message = ""

    @property
    def spec(self) -> PlaneSpec:
        """The plane that is being worked on, or the last one."""
        return self._specs[min(self._index, len(self._specs) - 1)]

    def update(
        self,
        now_s: float,
        state: ProbeState,
        estimate: PlaneEstimate | None,
        image: BModeImage | None,
        steering_status: SteeringStatus | None,
        safety: SafetyState | None,
    ) -> ExamStep:
        """Take the next step.

        Args:
            now_s: time [s].
            state: latest state of the arm.
            estimate: latest estimate of perception; one seen before is ignored.
            image: latest image; it may be newer than the estimate.
            steering_status: latest status of steering.
            safety: latest state of the supervisor.
        """
        self._frames.add(state, image)
        if estimate is not None:
            self._timeline.model_hash = estimate.model_hash
        self._timeline.note_steering(now_s, state, steering_status, self._frames.last_frame)
        captures: tuple[CapturedPlane, ...] = ()
        if self._phase not in (ExamPhase.DONE, ExamPhase.STOPPED):
            cause = _stop_cause(state, safety)
            if cause:
                self._stop(now_s, state, cause)
            else:
                captures = self._advance(now_s, state, estimate, steering_status)
        return self._step(now_s, state, estimate, captures)

    def abort(self, now_s: float, reason: str) -> None:
        """End the exam early: open planes count as not obtained, the probe leaves the body."""
        if self._phase in (ExamPhase.IDLE, ExamPhase.RETRACT, ExamPhase.DONE, ExamPhase.STOPPED):
            return
        self._ended, self._message = reason, f"Ending: {reason}."
        self._give_up_rest(now_s, reason)
        self._phase, self._phase_since_s = ExamPhase.RETRACT, now_s

    def _advance(
        self, now_s: float, state: ProbeState, estimate: PlaneEstimate | None, status: SteeringStatus | None
    ) -> tuple[CapturedPlane, ...]:
        """One transition of the state machine."""
        phase, waited_s = self._phase, now_s - self._phase_since_s
        there = status is not None and status.at_target and status.plane == self.spec.name
        if phase == ExamPhase.IDLE:
            self._start_s = self._plane_since_s = now_s
            self._enter(now_s, state, ExamPhase.APPROACH, "Moving above the patient.")
        elif phase == ExamPhase.APPROACH:
            if there and status is not None and status.mode == "approach":
                self._enter(now_s, state, ExamPhase.CONTACT, "Touching down.")
            elif waited_s > APPROACH_LIMIT_S:
                self._end(now_s, state, f"the start was not reached within {APPROACH_LIMIT_S:g} s")
        elif phase == ExamPhase.CONTACT:
            if state.contact == ContactState.SCAN:
                self._search_since_s = now_s
                self._enter(now_s, state, ExamPhase.SEARCH, f"Looking for {self.spec.title}.")
            elif waited_s > CONTACT_LIMIT_S:
                self._end(now_s, state, f"no firm contact within {CONTACT_LIMIT_S:g} s")
        elif phase in (ExamPhase.SEARCH, ExamPhase.HOLD):
            self._look(now_s, state, estimate, there)
        elif phase == ExamPhase.CAPTURE and waited_s >= SHOWN_S:
            self._enter(now_s, state, ExamPhase.MEASURE, f"Measuring {self.spec.title}.")
        elif phase == ExamPhase.MEASURE and waited_s >= SHOWN_S:
            self._next_plane(now_s, state)
        elif phase == ExamPhase.NEXT:
            self._search_since_s = now_s
            self._enter(now_s, state, ExamPhase.SEARCH, f"Looking for {self.spec.title}.")
        elif phase == ExamPhase.RETRACT and (state.contact == ContactState.FREE or waited_s > RETRACT_LIMIT_S):
            self._enter(now_s, state, ExamPhase.DONE, "Finished." if not self._ended else f"Ended: {self._ended}.")
        return self._captured(now_s, state) if phase == ExamPhase.HOLD else ()

    def _look(self, now_s: float, state: ProbeState, estimate: PlaneEstimate | None, at_target: bool) -> None:
        """Judge the latest frame; hold while it qualifies, give up at the time limit."""
        frame = self._frames.match(estimate, self.spec.name)
        if frame is not None:
            self._watch.add(frame, at_target)
            if self._phase == ExamPhase.SEARCH and self._watch.qualified:
                self._enter(now_s, state, ExamPhase.HOLD, f"Holding {self.spec.title}.", frame.image.frame_id)
            elif self._phase == ExamPhase.HOLD and not self._watch.qualified:
                missed = ", ".join(self._watch.missed(frame, at_target))
                self._enter(now_s, state, ExamPhase.SEARCH, f"Lost {self.spec.title}: {missed}.", frame.image.frame_id)
        searched_s = now_s - (now_s if self._search_since_s is None else self._search_since_s)
        if self._phase == ExamPhase.SEARCH and searched_s > self.spec.time_limit_s:
            reason = f"not found within {self.spec.time_limit_s:g} s, {self._watch.reason()}"
            self._results.append(
                PlaneResult(self.spec.name, False, seconds=now_s - self._plane_since_s, not_obtained_because=reason)
            )
            self._event(now_s, state, "not_obtained", {"because": reason})
            self._next_plane(now_s, state)
        elif now_s - self._start_s > self._protocol.time_limit_s:
            self._end(now_s, state, f"the exam's time limit of {self._protocol.time_limit_s:g} s was reached")

    def _captured(self, now_s: float, state: ProbeState) -> tuple[CapturedPlane, ...]:
        """Capture the best frame once the plane has been held for long enough."""
        capture = self._watch.capture()
        if self._phase != ExamPhase.HOLD or capture is None or self._watch.held_s < self.spec.hold_s:
            return ()
        estimate, seconds = capture.estimate, now_s - self._plane_since_s
        self._results.append(PlaneResult(self.spec.name, True, capture.image.frame_id, estimate.quality, seconds))
        self._enter(now_s, state, ExamPhase.CAPTURE, f"Captured {self.spec.title}.", capture.image.frame_id)
        details = {
            "seconds_s": seconds,
            "quality": float(estimate.quality),
            "probability": float(estimate.probability),
            "criteria": {c.name: float(c.value) for c in estimate.criteria},
        }
        self._event(now_s, state, "capture", details, capture.image.frame_id)
        return (capture,)

    def _next_plane(self, now_s: float, state: ProbeState) -> None:
        self._index += 1
        if self._index == len(self._specs):
            self._enter(now_s, state, ExamPhase.RETRACT, "All planes done, leaving the body.")
            return
        self._watch = PlaneWatch(self.spec, self._protocol.force_n)
        self._plane_since_s = now_s
        self._enter(now_s, state, ExamPhase.NEXT, f"Next: {self.spec.title}.")

    def _end(self, now_s: float, state: ProbeState, reason: str) -> None:
        """End early, but in order: retract."""
        self._ended = reason
        self._give_up_rest(now_s, reason)
        self._enter(now_s, state, ExamPhase.RETRACT, f"Ending: {reason}.")

    def _stop(self, now_s: float, state: ProbeState, cause: str) -> None:
        """Stopped by safety or by the arm: it leaves the body by itself."""
        self._ended = cause
        self._give_up_rest(now_s, cause)
        self._event(now_s, state, "stop", {"cause": cause})
        self._enter(now_s, state, ExamPhase.STOPPED, f"Stopped: {cause}.")

    def _give_up_rest(self, now_s: float, reason: str) -> None:
        done = {result.plane for result in self._results}
        for spec in self._specs:
            if spec.name not in done:
                seconds = now_s - self._plane_since_s if spec is self.spec else 0.0
                because = f"the exam ended early: {reason}"
                self._results.append(PlaneResult(spec.name, False, seconds=seconds, not_obtained_because=because))

    def _enter(self, now_s: float, state: ProbeState, phase: ExamPhase, message: str, frame_id: int = -1) -> None:
        self._phase, self._phase_since_s, self._message = phase, now_s, message
        self._event(now_s, state, "phase", {"phase": phase.value, "message": message}, frame_id)

    def _event(
        self, now_s: float, state: ProbeState, kind: str, details: dict[str, Any], frame_id: int | None = None
    ) -> None:
        plane = "" if self._phase in (ExamPhase.IDLE, ExamPhase.DONE) else self.spec.name
        frame = self._frames.last_frame if frame_id is None or frame_id < 0 else frame_id
        self._timeline.add(now_s, state, kind, plane, frame, details)

    def _step(
        self, now_s: float, state: ProbeState, estimate: PlaneEstimate | None, captures: tuple[CapturedPlane, ...]
    ) -> ExamStep:
        over = self._phase in (ExamPhase.DONE, ExamPhase.STOPPED)
        plane = "" if over or self._phase == ExamPhase.RETRACT else self.spec.name
        progress = ExamProgress(
            now_s,
            plane,
            self._phase,
            len(self._results),
            len(self._specs),
            now_s - self._start_s,
            estimate.quality if estimate is not None else 0.0,
            state.force_n,
            self._message,
        )
        goal = PlaneGoal(plane, self._phase, now_s)
        return ExamStep(goal, progress, self._timeline.take(), captures, tuple(self._results), over, self._ended)


def _stop_cause(state: ProbeState, safety: SafetyState | None) -> str:
    """Why the exam must stop now; "" when all is well."""
    if safety is not None and safety.level == SafetyLevel.STOP:
        return safety.cause or "the safety supervisor stopped the arm"
    if state.contact == ContactState.STOPPED:
        return state.fault or "the arm stopped"
    return ""
