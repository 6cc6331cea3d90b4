"""The Franka adapter against a module with pylibfranka's calls; the real package is compared when installed."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

from sonoreach.control.adapters.franka import FrankaDriver
from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.limits import region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError

ROBOT = RobotModel.load("panda")


class FrankaException(Exception):
    """As pylibfranka's."""


class Control:
    """A Panda at rest that goes away after some cycles."""

    def __init__(self, cycles: int) -> None:
        self.left, self.sent = cycles, []  # type: tuple[int, list[list[float]]]

    def readOnce(self) -> tuple[SimpleNamespace, SimpleNamespace]:
        self.left -= 1
        if self.left < 0:
            raise FrankaException("communication_constraints_violation")
        time.sleep(1e-3)
        state = SimpleNamespace(
            q=list(ROBOT.home_rad), dq=[0.0] * 7, K_F_ext_hat_K=[0.0] * 6,
            time=SimpleNamespace(to_sec=lambda: 0.0),
        )  # fmt: skip
        return state, SimpleNamespace()

    def writeOnce(self, torques: list[float]) -> None:
        self.sent.append(torques)


def library(control: Control) -> SimpleNamespace:
    robot = SimpleNamespace(start_torque_control=lambda: control, stop=lambda: None)
    return SimpleNamespace(Robot=lambda host: robot, Torques=list, FrankaException=FrankaException)


def test_torques_are_sent_without_gravity_and_a_loss_is_told() -> None:
    control = Control(300)
    driver = FrankaDriver("robot", library(control))
    arm = HardwareArm(driver, ROBOT, region_limits("thyroid"), ControlParameters())
    deadline = time.monotonic() + 20.0
    while not arm.state().fault and time.monotonic() < deadline:
        time.sleep(0.02)
    arm.close()
    assert "communication_constraints_violation" in arm.state().fault
    assert len(control.sent[0]) == 7
    assert np.abs(control.sent[0]).max() < 1.0


def test_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pylibfranka", None)
    with pytest.raises(InputError, match="pip install pylibfranka"):
        FrankaDriver("robot")


def test_real_package_offers_the_calls() -> None:
    real = pytest.importorskip("pylibfranka", reason="pylibfranka is installed by hand for a Franka arm")
    assert {"readOnce", "writeOnce"} <= set(dir(real.ActiveControlBase))
    assert {"start_torque_control", "stop"} <= set(dir(real.Robot))
    assert {"q", "dq", "K_F_ext_hat_K", "time"} <= set(dir(real.RobotState))
    assert hasattr(real.Duration, "to_sec")
