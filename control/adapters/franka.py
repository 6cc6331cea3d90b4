"""Franka arms through libfranka's Python package `pylibfranka`, installed by hand. Run on hardware: not yet."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.adapters.hardware_arm import HardwareArm, JointDriver, JointSample
from sonoreach.control.limits import RegionLimits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError

Array = NDArray[np.float64]
RATE_HZ = 1000.0


class FrankaDriver(JointDriver):
    """Torque control at 1 kHz; the contact wrench is the arm's own estimate, K_F_ext_hat_K.

    In Desk the tool's load must be set to zero and the end effector's frame to the flange, so that the stiffness frame
    K is the flange and the estimate still holds the tool's weight.

    Args:
        host: name or address of the robot.
        library: the module `pylibfranka`, or one that speaks like it.

    Raises:
        InputError: the package is missing or the robot does not answer.
    """

    rate_hz = RATE_HZ

    def __init__(self, host: str, library: Any = None) -> None:
        if library is None:
            try:
                library = importlib.import_module("pylibfranka")
            except ImportError as error:
                raise InputError("a Franka arm needs the package pylibfranka: pip install pylibfranka") from error
        self._library = library
        try:
            self._robot = library.Robot(host)
            self._control = self._robot.start_torque_control()
        except library.FrankaException as error:
            raise InputError(f"no Franka arm answers at '{host}': {error}") from error

    def read(self) -> JointSample:
        """Wait for the next sample."""
        try:
            state, _ = self._control.readOnce()
        except self._library.FrankaException as error:
            raise ConnectionError(str(error)) from error
        wrench = -np.array(state.K_F_ext_hat_K)
        return JointSample(state.time.to_sec(), np.array(state.q), np.array(state.dq), wrench)

    def write(self, torque: Array) -> None:
        """Send torques; libfranka adds gravity."""
        try:
            self._control.writeOnce(self._library.Torques(torque.tolist()))
        except self._library.FrankaException as error:
            raise ConnectionError(str(error)) from error

    def close(self) -> None:
        """Stop the motion."""
        self._robot.stop()


def connect(host: str, limits: RegionLimits, robot: str = "panda") -> HardwareArm:
    """A Franka arm behind the `Arm` seam; errors as `FrankaDriver`."""
    return HardwareArm(FrankaDriver(host), RobotModel.load(robot), limits, ControlParameters(rate_hz=RATE_HZ))
