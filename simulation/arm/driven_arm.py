"""The simulated arm as its client sees it: the arm itself runs in a process of its own."""

from __future__ import annotations

import contextlib
import json
import pickle
import socket
import subprocess
import sys
import time
from typing import Any

from sonoreach.control.arm import Arm
from sonoreach.control.limits import check_target, region_limits
from sonoreach.errors import InputError
from sonoreach.simulation.arm.state_packet import LARGEST, unpack
from sonoreach.types.probe import ProbeState, ProbeTarget

START_S = 60.0
END_S = 5.0


class DrivenArm(Arm):
    """A simulated arm over a simulated patient, in real time; see `sonoreach.simulation.arm.drive`.

    Not for use by several threads at once.
    """

    def __init__(self, patient: int, region: str, *, seed: int = 0, epoch_s: float = 0.0) -> None:
        """Start the drive and wait for its first state.

        Args:
            patient: seed of the simulated patient.
            region: body region, which sets the limits.
            seed: seed of the sensor's noise.
            epoch_s: zero of the station's time on the wall clock [s].

        Raises:
            InputError: a seed or region is refused.
            RuntimeError: the drive ended, or said nothing for a minute.
        """
        self._limits = region_limits(region)
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        options = json.dumps({"patient": patient, "region": region, "seed": seed, "epoch_s": epoch_s})
        command = [sys.executable, "-m", "sonoreach.simulation.arm.drive", str(theirs.fileno()), options]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._socket.settimeout(START_S)
        try:
            greeting = json.loads(self._hear())
            if "refused" in greeting:
                raise InputError(greeting["refused"])
            self._joint_names = tuple(greeting["joints"])
            self._packet = self._hear()
        except TimeoutError as error:
            self.close()
            raise RuntimeError(f"the arm's drive said nothing for {START_S:.0f} s") from error
        except BaseException:
            self.close()
            raise
        self._socket.settimeout(None)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the joints, as in the URDF."""
        return self._joint_names

    @property
    def drive_pid(self) -> int:
        """Process number of the drive."""
        return self._process.pid

    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target; see `Arm.command`. The drive clips it further to its own limits."""
        check_target(target, self._limits)
        self._send("command", target)
        return target

    def state(self) -> ProbeState:
        """The latest state.

        Raises:
            RuntimeError: the drive has ended.
        """
        with contextlib.suppress(BlockingIOError):  # that was everything
            while True:
                self._packet = self._hear(socket.MSG_DONTWAIT)
        return unpack(self._packet, len(self._joint_names))

    def advance(self, duration_s: float) -> None:
        """Wait: the drive runs by itself."""
        time.sleep(duration_s)

    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged."""
        self._send("stop", cause)

    def acknowledge(self) -> None:
        """Clear a stop after a person has looked."""
        self._send("acknowledge", None)

    def close(self) -> None:
        """Let the drive leave the patient and end."""
        self._socket.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, order: str, content: Any) -> None:
        try:
            self._socket.send(pickle.dumps((order, content)))
        except OSError as error:
            raise RuntimeError("the arm's drive has ended") from error

    def _hear(self, flags: int = 0) -> bytes:
        """The next thing that the drive has said; BlockingIOError or TimeoutError when it said nothing."""
        try:
            packet = self._socket.recv(LARGEST, flags)
        except ConnectionError as error:
            raise RuntimeError("the arm's drive has ended") from error
        if not packet:
            raise RuntimeError("the arm's drive has ended")
        return packet
