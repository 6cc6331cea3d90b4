"""The Universal Robots adapter against a box that speaks RTDE and runs its program; ur_rtde checks the box."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from ur_box import UrBox

from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.adapters.rtde import PORT, RtdeClient
from sonoreach.control.adapters.universal_robots import INPUTS, RATE_HZ, UniversalRobotsDriver, connect, program
from sonoreach.control.limits import region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

ROBOT, LIMITS = RobotModel.load("ur5"), region_limits("thyroid")
HOME = np.array(ROBOT.config.home_rad)
SKIN = Pose.from_axes([0.5, 0.0, 0.29], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])


def wait(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def box(address: str) -> Iterator[UrBox]:
    with UrBox(address) as robot:
        yield robot


@pytest.fixture
def arm(box: UrBox) -> Iterator[HardwareArm]:
    driver = UniversalRobotsDriver(box.host, ROBOT, silence_s=5.0)
    running = HardwareArm(driver, ROBOT, LIMITS, ControlParameters(rate_hz=RATE_HZ))
    wait(lambda: running.state().health.cycles > 10)
    yield running
    running.close()


def test_the_box_speaks_rtde_to_the_client_that_others_use(box: UrBox) -> None:
    pytest.importorskip("rtde_receive", reason="ur-rtde is not installed (extra hardware)")
    box.registers["output_int_register_18"] = 1234
    # in a process of its own: it keeps the interpreter's lock, and the box would not get to answer
    script = f"""
import rtde_receive, time
fields = ["timestamp", "actual_q", "actual_qd", "safety_status_bits", "runtime_state", "output_int_register_18"]
client = rtde_receive.RTDEReceiveInterface("{box.host}", 500.0, fields)
before = client.getTimestamp()
while client.getTimestamp() < before + 0.1:
    time.sleep(0.01)
print([client.getActualQ(), client.getActualQd(), client.getSafetyStatusBits(), client.getOutputIntRegister(18)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    q, v, safety, register = json.loads(done.stdout)
    np.testing.assert_allclose(q, HOME)
    assert (v, safety, register) == ([0.0] * 6, 1, 1234)


def test_control_runs_presses_and_leaves_on_stop(box: UrBox, arm: HardwareArm) -> None:
    start_s = arm.state().stamp_s

    def press() -> bool:
        state = arm.state()
        assert not state.fault
        arm.command(ProbeTarget(state.stamp_s, SKIN, 3.0, TargetMode.CONTACT, 0.02))
        return state.contact is ContactState.SCAN and state.stamp_s > start_s + 2.5

    wait(press)
    assert box.plant.wrench[2] == pytest.approx(3.0, abs=0.4)
    assert arm.state().force_n == pytest.approx(3.0, abs=0.4)
    assert box.payload == (0.35, [0.0, 0.0, 0.08])
    arm.stop("enough for today")
    wait(lambda: arm.state().contact is ContactState.STOPPED)
    assert arm.state().fault == "enough for today"
    assert box.plant.wrench[2] == 0.0
    assert not box.programs
    arm.close()
    wait(lambda: box.programs == ["done"])
    assert not box.plant.v.any()


def test_a_protective_stop_is_told_and_stays(box: UrBox, arm: HardwareArm) -> None:
    box.registers["safety_status_bits"] = 4
    wait(lambda: bool(arm.state().fault))
    assert "left its normal safety mode (bits 0x4)" in arm.state().fault
    box.registers["safety_status_bits"] = 1
    arm.acknowledge()
    assert "safety mode" in arm.state().fault
    assert arm.state().contact is ContactState.STOPPED
    wait(lambda: box.programs == ["halted"])


def switch_off(box: UrBox) -> None:
    box.close()


def pull_the_cable(box: UrBox) -> None:
    box.mute = True


@pytest.mark.parametrize(("fault", "words"), [(switch_off, "RTDE"), (pull_the_cable, "no RTDE data for 1 s")])
def test_a_lost_robot_is_told(box: UrBox, fault: Callable[[UrBox], None], words: str) -> None:
    driver = UniversalRobotsDriver(box.host, ROBOT, silence_s=1.0)
    driver.start()
    fault(box)
    with pytest.raises(ConnectionError, match=words):
        for _ in range(1000):
            driver.write(np.zeros(6))
            driver.read()
    driver.close()


def test_an_ended_program_is_told(box: UrBox) -> None:
    driver = UniversalRobotsDriver(box.host, ROBOT)
    driver.start()
    box.halted = True
    with pytest.raises(ConnectionError, match="program has ended"):
        for _ in range(1000):
            driver.write(np.zeros(6))
            driver.read()
    driver.close()


def test_a_robot_that_is_not_ready_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=r"no Universal Robots controller answers at .* refused"):
        connect(address, LIMITS)
    with pytest.raises(InputError, match=r"no Universal Robots controller answers at 'no-robot.invalid'"):
        connect("no-robot.invalid", LIMITS)
    for options, words in (
        ({"version": (5, 11, 0)}, "PolyScope 5.11.0, but joint torques need 5.23.0"),
        ({"version": (10, 8, 0)}, "PolyScope 10.8.0, but joint torques need 10.11.0"),
        ({"remote": False}, "does not take torques: it does not run the program: switch it to remote control"),
    ):
        with UrBox(address, **options) as box, pytest.raises(InputError, match=words):  # type: ignore[arg-type]
            connect(box.host, LIMITS)


def test_registers_limits_and_old_protocols_are_refused(box: UrBox) -> None:
    other = RtdeClient(box.host)
    other.claim(INPUTS[:1])
    with pytest.raises(InputError, match="already writes 'input_double_register_24'"):
        connect(box.host, LIMITS)
    with pytest.raises(InputError, match=r"does not offer 'tool_warmth' \(NOT_FOUND\)"):
        other.subscribe(RATE_HZ, ["timestamp", "tool_warmth"])
    other.close()
    wait(lambda: not box._clients)
    box.plant.q[:] = 9.0
    with pytest.raises(InputError, match="outside the joint limits"):
        connect(box.host, LIMITS)
    wait(lambda: box.programs == ["done"])
    box.speaks_version_2 = False
    with pytest.raises(InputError, match="version 2"):
        connect(box.host, LIMITS)


@pytest.mark.parametrize(
    ("junk", "words"),
    [
        (b"", "no RTDE data for 1 s"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no RTDE data for 1 s"),
        (b"\x00\x01V", "impossible size 1"),
    ],
)
def test_a_wrong_host_is_refused(address: str, junk: bytes, words: str) -> None:
    server = socket.create_server((address, PORT))

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            connection.sendall(junk)
            while connection.recv(4096):
                pass

    threading.Thread(target=serve, daemon=True).start()
    with server, pytest.raises(InputError, match=words):
        connect(address, LIMITS)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ((5, 23, 0), "friction_comp=False"),
        ((5, 25, 1), "coulomb_scale=[0.0"),
        ((10, 11, 0), "friction_comp=False"),
        ((10, 12, 1), "viscous_scale=[0.0"),
    ],
)
def test_the_program_suits_the_version(version: tuple[int, int, int], words: str) -> None:
    assert words in program(version, 0.35, np.zeros(3))


def test_the_program_of_an_older_polyscope_runs(address: str) -> None:
    with UrBox(address, version=(5, 23, 0)) as box:
        driver = UniversalRobotsDriver(box.host, ROBOT)
        driver.start()
        driver.write(np.arange(6.0))
        driver.read()
        wait(lambda: box.torque.tolist() == list(range(6)) or bool(box.programs))
        driver.close()
        wait(lambda: box.programs == ["done"])
