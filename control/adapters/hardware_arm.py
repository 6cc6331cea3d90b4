"""An arm of metal behind the `Arm` seam: a driver that reads and writes joints, the controller in between."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.adapters.joint_driver import JointDriver, JointSample
from sonoreach.control.arm import Arm
from sonoreach.control.controller import Controller
from sonoreach.control.limits import RegionLimits
from sonoreach.control.loop import OVERRUN_PERIODS, enter_real_time, prepare_process
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.reflexes import Reflex
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState, LoopHealth, ProbeState, ProbeTarget

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
LARGEST_PAUSE_S = 0.05
WEIGHTLESS_KG = 1e-9


class HardwareArm(Arm):
    """Runs the controller at the pace of a driver, in a thread of its own.

    When the connection is lost the robot stops by itself; this arm then stays STOPPED, whatever is acknowledged,
    and a new one must be connected.

    Args:
        driver: the wire to the robot; closed when the arm is refused.
        robot: its model.
        limits: limits of the body region.
        parameters: of the controller; the rate must be the driver's.

    Raises:
        InputError: the rates differ, the robot does not take torques, or it stands outside the model's joint limits.
    """

    def __init__(
        self, driver: JointDriver, robot: RobotModel, limits: RegionLimits, parameters: ControlParameters
    ) -> None:
        self._driver, self._robot = driver, robot
        self._cycles = self._overruns = 0
        self._longest_s = 0.0
        self._lost = self.degraded = ""
        self._wrench = np.zeros(6)
        self._running = threading.Event()
        self._running.set()
        try:
            if abs(parameters.rate_hz - driver.rate_hz) > 1e-6:
                raise InputError(
                    f"the controller's rate {parameters.rate_hz:g} Hz must be the robot's {driver.rate_hz:g} Hz"
                )
            flange_probe = robot.link_flange.inverse() @ robot.link_probe
            self._turn, self._lever = flange_probe.rotation.T, flange_probe.position_m
            self._gravity_model = robot.model if driver.carries_tool else _without_tool(robot).model
            self._gravity_data = self._gravity_model.createData()
            self._controller = Controller(robot, limits, parameters)  # compiles: not while the robot waits for torques
            prepare_process()
            first = driver.start()
            self._check(first)
        except ConnectionError as error:
            driver.close()
            raise InputError(f"the robot does not take torques: {error}") from error
        except BaseException:
            driver.close()
            raise
        self._controller.reset(first.q)
        self._thread = threading.Thread(target=self._run, args=(first,), name="arm", daemon=True)
        self._thread.start()

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the joints, as in the URDF."""
        return tuple(self._robot.model.names[1:])

    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target; see `Arm.command`."""
        return self._controller.command(target)

    def state(self) -> ProbeState:
        """The latest state; a lost connection is a fault."""
        state = self._controller.state(LoopHealth(self._cycles, self._overruns, self._longest_s))
        if not self._lost:
            return state
        fault = "; ".join(cause for cause in (state.fault, self._lost) if cause)
        return dataclasses.replace(state, contact=ContactState.STOPPED, fault=fault)

    def advance(self, duration_s: float) -> None:
        """Wait."""
        time.sleep(duration_s)

    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged."""
        self._controller.stop(cause)

    def acknowledge(self) -> None:
        """Clear a stop after a person has looked; a lost connection stays lost."""
        self._controller.acknowledge()

    def close(self) -> None:
        """End the loop and hang up."""
        self._running.clear()
        self._thread.join(timeout=2.0)
        self._driver.close()

    def _run(self, sample: JointSample) -> None:
        """Body of the thread: one cycle a sample."""
        self.degraded = enter_real_time()
        try:
            while self._running.is_set():
                self._driver.write(self._step(sample))
                last_s, sample = sample.time_s, self._driver.read()
                self._time(sample.time_s - last_s)
        except ConnectionError as error:
            self._lost = f"the connection to the robot is lost: {error}"
        except Exception as error:  # whatever it is: nobody steers the arm any more, and that must be said
            log.exception("the arm's loop ended")
            self._lost = f"the arm's loop ended: {error}"
        finally:
            self._driver.close()

    def _step(self, sample: JointSample) -> Array:
        """Torque on top of the robot's own gravity compensation for one sample."""
        force, torque = sample.flange_wrench[:3], sample.flange_wrench[3:]
        self._wrench[:3] = self._turn @ force
        self._wrench[3:] = self._turn @ (torque - np.cross(self._lever, force))
        total = self._controller.step(sample.time_s, sample.q, sample.v, self._wrench)
        gravity = pin.computeGeneralizedGravity(self._gravity_model, self._gravity_data, sample.q)
        excess: Array = total - gravity
        return excess if np.isfinite(excess).all() else np.zeros_like(total)

    def _time(self, period_s: float) -> None:
        """Count cycles and, by the robot's clock, overruns; a long pause is a reflex."""
        self._cycles += 1
        if self._cycles < 3:
            return
        self._longest_s = max(self._longest_s, period_s)
        if period_s > OVERRUN_PERIODS / self._driver.rate_hz:
            self._overruns += 1
        if period_s > LARGEST_PAUSE_S:
            self._controller.trip(Reflex.OVERRUN, period_s)

    def _check(self, sample: JointSample) -> None:
        """Refuse a robot that the model does not describe."""
        model = self._robot.model
        n = self._robot.n_joints
        if sample.q.shape != (n,):
            raise InputError(f"the robot reports {sample.q.size} joints, but '{self._robot.config.name}' has {n}")
        if (sample.q < model.lowerPositionLimit).any() or (sample.q > model.upperPositionLimit).any():
            raise InputError(f"the robot stands outside the joint limits of '{self._robot.config.name}'")


def _without_tool(robot: RobotModel) -> RobotModel:
    """The same arm with a tool that weighs nothing."""
    config = robot.config
    return RobotModel.from_config(
        dataclasses.replace(config, tool=dataclasses.replace(config.tool, mass_kg=WEIGHTLESS_KG))
    )
