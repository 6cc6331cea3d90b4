"""Universal Robots arms: joint torques through RTDE registers and a small program on the robot.

Needs PolyScope 5.22 / X 10.10 or newer for `direct_torque`. Run on hardware: not yet.
"""

from __future__ import annotations

import socket

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.adapters.hardware_arm import HardwareArm, JointDriver, JointSample
from sonoreach.control.adapters.rtde import PORT, RtdeClient
from sonoreach.control.limits import RegionLimits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError

Array = NDArray[np.float64]
RATE_HZ = 500.0
PROGRAM_PORT = 30002
OUTPUTS = ["timestamp", "actual_q", "actual_qd", "ft_raw_wrench", "safety_status_bits"]
REGISTER = 24
INPUTS = [f"input_double_register_{REGISTER + i}" for i in range(6)] + [f"input_int_register_{REGISTER}"]
NORMAL_MODE_BIT = 1
# The robot's side: torques from the registers while the beat changes; 20 ms without one end the program.
PROGRAM = f"""def sonoreach():
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
    torque = [{", ".join(f"read_input_float_register({REGISTER + i})" for i in range(6))}]
    direct_torque(torque, friction_comp=False)
  end
  stopj(4.0)
end
"""


class UniversalRobotsDriver(JointDriver):
    """RTDE in, registers out.

    Args:
        host: name or address of the robot.
        port, program_port: TCP ports of RTDE and of the script interface.

    Raises:
        ConnectionError: the robot does not answer.
        InputError: it lacks a field, or its registers are in use.
    """

    rate_hz = RATE_HZ

    def __init__(self, host: str, port: int = PORT, program_port: int = PROGRAM_PORT) -> None:
        self._client = RtdeClient(host, port)
        self._outputs = self._client.subscribe(RATE_HZ, OUTPUTS)
        self._inputs = self._client.claim(INPUTS)
        self._beat = 0
        self._client.start()
        self._client.send(self._inputs, *[0.0] * 6, 0)
        with socket.create_connection((host, program_port), timeout=2.0) as program:
            program.sendall(PROGRAM.encode("ascii"))

    def read(self) -> JointSample:
        """Wait for the next sample; a protective stop counts as a lost connection."""
        data = self._client.receive(self._outputs)
        if not data["safety_status_bits"] & NORMAL_MODE_BIT:
            raise ConnectionError(f"the robot left its normal safety mode (bits {data['safety_status_bits']:#x})")
        # the sensor tells what is exerted on the tool; the seam asks for what the tool exerts
        wrench = -np.array(data["ft_raw_wrench"])
        return JointSample(data["timestamp"], np.array(data["actual_q"]), np.array(data["actual_qd"]), wrench)

    def write(self, torque: Array) -> None:
        """Send torques and the next beat."""
        self._beat = (self._beat + 1) % 1_000_000
        self._client.send(self._inputs, *torque.tolist(), self._beat)

    def close(self) -> None:
        """Hang up: without beats the robot's program stops the joints by itself."""
        self._client.close()


def connect(host: str, limits: RegionLimits, robot: str = "ur5") -> HardwareArm:
    """A Universal Robots arm behind the `Arm` seam.

    Raises:
        InputError: nobody answers at that address, or the robot does not fit.
    """
    try:
        driver = UniversalRobotsDriver(host)
    except OSError as error:
        raise InputError(f"no Universal Robots controller answers at '{host}': {error}") from error
    return HardwareArm(driver, RobotModel.load(robot), limits, ControlParameters(rate_hz=RATE_HZ))
