"""The loop around a driver: refusals, losses and faults of its own, whatever the robot."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sonoreach.control.adapters import franka
from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.adapters.joint_driver import JointDriver, JointSample
from sonoreach.control.limits import region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState

ROBOT, LIMITS = RobotModel.load("panda"), region_limits("thyroid")


class Driver(JointDriver):
    """A robot at rest whose clock jumps, or whose read fails, after some cycles."""

    rate_hz, carries_tool = 1000.0, True

    def __init__(self, *, refuse: bool = False, jump_s: float = 0.0, error: Exception | None = None) -> None:
        self.refuse, self.jump_s, self.error = refuse, jump_s, error
        self.cycles, self.closed = 0, False

    def start(self) -> JointSample:
        if self.refuse:
            raise ConnectionError("brakes locked")
        return self.read()

    def read(self) -> JointSample:
        self.cycles += 1
        if self.cycles > 20 and self.error:
            raise self.error
        time_s = 1e-3 * self.cycles + (self.jump_s if self.cycles > 20 else 0.0)
        time.sleep(1e-3)
        return JointSample(time_s, ROBOT.home_rad, np.zeros(7), np.zeros(6))

    def write(self, torque: np.ndarray) -> None:
        assert np.isfinite(torque).all()

    def close(self) -> None:
        self.closed = True


def fault(driver: Driver) -> str:
    arm = HardwareArm(driver, ROBOT, LIMITS, ControlParameters())
    deadline = time.monotonic() + 20.0
    while not arm.state().fault and time.monotonic() < deadline:
        time.sleep(0.01)
    assert arm.state().contact in (ContactState.STOPPED, ContactState.RETRACT)
    arm.close()
    assert driver.closed
    return arm.state().fault


def test_a_pause_on_the_robots_clock_is_an_overrun() -> None:
    assert "paused for 0.101 s" in fault(Driver(jump_s=0.1))


def test_a_lost_connection_and_a_broken_loop_are_told() -> None:
    assert fault(Driver(error=ConnectionError("gone"))) == "the connection to the robot is lost: gone"
    assert fault(Driver(error=ValueError("odd"))) == "the arm's loop ended: odd"


def test_refusals_hang_up() -> None:
    driver = Driver(refuse=True)
    with pytest.raises(InputError, match="does not take torques: brakes locked"):
        HardwareArm(driver, ROBOT, LIMITS, ControlParameters())
    assert driver.closed
    driver = Driver()
    with pytest.raises(InputError, match="rate 500 Hz must be the robot's 1000 Hz"):
        HardwareArm(driver, ROBOT, LIMITS, ControlParameters(rate_hz=500.0))
    assert driver.closed
    driver = Driver()
    with pytest.raises(InputError, match="reports 7 joints, but 'ur5' has 6"):
        HardwareArm(driver, RobotModel.load("ur5"), LIMITS, ControlParameters())
    assert driver.closed


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(franka, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs the package pylibfranka"):
        franka.FrankaDriver("robot")
