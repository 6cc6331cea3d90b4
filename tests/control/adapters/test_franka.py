"""The Franka adapter: the real libfranka of the package pylibfranka against a box that speaks its protocol."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pinocchio as pin
import pytest
from franka_box import (
    IDLE,
    MOVE,
    PREEMPTED,
    RECOVER,
    REFLEX,
    REFLEX_ABORTED,
    SET_COLLISION,
    STOP_MOVE,
    USER_STOPPED,
    FrankaBox,
)

from sonoreach.control.adapters.franka import FrankaDriver, connect
from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.limits import region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

pytest.importorskip("pylibfranka", reason="pylibfranka is not installed (extra hardware)")
ROBOT, LIMITS = RobotModel.load("panda"), region_limits("thyroid")
SKIN = Pose.from_axes([0.5, 0.0, 0.29], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])


def wait(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def box(address: str) -> Iterator[FrankaBox]:
    with FrankaBox(address) as robot:
        yield robot


@pytest.fixture
def arm(box: FrankaBox) -> Iterator[HardwareArm]:
    driver = FrankaDriver(box.host, silence_s=5.0)
    running = HardwareArm(driver, ROBOT, LIMITS, ControlParameters())
    wait(lambda: running.state().health.cycles > 10)
    yield running
    running.close()


def test_control_runs_through_libfranka_presses_and_leaves_on_stop(box: FrankaBox, arm: HardwareArm) -> None:
    def press() -> bool:
        state = arm.state()
        assert not state.fault
        arm.command(ProbeTarget(state.stamp_s, SKIN, 3.0, TargetMode.CONTACT, 0.02))
        return state.contact is ContactState.SCAN and state.stamp_s > 2.5

    wait(press)
    assert box.plant.wrench[2] == pytest.approx(3.0, abs=0.3)
    assert arm.state().force_n == pytest.approx(3.0, abs=0.3)
    arm.stop("enough for today")
    wait(lambda: box.plant.wrench[2] == 0.0)
    wait(lambda: arm.state().contact is ContactState.STOPPED)
    assert arm.state().fault == "enough for today"
    assert arm.joint_names[0] == "panda_joint1"
    assert SET_COLLISION in box.requests
    assert STOP_MOVE not in box.requests
    arm.close()
    arm.close()
    assert box.requests[-1] == STOP_MOVE
    assert (box.mode, box.finished) == (IDLE, PREEMPTED)


def test_a_resting_arm_carries_the_probe_that_the_robot_does_not_know(box: FrankaBox, arm: HardwareArm) -> None:
    first = box.torques
    with_probe = pin.computeGeneralizedGravity(ROBOT.model, ROBOT.model.createData(), box.plant.q)
    np.testing.assert_allclose(first, with_probe - box.gravity(box.plant.q), atol=0.3)
    assert np.abs(first).max() > 1.0
    wait(lambda: arm.state().stamp_s > 0.5)
    assert np.abs(box.plant.q - ROBOT.home_rad).max() < 1e-3


@pytest.mark.parametrize("error", ["cartesian_reflex", "communication_constraints_violation"])
def test_a_reflex_of_the_robot_is_told_and_nobody_can_acknowledge_it_away(
    box: FrankaBox, arm: HardwareArm, error: str
) -> None:
    box.abort(error)
    wait(lambda: bool(arm.state().fault))
    assert error in arm.state().fault
    arm.acknowledge()
    assert error in arm.state().fault
    assert arm.state().contact is ContactState.STOPPED
    assert box.finished == REFLEX_ABORTED
    arm.close()
    with pytest.raises(InputError, match=f"mode Reflex after .*{error}.*recover=True"):
        FrankaDriver(box.host)
    FrankaDriver(box.host, recover=True).close()
    assert RECOVER in box.requests
    assert box.mode == IDLE


def switch_off(box: FrankaBox) -> None:
    box.close()


def pull_the_cable(box: FrankaBox) -> None:
    box.mute = True


@pytest.mark.parametrize(
    ("fault", "words"), [(switch_off, "server closed connection|TCP|UDP"), (pull_the_cable, "UDP receive: Timeout")]
)
def test_a_lost_robot_is_told(box: FrankaBox, arm: HardwareArm, fault: Callable[[FrankaBox], None], words: str) -> None:
    fault(box)
    wait(lambda: bool(arm.state().fault))
    assert arm.state().fault.startswith("the connection to the robot is lost: ")
    assert re.search(words, arm.state().fault)


def test_silence_is_told_by_the_driver_before_libfranka_notices(box: FrankaBox) -> None:
    driver = FrankaDriver(box.host, silence_s=0.5)
    driver.start()
    box.mute = True
    with pytest.raises(ConnectionError, match=r"nothing came from the robot for 0\.5 s"):
        for _ in range(100_000):
            driver.write(np.zeros(7))
            driver.read()
    driver.close()


def test_a_dead_libfranka_is_told(arm: HardwareArm) -> None:
    arm._driver._process.kill()  # type: ignore[attr-defined]
    wait(lambda: bool(arm.state().fault))
    assert "libfranka's process has ended" in arm.state().fault


@pytest.mark.parametrize("deaf", [False, True])
def test_the_motion_ends_when_the_controllers_process_dies(box: FrankaBox, deaf: bool) -> None:
    script = (
        "import sys; from sonoreach.control.adapters.franka import connect\n"
        "from sonoreach.control.limits import region_limits\n"
        f"arm = connect('{box.host}', region_limits('thyroid')); print('runs', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"runs\n"
        box.deaf = deaf
        os.kill(process.pid, signal.SIGKILL)
        wait(lambda: box.mode == IDLE)
    assert box.requests[-1] == STOP_MOVE
    assert (box.finished == PREEMPTED) is not deaf


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"version": 9}, "Incompatible library version"),
        ({"mode": REFLEX}, "mode Reflex"),
        ({"mode": USER_STOPPED}, "mode UserStopped"),
        ({"end_effector_kg": 0.73}, "end effector of 0.73 kg: choose none"),
    ],
)
def test_a_robot_that_is_not_ready_is_refused(address: str, options: dict[str, Any], words: str) -> None:
    with FrankaBox(address, **options) as box, pytest.raises(InputError, match=words):
        FrankaDriver(box.host)
    assert MOVE not in box.requests


def test_nobody_a_wrong_name_and_a_silent_host_are_refused(address: str) -> None:
    with pytest.raises(InputError, match=r"no Franka arm is ready at .* FCI refused"):
        connect(address, LIMITS)
    with pytest.raises(InputError, match=r"no Franka arm is ready at 'no-robot.invalid'"):
        connect("no-robot.invalid", LIMITS)
    with FrankaBox(address) as box:
        box.mute = True
        with pytest.raises(InputError, match="nothing came from the robot for 2 s"):
            FrankaDriver(address, patience_s=2.0)


def test_a_robot_beyond_the_models_limits_is_refused_and_its_motion_ended(box: FrankaBox) -> None:
    box.plant.q[3] = 1.0
    with pytest.raises(InputError, match="outside the joint limits"):
        connect(box.host, LIMITS)
    assert box.finished == PREEMPTED
