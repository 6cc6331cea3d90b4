"""Universal Robots arms: joint torques through RTDE registers and a small program on the robot.

Needs `direct_torque`: PolyScope 5.23, or PolyScope X 10.11, or newer. Run on hardware: not yet.
"""

from __future__ import annotations

import random
import socket
import time

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.adapters.hardware_arm import HardwareArm
from sonoreach.control.adapters.joint_driver import JointDriver, JointSample
from sonoreach.control.adapters.rtde import PORT, RtdeClient
from sonoreach.control.limits import RegionLimits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError

Array = NDArray[np.float64]
RATE_HZ = 500.0
PROGRAM_PORT = 30002
REGISTER = 24  # the first that belongs to RTDE clients
ECHO = f"output_int_register_{REGISTER}"
OUTPUTS = ["timestamp", "actual_q", "actual_qd", "ft_raw_wrench", "safety_status_bits", ECHO]
INPUTS = [f"input_double_register_{REGISTER + i}" for i in range(6)] + [f"input_int_register_{REGISTER}"]
NORMAL_MODE_BIT = 1
BEATS = 1_000_000
LARGEST_LAG = 25  # beats behind which the robot's program may be; it ends by itself after 10 without a new one
START_S = 3.0
# PolyScope 5 and X: first version with torques, first version that scales its friction compensation
TORQUE_SINCE = {5: (5, 23, 0), 10: (10, 11, 0)}
SCALES_SINCE = {5: (5, 25, 1), 10: (10, 12, 1)}


def program(version: tuple[int, int, int], tool_kg: float, tool_com_m: Array) -> str:
    """The robot's side, in URScript: torques from the registers while the beat changes; 20 ms without one end it.

    The robot carries the tool and leaves friction to the controller.

    Args:
        version: PolyScope's.
        tool_kg: mass of the tool [kg].
        tool_com_m: its centre of mass in the flange's frame, shape (3,) [m].

    Raises:
        InputError: the version has no joint torques.
    """
    since = TORQUE_SINCE.get(version[0], TORQUE_SINCE[10])
    if version < since:
        found, needed = (".".join(map(str, v)) for v in (version, since))
        raise InputError(f"the robot runs PolyScope {found}, but joint torques need {needed} or newer")
    zeros = [0.0] * 6
    scaled = version >= SCALES_SINCE.get(version[0], SCALES_SINCE[10])
    friction = f"viscous_scale={zeros}, coulomb_scale={zeros}" if scaled else "friction_comp=False"
    return f"""def sonoreach():
  set_target_payload({tool_kg:.4f}, [{", ".join(f"{x:.4f}" for x in tool_com_m)}])
  last = -1
  quiet = 0
  while quiet < 10:
    beat = read_input_integer_register({REGISTER})
    if beat == last:
      quiet = quiet + 1
    else:
      quiet = 0
    end
    last = beat
    write_output_integer_register({REGISTER}, beat)
    torque = [{", ".join(f"read_input_float_register({REGISTER + i})" for i in range(6))}]
    direct_torque(torque, {friction})
  end
  stopj(4.0)
end
"""


class UniversalRobotsDriver(JointDriver):
    """RTDE in, registers out.

    Args:
        host: name or address of the robot.
        robot: its model, for the tool's mass and centre of mass.
        port, program_port: TCP ports of RTDE and of the script interface.
        silence_s: longest time without data before the connection counts as lost [s].

    Raises:
        InputError: nobody answers, its PolyScope is too old, it lacks a field, or its registers are in use.
    """

    rate_hz = RATE_HZ
    carries_tool = True

    def __init__(
        self, host: str, robot: RobotModel, port: int = PORT, program_port: int = PROGRAM_PORT, silence_s: float = 1.0
    ) -> None:
        self._program_address = (host, program_port)
        self._beat = random.randrange(BEATS)  # no echo of an earlier program can be taken for this one's
        try:
            self._client = RtdeClient(host, port, silence_s)
        except ConnectionError as error:
            raise InputError(f"no Universal Robots controller answers at '{host}': {error}") from error
        tool = robot.config.tool
        tool_com_m = (robot.link_flange.inverse() @ robot.link_probe).apply(tool.com_m)
        try:
            self._program = program(self._client.controller_version(), tool.mass_kg, tool_com_m)
            self._outputs = self._client.subscribe(RATE_HZ, OUTPUTS)
            self._inputs = self._client.claim(INPUTS)
            self._client.start()
        except ConnectionError as error:
            self.close()
            raise InputError(f"the controller at '{host}' does not speak RTDE as it should: {error}") from error
        except BaseException:
            self.close()
            raise

    def start(self) -> JointSample:
        """Send the robot its program and wait until it echoes the beat."""
        self.write(np.zeros(6))
        try:
            with socket.create_connection(self._program_address, timeout=2.0) as connection:
                connection.sendall(self._program.encode("ascii"))
        except OSError as error:
            raise ConnectionError(f"it takes no program on port {self._program_address[1]}: {error}") from error
        deadline_s = time.monotonic() + START_S
        while True:
            sample, lag = self._receive()
            if lag <= LARGEST_LAG:
                return sample
            if time.monotonic() > deadline_s:
                raise ConnectionError("it does not run the program: switch it to remote control, brakes released")
            self.write(np.zeros(6))

    def read(self) -> JointSample:
        """Wait for the next sample; a protective stop and an ended program count as a lost connection."""
        sample, lag = self._receive()
        if lag > LARGEST_LAG:
            raise ConnectionError("the robot's program has ended")
        return sample

    def write(self, torque: Array) -> None:
        """Send torques and the next beat."""
        self._beat = (self._beat + 1) % BEATS
        self._client.send(self._inputs, *torque.tolist(), self._beat)

    def close(self) -> None:
        """Hang up: without beats the robot's program stops the joints by itself."""
        self._client.close()

    def _receive(self) -> tuple[JointSample, int]:
        """The next sample, and how many beats the robot's program is behind."""
        data = self._client.receive(self._outputs)
        if not data["safety_status_bits"] & NORMAL_MODE_BIT:
            raise ConnectionError(f"the robot left its normal safety mode (bits {data['safety_status_bits']:#x})")
        # the sensor tells what is exerted on the tool; the seam asks for what the tool exerts
        wrench = -np.array(data["ft_raw_wrench"])
        sample = JointSample(data["timestamp"], np.array(data["actual_q"]), np.array(data["actual_qd"]), wrench)
        return sample, (self._beat - data[ECHO]) % BEATS


def connect(host: str, limits: RegionLimits, robot: str = "ur5") -> HardwareArm:
    """A Universal Robots arm behind the `Arm` seam.

    Raises:
        InputError: as `UniversalRobotsDriver` and `HardwareArm`.
    """
    model = RobotModel.load(robot)
    return HardwareArm(UniversalRobotsDriver(host, model), model, limits, ControlParameters(rate_hz=RATE_HZ))
