"""The simulated arm as its client sees it: the arm itself runs in a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from sonoreach.control.arm import Arm
from sonoreach.control.limits import check_target, region_limits
from sonoreach.errors import InputError
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
        ours, theirs = socket.socketpair()
        options = json.dumps({"patient": patient, "region": region, "seed": seed, "epoch_s": epoch_s})
        command = [sys.executable, "-m", "sonoreach.simulation.arm.drive", str(theirs.fileno()), options]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._connection = Connection(ours.detach())
        self._joint_names: tuple[str, ...] = ()
        self._state: ProbeState | None = None
        deadline_s = time.monotonic() + START_S
        while self._state is None:
            if time.monotonic() > deadline_s:
                self.close()
                raise RuntimeError(f"the arm's drive said nothing for {START_S:.0f} s")
            self._hear(0.1)

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
        self._hear(0.0)
        assert self._state is not None
        return self._state

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
        self._connection.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, order: str, content: Any) -> None:
        try:
            self._connection.send((order, content))
        except OSError as error:
            raise RuntimeError("the arm's drive has ended") from error

    def _hear(self, timeout_s: float) -> None:
        """Take everything that the drive has said."""
        try:
            while self._connection.poll(timeout_s):
                kind, content = self._connection.recv()
                timeout_s = 0.0
                if kind == "state":
                    self._state = content
                elif kind == "joints":
                    self._joint_names = content
                else:
                    raise InputError(content)
        except (EOFError, OSError) as error:
            raise RuntimeError("the arm's drive has ended") from error
