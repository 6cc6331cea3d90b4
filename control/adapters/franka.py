"""Franka arms through libfranka's Python package `pylibfranka` (extra `hardware`). Run on hardware: not yet.

The package speaks protocol version 10: Franka Research 3 with system 5.9 or newer, not the first Panda (FER).
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.adapters import franka_process as process
from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.adapters.joint_driver import JointDriver, JointSample
from sonoreach.control.limits import RegionLimits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError

Array = NDArray[np.float64]
RATE_HZ = 1000.0
PATIENCE_S = 8.0
COLLISION_FORCE_N = 20.0
END_S = 1.0


class FrankaDriver(JointDriver):
    """Torque control at 1 kHz; the contact wrench is the arm's own estimate, K_F_ext_hat_K.

    libfranka runs in a process of its own (see `franka_process`), which stops the motion when this one ends.
    In Desk no end effector may be chosen: the probe's weight is carried by the controller.

    Args:
        host: name or address of the robot.
        collision_force_n: external force at which the robot's own reflex stops it [N].
        recover: clear a reflex that still stands from an earlier motion, after a person has looked.
        patience_s: longest time for connecting [s].
        silence_s: longest time without a state before the connection counts as lost [s].

    Raises:
        InputError: the package is missing, the robot does not answer, or it is not ready.
    """

    rate_hz = RATE_HZ
    carries_tool = False

    def __init__(
        self,
        host: str,
        collision_force_n: float = COLLISION_FORCE_N,
        *,
        recover: bool = False,
        patience_s: float = PATIENCE_S,
        silence_s: float = 0.25,
    ) -> None:
        if find_spec("pylibfranka") is None:
            raise InputError("a Franka arm needs the package pylibfranka: pip install 'sonoreach[hardware]'")
        self._patience_s, self._silence_s = patience_s, silence_s
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = [str(theirs.fileno()), host, str(collision_force_n), "recover" if recover else "keep"]
            self._process = subprocess.Popen(
                [sys.executable, "-m", process.__name__, *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt from the keyboard is this process's to handle
            )
        try:
            self._receive(process.READY, patience_s)
        except ConnectionError as error:
            self.close()
            raise InputError(f"no Franka arm is ready at '{host}': {error}") from error

    def start(self) -> JointSample:
        """Begin torque control."""
        with contextlib.suppress(OSError):  # what ended the other side is told by what it sent last
            self._link.send(process.START)
        return self._sample(self._patience_s)

    def read(self) -> JointSample:
        """Wait for the next sample."""
        return self._sample(self._silence_s)

    def write(self, torque: Array) -> None:
        """Send torques."""
        with contextlib.suppress(OSError):  # as in `start`: the next read raises
            self._link.send(process.TORQUE + process.TORQUE_DATA.pack(*torque))

    def close(self) -> None:
        """Stop the motion and end libfranka's process."""
        self._link.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _sample(self, timeout_s: float) -> JointSample:
        numbers = np.array(process.SAMPLE_DATA.unpack(self._receive(process.SAMPLE, timeout_s)))
        # the robot estimates what acts on the tool; the seam asks for what the tool exerts
        return JointSample(float(numbers[0]), numbers[1:8], numbers[8:15], -numbers[15:])

    def _receive(self, kind: bytes, timeout_s: float) -> bytes:
        """Wait for a message of a kind and return its data.

        Raises:
            ConnectionError: with what libfranka says, or that nothing came.
        """
        self._link.settimeout(timeout_s)
        try:
            message = self._link.recv(process.LONGEST_MESSAGE)
        except TimeoutError as error:
            raise ConnectionError(f"nothing came from the robot for {timeout_s:g} s") from error
        except OSError as error:
            raise ConnectionError(f"no link to libfranka's process: {error}") from error
        if message[:1] == kind:
            return message[1:]
        if message[:1] == process.ERROR:
            raise ConnectionError(message[1:].decode(errors="replace"))
        raise ConnectionError("libfranka's process has ended")


def connect(host: str, limits: RegionLimits, robot: str = "panda", *, recover: bool = False) -> HardwareArm:
    """A Franka arm behind the `Arm` seam.

    The robot's own reflex is set beyond the region's, so that it is the second to act.

    Args:
        host: name or address of the robot.
        limits: limits of the body region.
        robot: model; "panda" has the kinematics of a Franka Research 3, whose joint limits differ a little.
        recover: as for `FrankaDriver`.

    Raises:
        InputError: as `FrankaDriver` and `HardwareArm`.
    """
    model = RobotModel.load(robot)
    force_n = max(COLLISION_FORCE_N, 1.5 * limits.reflex_force_n + 9.81 * model.config.tool.mass_kg)
    driver = FrankaDriver(host, force_n, recover=recover)
    return HardwareArm(driver, model, limits, ControlParameters(rate_hz=RATE_HZ))
