"""The RTDE adapter against a small robot controller that speaks the protocol over a real socket."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.adapters.universal_robots import INPUTS, OUTPUTS, RATE_HZ, UniversalRobotsDriver, connect
from sonoreach.control.limits import region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState

TYPES = {"timestamp": "DOUBLE", "safety_status_bits": "UINT32"}
HOME = np.array(RobotModel.load("ur5").config.home_rad)


class RobotController:
    """A robot at rest: answers the set-up, sends its state, keeps what is written to its registers."""

    def __init__(self, *, in_use: bool = False, old: bool = False) -> None:
        self.in_use, self.old = in_use, old
        self.written: list[tuple[float, ...]] = []
        self.programs: list[str] = []
        self.safety_bits, self.q = 1, HOME.copy()
        self._rtde, self._script = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
        self.ports = self._rtde.getsockname()[1], self._script.getsockname()[1]
        self._open = True
        self._threads = [threading.Thread(target=f, daemon=True) for f in (self._serve, self._take_programs)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._open = False
        self._rtde.close()
        self._script.close()

    def _take_programs(self) -> None:
        while self._open:
            try:
                connection, _ = self._script.accept()
            except OSError:
                return
            with connection:
                text = b""
                while part := connection.recv(4096):
                    text += part
                self.programs.append(text.decode())

    def _serve(self) -> None:
        try:
            connection, _ = self._rtde.accept()
        except OSError:
            return
        with connection, contextlib.suppress(ConnectionError):
            stream = connection.makefile("rb")
            while header := stream.read(3):
                size, kind = struct.unpack(">HB", header)
                payload = stream.read(size - 3)
                if kind == ord("U"):
                    self.written.append(struct.unpack(">6di", payload[1:]))
                    continue
                connection.sendall(self._frame(kind, self._answer(kind, payload)))
                if kind == ord("S"):
                    threading.Thread(target=self._stream, args=(connection,), daemon=True).start()

    def _answer(self, kind: int, payload: bytes) -> bytes:
        if kind == ord("V"):
            return b"\x00" if self.old else b"\x01"
        if kind == ord("O"):
            assert struct.unpack(">d", payload[:8])[0] == RATE_HZ
            return b"\x01" + ",".join(TYPES.get(n, "VECTOR6D") for n in payload[8:].decode().split(",")).encode()
        if kind == ord("I"):
            assert payload.decode().split(",") == INPUTS
            return b"\x02" + ",".join(["IN_USE" if self.in_use else "DOUBLE"] * 6 + ["INT32"]).encode()
        return b"\x01"

    def _stream(self, connection: socket.socket) -> None:
        start = time.monotonic()
        while self._open:
            values = [time.monotonic() - start, *self.q, *[0.0] * 6, 0.0, 0.0, -3.4, 0.0, 0.0, 0.0]
            payload = b"\x01" + struct.pack(">19dI", *values, self.safety_bits)
            try:
                connection.sendall(self._frame(ord("M"), b"\x00hello") + self._frame(ord("U"), payload))
            except OSError:
                return
            time.sleep(0.002)

    @staticmethod
    def _frame(kind: int, payload: bytes) -> bytes:
        return struct.pack(">HB", 3 + len(payload), kind) + payload


@pytest.fixture
def controller() -> Iterator[RobotController]:
    robot = RobotController()
    yield robot
    robot.close()


def test_samples_come_and_torques_go(controller: RobotController) -> None:
    driver = UniversalRobotsDriver("127.0.0.1", *controller.ports)
    sample = driver.read()
    np.testing.assert_allclose(sample.q, HOME)
    assert sample.flange_wrench[2] == pytest.approx(3.4)
    driver.write(np.arange(6.0))
    driver.read()
    time.sleep(0.05)
    assert controller.written[-1][:6] == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert controller.written[-1][6] == 1
    assert "direct_torque" in controller.programs[0]
    assert len(OUTPUTS) == 5
    driver.close()


def test_the_arm_runs_over_the_wire_and_a_protective_stop_is_told(controller: RobotController) -> None:
    driver = UniversalRobotsDriver("127.0.0.1", *controller.ports)
    arm = HardwareArm(driver, RobotModel.load("ur5"), region_limits("thyroid"), ControlParameters(rate_hz=RATE_HZ))
    deadline = time.monotonic() + 20.0
    while arm.state().health.cycles < 50 and time.monotonic() < deadline:
        time.sleep(0.02)
    state = arm.state()
    assert state.contact in (ContactState.FREE, ContactState.RETRACT, ContactState.STOPPED)
    np.testing.assert_allclose(state.base_probe.position_m, [0.5, 0.0, 0.3], atol=0.01)
    assert np.abs(controller.written[-1][:6]).max() < 30.0
    controller.safety_bits = 4
    while "safety mode" not in arm.state().fault and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "connection" in arm.state().fault
    arm.close()


def test_refusals(controller: RobotController) -> None:
    for options, words in (({"in_use": True}, "already writes"), ({"old": True}, "version 2")):
        robot = RobotController(**options)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=words):
            UniversalRobotsDriver("127.0.0.1", *robot.ports)
        robot.close()
    controller.q = np.full(6, 9.0)
    driver = UniversalRobotsDriver("127.0.0.1", *controller.ports)
    with pytest.raises(InputError, match="outside the joint limits"):
        HardwareArm(driver, RobotModel.load("ur5"), region_limits("thyroid"), ControlParameters(rate_hz=RATE_HZ))
    with pytest.raises(InputError, match="no Universal Robots controller answers"):
        connect("127.0.0.1", region_limits("thyroid"))
