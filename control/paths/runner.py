"""Execution of a sweep: targets at the frame rate, with pause and resume."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from ruckig import ControlInterface, InputParameter, OutputParameter, Result, Ruckig

from sonoreach.control.paths.sweep import Sweep
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState, ProbeTarget, TargetMode

ABOVE_M = 0.04
ACCELERATION_M_S2, JERK_M_S3 = 0.05, 0.5
SECANT_M = 0.001  # chord that stands for the path's tangent
SLACK = 1.5  # the arm's own speed limit over the sweep's speed, so that it can catch up


class SweepPhase(StrEnum):
    """Where a sweep stands."""

    ABOVE = "above"
    LAND = "land"
    SWEEP = "sweep"
    LIFT = "lift"
    DONE = "done"


class SweepRunner:
    """Turns a sweep into probe targets.

    The distance along the path is moved by ruckig, with limited speed, acceleration and jerk; a pause brakes to rest
    in contact, a lost contact pauses by itself.

    Args:
        sweep: a path that `check_sweep` has accepted.
        force_n: pressing force [N].
        speed_m_s: speed along the path [m/s].
        period_s: time between two calls of `update` [s].

    Raises:
        InputError: a number is not positive.
    """

    def __init__(self, sweep: Sweep, *, force_n: float, speed_m_s: float = 0.01, period_s: float = 1.0 / 15.0) -> None:
        if not all(math.isfinite(x) and x > 0.0 for x in (force_n, speed_m_s, period_s)):
            raise InputError("a sweep's force, speed and period must be positive")
        self.sweep, self.force_n, self.speed_m_s = sweep, force_n, speed_m_s
        self.phase, self.paused = SweepPhase.ABOVE, False
        self._motion, self._input, self._output = Ruckig(1, period_s), InputParameter(1), OutputParameter(1)
        self._input.current_position, self._input.current_velocity = [0.0], [0.0]
        self._input.current_acceleration = [0.0]
        self._input.max_velocity, self._input.max_acceleration = [speed_m_s], [ACCELERATION_M_S2]
        self._input.max_jerk = [JERK_M_S3]

    @property
    def arc_m(self) -> float:
        """Distance along the path [m]."""
        return float(self._input.current_position[0])

    def pause(self) -> None:
        """Brake to rest, staying in contact."""
        self.paused = True

    def resume(self) -> None:
        """Go on from where it rests."""
        self.paused = False

    def update(self, now_s: float, state: ProbeState) -> ProbeTarget:
        """The next target; call it every `period_s`."""
        if self.phase is SweepPhase.ABOVE and self._arrived(state, self._above()):
            self.phase = SweepPhase.LAND
        elif self.phase is SweepPhase.LAND and state.contact is ContactState.SCAN:
            self.phase = SweepPhase.SWEEP
        elif self.phase is SweepPhase.SWEEP and self._move(state):
            self.phase = SweepPhase.LIFT
        elif self.phase is SweepPhase.LIFT and state.contact is ContactState.FREE:
            self.phase = SweepPhase.DONE
        if self.phase is SweepPhase.ABOVE:
            return ProbeTarget(now_s, self._above(), 0.0, TargetMode.FREE, 0.1)
        pose = self.sweep.pose(self.arc_m)
        if self.phase in (SweepPhase.LIFT, SweepPhase.DONE):
            return ProbeTarget(now_s, pose, 0.0, TargetMode.RETRACT)
        return ProbeTarget(
            now_s,
            pose,
            self.force_n,
            TargetMode.CONTACT,
            max(0.02, SLACK * self.speed_m_s),
            velocity_m_s=self._velocity_m_s() if self.phase is SweepPhase.SWEEP else np.zeros(3),
        )

    def _move(self, state: ProbeState) -> bool:
        """Advance along the path; True at its end."""
        if self.paused or state.contact is not ContactState.SCAN:
            self._input.control_interface, self._input.target_velocity = ControlInterface.Velocity, [0.0]
        else:
            self._input.control_interface, self._input.target_velocity = ControlInterface.Position, [0.0]
            self._input.target_position = [self.sweep.length_m]
        result = self._motion.update(self._input, self._output)
        self._output.pass_to_input(self._input)
        return result == Result.Finished and self.arc_m >= self.sweep.length_m - 1e-6

    def _velocity_m_s(self) -> NDArray[np.float64]:
        """Velocity along the path, base frame, shape (3,) [m/s]."""
        behind = self.sweep.pose(max(self.arc_m - 0.5 * SECANT_M, 0.0)).position_m
        ahead = self.sweep.pose(min(self.arc_m + 0.5 * SECANT_M, self.sweep.length_m)).position_m
        length = float(np.linalg.norm(ahead - behind))
        return np.asarray((ahead - behind) * (self._input.current_velocity[0] / max(length, 1e-9)))

    def _above(self) -> Pose:
        """Pose over the start of the path."""
        first = self.sweep.pose(0.0)
        return Pose(first.position_m - ABOVE_M * first.rotation[:, 2], first.rotation)

    @staticmethod
    def _arrived(state: ProbeState, pose: Pose) -> bool:
        """Whether the probe stands at a pose."""
        metres, radians = state.base_probe.distance_to(pose)
        return metres < 0.003 and radians < 0.05
