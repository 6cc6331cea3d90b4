"""Steering: what the probe shall do next, from the exam's goal, the arm's state and perception's estimate.

Pure and deterministic: time comes in with each call. The arm keeps the force and follows the breathing skin along
the probe's axis; steering moves over the skin.
"""

from __future__ import annotations

from sonoreach.policies.protocol import Protocol
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.memory import NeckMemory
from sonoreach.policies.steering.motion import SkinMotion
from sonoreach.policies.steering.task import PlaneTask
from sonoreach.types.exam import ExamPhase, PlaneGoal, SteeringStatus
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ContactState, ProbeState, ProbeTarget, TargetMode
from sonoreach.types.registration import PatientRegistration

HOVER_M = 0.02  # above the skin: what breathing and the registration's error leave room for
FREE_SPEED_M_S = 0.15
HOVER_ARRIVED_M, HOVER_ARRIVED_RAD = 0.010, 0.12
STILL_M_S = 0.005
FREE_STATES = (ContactState.FREE, ContactState.RETRACT)
IDLE_PHASES = (ExamPhase.IDLE, ExamPhase.DONE, ExamPhase.STOPPED)
FROZEN_PHASES = (ExamPhase.CAPTURE, ExamPhase.MEASURE)


class Steering:
    """Steering of one exam."""

    def __init__(self, protocol: Protocol, registration: PatientRegistration) -> None:
        """Fit the skin and start with what the landmarks tell.

        Raises:
            InputError: the registration is unusable.
        """
        self._protocol = protocol
        self.skin = SkinModel(registration)
        self._memory = NeckMemory(protocol, registration, self.skin)
        self._task: PlaneTask | None = None
        self._motion: SkinMotion | None = None
        self._last_s = 0.0

    def update(
        self, now_s: float, goal: PlaneGoal, state: ProbeState, estimate: PlaneEstimate | None
    ) -> tuple[ProbeTarget | None, SteeringStatus]:
        """Decide once.

        Args:
            now_s: time [s].
            goal: what the exam asks for.
            state: latest state of the arm.
            estimate: latest estimate of perception, None before the first.

        Returns:
            The target (None: nothing to ask of the arm), and what steering says of itself.
        """
        duration, self._last_s = max(0.0, min(now_s - self._last_s, 0.2)), now_s
        if goal.phase in IDLE_PHASES:
            return None, SteeringStatus(now_s, goal.plane, "idle")
        if goal.phase == ExamPhase.RETRACT:
            return self._retract(now_s, goal, state)
        if self._task is None or self._task.plane.spec.name != goal.plane:
            plane = self._protocol.plane(goal.plane)
            self._task = PlaneTask(plane, self._memory.prior(plane), self.skin)
        if goal.phase == ExamPhase.APPROACH:
            return self._approach(now_s, goal, state, self._task)
        if estimate is not None and state.contact not in FREE_STATES:
            self._task.evidence.observe(estimate)
            self._remember(goal, estimate, self._task)
        return self._scan(now_s, duration, goal, state, self._task)

    def _approach(
        self, now_s: float, goal: PlaneGoal, state: ProbeState, task: PlaneTask
    ) -> tuple[ProbeTarget, SteeringStatus]:
        """Go to free air above the start."""
        hover = self.skin.base_probe(task.prior.mean, HOVER_M)
        metres, radians = state.base_probe.distance_to(hover)
        there = metres < HOVER_ARRIVED_M and radians < HOVER_ARRIVED_RAD
        self._motion = None
        target = ProbeTarget(now_s, hover, 0.0, TargetMode.FREE, FREE_SPEED_M_S)
        return target, SteeringStatus(now_s, goal.plane, "approach", at_target=there, note="Moving above the start.")

    def _scan(
        self, now_s: float, duration_s: float, goal: PlaneGoal, state: ProbeState, task: PlaneTask
    ) -> tuple[ProbeTarget, SteeringStatus]:
        """Press and move over the skin."""
        probe = self.skin.skin_pose(state.base_probe)
        if self._motion is None:
            self._motion = SkinMotion(task.prior.mean, self._protocol.max_speed_m_s, self._protocol.max_turn_rad_s)
        pose, mode, there = self._motion.pose, "approach", False
        if goal.phase == ExamPhase.CONTACT or state.contact != ContactState.SCAN:
            note = "Waiting for firm contact."
        elif goal.phase in FROZEN_PHASES:
            mode, there, note = "hold", True, "Holding still."
        else:
            still = state.tangential_speed_m_s < STILL_M_S
            wanted, mode = task.decide(now_s, probe, still)
            pose = self._motion.advance(wanted, probe, duration_s)
            there = mode == "hold"
            note = _note(mode, task, wanted, probe)
        target = ProbeTarget(
            now_s,
            self.skin.base_probe(pose),
            self._protocol.force_n,
            TargetMode.CONTACT,
            self._protocol.max_speed_m_s,
            task.evidence.last_frame,
        )
        return target, SteeringStatus(now_s, goal.plane, mode, task.exhausted, there, note)

    def _retract(self, now_s: float, goal: PlaneGoal, state: ProbeState) -> tuple[ProbeTarget, SteeringStatus]:
        """Leave the body."""
        self._motion = None
        away = state.contact == ContactState.FREE
        target = ProbeTarget(now_s, state.base_probe, 0.0, TargetMode.RETRACT)
        return target, SteeringStatus(now_s, goal.plane, "retract", at_target=away, note="Leaving the body.")

    def _remember(self, goal: PlaneGoal, estimate: PlaneEstimate, task: PlaneTask) -> None:
        """Keep what this frame tells about later planes."""
        spec, cues, pose = task.plane.spec, task.evidence.cues, estimate.base_probe
        if goal.phase in FROZEN_PHASES:
            self._memory.remember_plane(spec.name, task.evidence.fix().pose)
        if spec.orientation != "transverse":
            return
        if cues.trachea_m is not None:
            self._memory.remember_midline(*self.skin.above(pose.apply([cues.trachea_m[0], 0.0, cues.trachea_m[1]])))
        if spec.side != "middle" and cues.x_m is not None and cues.z_m is not None:
            self._memory.remember_lobe(spec.side, *self.skin.above(pose.apply([cues.x_m, 0.0, cues.z_m])))


def _note(mode: str, task: PlaneTask, wanted: SkinPose, probe: SkinPose) -> str:
    """One sentence for people."""
    superior_mm = 1000.0 * (wanted.superior_m - probe.superior_m)
    left_mm = 1000.0 * (wanted.left_m - probe.left_m)
    title = task.plane.spec.title
    if mode == "search":
        return f"Searching for {title}."
    if mode == "hold":
        return f"Holding on {title}."
    return f"Going to {title}: {superior_mm:+.0f} mm superior, {left_mm:+.0f} mm left."
