"""The simulated arm's drive: plant, controller and 1 kHz loop in a process of their own.

A real arm's controller sits in a cabinet and goes on when the computer that commands it fails; so does this
process. When its client falls silent for good it leaves the patient and ends. Started by `DrivenArm`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import signal
import socket
import sys
import time
from typing import Any

from sonoreach.control.limits import region_limits
from sonoreach.control.loop import RealTimeLoop
from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.state_packet import LARGEST, pack
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.probe import ContactState, LoopHealth

STATE_CYCLES = 5  # a state each 5 ms: twice as often as it is asked for
LISTEN_S = 0.1
LEAVE_S = 3.0
NO_FORCE_N = 0.15
OFF = (ContactState.FREE, ContactState.RETRACT, ContactState.STOPPED)


class Drive:
    """Runs the arm for a client at the other end of a connection."""

    def __init__(self, connection: socket.socket, patient: int, region: str, seed: int, epoch_s: float) -> None:
        """Set the arm up and start its loop.

        Args:
            connection: to the client; keeps messages apart.
            patient: seed of the simulated patient.
            region: body region, which sets the limits.
            seed: seed of the sensor's noise.
            epoch_s: zero of the station's time on the wall clock [s].

        Raises:
            InputError: a seed or region is refused.
        """
        self._orders, self._states, self._epoch_s = connection, connection.dup(), epoch_s
        self._orders.settimeout(LISTEN_S)
        self._states.setblocking(False)
        self._on_time, self._steps = False, 0
        self.arm = SimulatedArm(
            Patient.from_seed(patient), limits=region_limits(region), seed=seed, start_s=time.time() - epoch_s
        )
        self.loop = RealTimeLoop(self._step, on_health=self._keep_time, on_pause=self.arm.advance)

    def serve(self) -> None:
        """Work until the client is gone, then leave the patient."""
        with contextlib.suppress(OSError):
            self._greet_and_listen()
        if self.loop.failure is None:
            self._leave()
        self.loop.close()

    def _greet_and_listen(self) -> None:
        joints = list(self.arm.controller.robot.model.names)[1:]
        self._orders.send(json.dumps({"joints": joints}).encode())
        self.loop.start()
        while self.loop.failure is None:
            with contextlib.suppress(TimeoutError):
                order = self._orders.recv(LARGEST)
                if not order:
                    return
                self._obey(*pickle.loads(order))

    def _step(self) -> None:
        """One cycle of the loop; the loop tells the state itself, for each change of threads costs caches."""
        arm = self.arm
        arm.step()
        self._steps += 1
        if self._steps % STATE_CYCLES == 0:
            with contextlib.suppress(OSError):  # the client does not listen just now, or is gone
                self._states.send(pack(arm.controller.memory, self.loop.health, arm.controller.fault))

    def _obey(self, order: str, content: Any) -> None:
        if order == "command":
            with contextlib.suppress(InputError):  # the client has checked it; the controller's word is the last
                self.arm.command(content)
        elif order == "stop":
            self.arm.stop(content)
        elif order == "acknowledge":
            self.arm.acknowledge()

    def _leave(self) -> None:
        started_s = time.monotonic()
        self.arm.stop("the arm's node is gone")
        while time.monotonic() - started_s < LEAVE_S:
            state = self.arm.state()
            if state.contact in OFF and state.force_n < NO_FORCE_N:
                print(f"the arm was off the patient {time.monotonic() - started_s:.2f} s after its node was gone")
                return
            time.sleep(0.01)
        print(f"the arm still presses with {self.arm.state().force_n:.1f} N", file=sys.stderr)

    def _keep_time(self, health: LoopHealth) -> None:
        """Called by the loop; the first time, make up for what the start took."""
        self.arm.report_health(health)
        if not self._on_time:
            self._on_time = True
            self.arm.advance(max(0.0, time.time() - self._epoch_s - self.arm.time_s))


def main() -> int:
    """Entry point: `python -m sonoreach.simulation.arm.drive FILE_DESCRIPTOR OPTIONS_AS_JSON`."""
    logging.basicConfig(format="%(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the client's matter
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        drive = Drive(connection, **json.loads(sys.argv[2]))
    except InputError as error:
        connection.send(json.dumps({"refused": str(error)}).encode())
        return error.exit_code
    drive.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
