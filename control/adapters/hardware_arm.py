"""An arm of metal behind the `Arm` seam: a driver that reads and writes joints, and the controller in between."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.arm import Arm
from sonoreach.control.controller import Controller
from sonoreach.control.limits import RegionLimits
from sonoreach.control.loop import OVERRUN_PERIODS, enter_real_time, prepare_process
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.reflexes import Reflex
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.probe import LoopHealth, ProbeState, ProbeTarget

Array = NDArray[np.float64]
LARGEST_PAUSE_S = 0.05


@dataclass(frozen=True, eq=False)
class JointSample:
    """What a driver reads in one cycle.

    Attributes:
        time_s: the robot's clock [s].
        q, v: joint positions [rad] and velocities [rad/s], shape (n_joints,).
        flange_wrench: wrench that the tool exerts on what is beyond it, its weight included, in the flange's axes at
            the flange, shape (6,) [N, N m].
    """

    time_s: float
    q: Array
    v: Array
    flange_wrench: Array


class JointDriver(ABC):
    """The wire to a robot whose joints take torques."""

    rate_hz: float

    @abstractmethod
    def read(self) -> JointSample:
        """Wait for the next sample.

        Raises:
            ConnectionError: the robot has gone.
        """

    @abstractmethod
    def write(self, torque: Array) -> None:
        """Send joint torques on top of the robot's own gravity compensation, shape (n_joints,) [N m]."""

    @abstractmethod
    def close(self) -> None:
        """Stop the robot's motion and hang up."""


class HardwareArm(Arm):
    """Runs the controller at the pace of a driver, in a thread of its own.

    Args:
        driver: the wire to the robot.
        robot: its model.
        limits: limits of the body region.
        parameters: of the controller; the rate must be the driver's.

    Raises:
        InputError: the rates differ, or the robot does not stand within the model's joint limits.
    """

    def __init__(
        self, driver: JointDriver, robot: RobotModel, limits: RegionLimits, parameters: ControlParameters
    ) -> None:
        if abs(parameters.rate_hz - driver.rate_hz) > 1e-6:
            raise InputError(
                f"the controller's rate {parameters.rate_hz:g} Hz must be the robot's {driver.rate_hz:g} Hz"
            )
        self._driver, self._robot = driver, robot
        self._controller = Controller(robot, limits, parameters)
        self._gravity_data = robot.model.createData()
        flange_probe = robot.link_flange.inverse() @ robot.link_probe
        self._turn, self._lever = flange_probe.rotation.T, flange_probe.position_m
        self._wrench = np.zeros(6)
        first = driver.read()
        self._check(first)
        self._controller.reset(first.q)
        self._cycles = self._overruns = 0
        self._longest_s = 0.0
        self.degraded = ""
        self._running = threading.Event()
        self._running.set()
        self._thread = threading.Thread(target=self._run, name="arm", daemon=True)
        self._thread.start()

    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target; see `Arm.command`."""
        return self._controller.command(target)

    def state(self) -> ProbeState:
        """The latest state; a lost connection is a fault."""
        return self._controller.state(LoopHealth(self._cycles, self._overruns, self._longest_s))

    def advance(self, duration_s: float) -> None:
        """Wait."""
        time.sleep(duration_s)

    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged."""
        self._controller.stop(cause)

    def acknowledge(self) -> None:
        """Clear a stop after a person has looked."""
        self._controller.acknowledge()

    def close(self) -> None:
        """End the loop and hang up."""
        self._running.clear()
        self._thread.join(timeout=2.0)
        self._driver.close()

    def _run(self) -> None:
        """Body of the thread: one cycle a sample."""
        prepare_process()
        self.degraded = enter_real_time()
        last_s = time.monotonic()
        while self._running.is_set():
            try:
                sample = self._driver.read()
                self._time(time.monotonic() - last_s)
                last_s = time.monotonic()
                self._driver.write(self._step(sample))
            except ConnectionError as error:
                self._controller.stop(f"the connection to the robot is lost: {error}")
                return

    def _step(self, sample: JointSample) -> Array:
        """Torque on top of gravity for one sample."""
        force, torque = sample.flange_wrench[:3], sample.flange_wrench[3:]
        self._wrench[:3] = self._turn @ force
        self._wrench[3:] = self._turn @ (torque - np.cross(self._lever, force))
        total = self._controller.step(sample.time_s, sample.q, sample.v, self._wrench)
        gravity = pin.computeGeneralizedGravity(self._robot.model, self._gravity_data, sample.q)
        excess: Array = total - gravity
        return excess if np.isfinite(excess).all() else np.zeros_like(total)

    def _time(self, period_s: float) -> None:
        """Count cycles and overruns; a long pause is a reflex."""
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
