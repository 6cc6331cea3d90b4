"""The controller of one arm: pinocchio's dynamics and the compiled law, stepped at a fixed rate."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.calibration import ToolCalibration
from sonoreach.control.law import act, sense
from sonoreach.control.limits import RegionLimits, check_target
from sonoreach.control.memory import SNAPSHOT_COLUMNS, SNAPSHOT_S, constants_type, memory_type
from sonoreach.control.parameters import ControlParameters, pack
from sonoreach.control.planner import SetpointPlanner
from sonoreach.control.reflexes import SENTENCES, Reflex, raise_reflex
from sonoreach.control.robot import RobotModel
from sonoreach.control.telling import probe_state
from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState, LoopHealth, ProbeState, ProbeTarget, TargetMode

Array = NDArray[np.float64]
_WORLD = pin.Convention.WORLD


class Controller:
    """Turns targets and measurements into joint torques.

    `step` belongs to one thread, the loop's; every other method may be called from any thread.

    Args:
        robot: the arm's model as the controller believes it.
        limits: limits of the body region.
        parameters: gains and rates.
    """

    def __init__(self, robot: RobotModel, limits: RegionLimits, parameters: ControlParameters) -> None:
        self.robot, self.limits, self.parameters = robot, limits, parameters
        n = robot.n_joints
        self._model, self._data = robot.model, robot.model.createData()
        self._memory = np.zeros(1, memory_type(n))
        self._constants = _constants(robot)
        self._packed = pack(parameters, limits)
        rows = round(SNAPSHOT_S * parameters.rate_hz)
        self._ring = np.full((rows, len(SNAPSHOT_COLUMNS)), np.nan)
        self._snapshot: dict[str, Array] = {}
        self._torque = np.zeros(n)
        self._trusted, self._reflex = self._memory["trusted"], self._memory["reflex"]
        self._planner = SetpointPlanner(self._memory, 1.0 / parameters.rate_hz)
        self._pending: ProbeTarget | None = None
        self._stop_cause = ""
        self._inbox = threading.Lock()
        self._warm_up()

    def step(self, time_s: float, q: Array, v: Array, raw_wrench: Array) -> Array:
        """Run one cycle.

        Args:
            time_s: time of the sample [s].
            q, v: joint positions [rad] and velocities [rad/s], float64, shape (n_joints,).
            raw_wrench: force sensor reading (force, torque that the tool exerts on its surroundings plus weight and
                bias), in the probe frame at its origin, shape (6,) [N, N m].

        Returns:
            Joint torques to send, shape (n_joints,) [N m]; the same array each time.
        """
        if self._pending is not None or self._stop_cause:
            self._take_inbox()
        pin.crba(self._model, self._data, q, _WORLD)
        pin.nonLinearEffects(self._model, self._data, q, v)
        sense(
            self._memory, self._packed, self._constants, self._mass, self._bias, self._jacobian,
            self._link_rotation, self._link_position, q, v, raw_wrench, time_s,
        )  # fmt: skip
        if self._trusted[0]:
            self._planner.update()
        act(self._memory, self._packed, self._constants, self._ring, self._mass, self._bias, q, v, self._torque)
        if self._reflex[0] and not self._snapshot:
            self._snapshot = self._unroll_ring()
        return self._torque

    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target for the next cycle; returns it as taken, with its speed capped.

        Raises:
            InputError: the target is not finite, no pose, or its force is beyond the region's limit.
        """
        check_target(target, self.limits)
        with self._inbox:
            self._pending = target
        cap = self.limits.max_contact_speed_m_s if target.mode is TargetMode.CONTACT else self.limits.max_free_speed_m_s
        if target.max_speed_m_s <= cap:
            return target
        return dataclasses.replace(target, max_speed_m_s=cap)

    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged."""
        with self._inbox:
            self._stop_cause = self._stop_cause or cause or "stop without a cause"

    def trip(self, reflex: Reflex, value: float = 0.0) -> None:
        """Raise a reflex from outside the law (an overrun seen by the loop); call it from the loop's thread."""
        raise_reflex(self._memory[0], int(reflex), value)

    def acknowledge(self) -> None:
        """Clear a stop after a person has looked; the arm then waits in free air for a new target."""
        with self._inbox:
            self._stop_cause = ""
            self._pending = None
            memory = self._memory[0]
            memory["stopped"], memory["reflex"], memory["escaping"] = 0, 0, 0
            memory["mode"], memory["has_target"] = int(TargetMode.HOLD), 0
            self._snapshot = {}

    def use_calibration(self, calibration: ToolCalibration) -> None:
        """Take the sensor's bias, the tool's mass and centre of mass from a calibration, in free air.

        Raises:
            InputError: the probe is not in free air.
        """
        if self.contact is not ContactState.FREE:
            raise InputError(f"a calibration can be taken in free air only, but the arm is in {self.contact.name}")
        memory = self._memory[0]
        memory["tool_mass"], memory["tool_com"] = calibration.mass_kg, calibration.com_m
        memory["bias"], memory["zeroed"] = calibration.bias, 1
        memory["zero_sum"], memory["zero_count"] = 0.0, 0

    @property
    def snapshot(self) -> dict[str, Array]:
        """The second before the stop, a column each (`memory.SNAPSHOT_COLUMNS`); empty when not stopped."""
        return self._snapshot

    @property
    def memory(self) -> Any:
        """The law's memory, a record array of shape (1,), to look at and not to write."""
        return self._memory

    @property
    def planner_faults(self) -> int:
        """Cycles in which the set-points' planner gave no answer that could be used, and they braked instead."""
        return int(self._memory["planner_faults"][0])

    @property
    def awake(self) -> bool:
        """Whether the front end shall transmit: from the first touch until the probe lifts."""
        return ContactState.TOUCH <= self.contact <= ContactState.RECOVER

    @property
    def contact(self) -> ContactState:
        """The contact state at this moment."""
        return ContactState(int(self._memory["contact"][0]))

    def state(self, health: LoopHealth | None = None) -> ProbeState:
        """The state after the last cycle."""
        memory: Any = np.frombuffer(self._memory.tobytes(), self._memory.dtype)  # `copy` goes field by field
        return probe_state(memory, health or LoopHealth(int(memory["cycle"][0])), self.fault)

    @property
    def fault(self) -> str:
        """The sentence that tells why the arm is stopped, "" when it is not."""
        reflex = Reflex(int(self._memory["reflex"][0]))
        if reflex is Reflex.REQUESTED or (reflex is Reflex.NONE and self._stop_cause):
            return self._stop_cause
        return "" if reflex is Reflex.NONE else SENTENCES[reflex].format(float(self._memory["reflex_value"][0]))

    def _take_inbox(self) -> None:
        """Move a waiting target or stop into the memory (loop's thread)."""
        with self._inbox:
            target, self._pending = self._pending, None
            if self._stop_cause and not self._memory["stopped"][0]:
                raise_reflex(self._memory[0], int(Reflex.REQUESTED), 0.0)
                self._memory["escaping"] = 0
        if target is None or self._memory["stopped"][0]:
            return
        m = self._memory[0]
        m["mode"], m["has_target"], m["target_cycle"] = int(target.mode), 1, m["cycle"]
        if target.mode in (TargetMode.FREE, TargetMode.CONTACT):
            m["goal_position"], m["goal_rotation"] = target.base_probe.position_m, target.base_probe.rotation
            m["goal_speed"], m["goal_velocity"] = target.max_speed_m_s, target.velocity_m_s
        if target.mode is TargetMode.CONTACT:
            m["goal_force"] = target.force_n

    def _unroll_ring(self) -> dict[str, Array]:
        """The snapshot ring, oldest row first, without the rows not yet written."""
        rows = np.roll(self._ring, -int(self._memory["ring_next"][0]), axis=0)
        rows = rows[np.isfinite(rows[:, 0])]
        return {name: rows[:, i].copy() for i, name in enumerate(SNAPSHOT_COLUMNS)}

    def _warm_up(self) -> None:
        """Bind pinocchio's buffers, compile the law, and start from the home posture at rest."""
        q, v = self.robot.home_rad, np.zeros(self.robot.n_joints)
        pin.crba(self._model, self._data, q, _WORLD)
        pin.nonLinearEffects(self._model, self._data, q, v)
        self._mass, self._bias, self._jacobian = self._data.M, self._data.nle, self._data.J
        link = self._data.oMi[self.robot.last_joint]
        self._link_rotation, self._link_position = link.rotation, link.translation
        self.reset(q)
        self.step(0.0, q, v, np.zeros(6))
        self.reset(q)

    def reset(self, q: Array) -> None:
        """Forget everything and begin at rest at a joint position, shape (n_joints,) [rad]."""
        self._memory[:] = np.zeros(1, self._memory.dtype)
        self._ring[:] = np.nan
        self._snapshot, self._pending, self._stop_cause = {}, None, ""
        pose = self.robot.probe_pose(q)
        m = self._memory[0]
        for name in ("position", "ref_position", "goal_position", "start_position"):
            m[name] = pose.position_m
        for name in ("rotation", "ref_rotation", "goal_rotation", "trimmed"):
            m[name] = pose.rotation
        m["way"] = m["hinge"] = np.eye(3)
        m["q"], m["goal_speed"], m["tank"] = q, 0.02, self.parameters.tank_j
        m["tool_mass"], m["tool_com"] = self.robot.config.tool.mass_kg, self.robot.config.tool.com_m


def _constants(robot: RobotModel) -> Any:
    """What the law needs of the model, as a record array, shape (1,)."""
    constants = np.zeros(1, constants_type(robot.n_joints))
    model, config = robot.model, robot.config
    constants["link_probe_rotation"] = robot.link_probe.rotation
    constants["link_probe_position"] = robot.link_probe.position_m
    constants["gravity"] = model.gravity.linear
    constants["lower"], constants["upper"] = model.lowerPositionLimit + 0.02, model.upperPositionLimit - 0.02
    constants["speed_limit"] = 0.8 * model.velocityLimit
    constants["torque_limit"], constants["torque_rate"] = model.effortLimit, config.torque_rate_nm_s
    constants["home"] = config.home_rad
    constants["disturbance_limit"] = 2.0 * np.asarray(config.friction.static_nm) + 0.02 * model.effortLimit
    return constants
