"""A Universal Robots control box for tests: RTDE version 2 and the script port in front of a simulated UR5.

It runs the URScript that it is sent, so that the program itself is tested, not only that it arrives. While a program
runs it waits for the registers that answer its state, so that tests do not depend on the machine's speed; a real one
goes on. Field names and types: Universal Robots, "Real-Time Data Exchange (RTDE) Guide".
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from typing import Any

import numpy as np
import pinocchio as pin

from sonoreach.control.robot import RobotModel
from sonoreach.simulation.arm.plant import ArmPlant, PlantOptions
from sonoreach.simulation.arm.sensor import WristSensor
from sonoreach.simulation.arm.surfaces import BreathingBody

PORT, PROGRAM_PORT, PERIOD_S = 30004, 30002, 0.002
PATIENCE_S = 2.0
FORMATS = {"DOUBLE": "d", "INT32": "i", "UINT32": "I", "UINT64": "Q", "VECTOR6D": "6d", "VECTOR6INT32": "6i"}
TYPES = {
    "timestamp": "DOUBLE", "actual_q": "VECTOR6D", "actual_qd": "VECTOR6D", "ft_raw_wrench": "VECTOR6D",
    "safety_status_bits": "UINT32", "runtime_state": "UINT32",
    **{f"{way}_int_register_{i}": "INT32" for way in ("input", "output") for i in range(48)},
    **{f"{way}_double_register_{i}": "DOUBLE" for way in ("input", "output") for i in range(48)},
}  # fmt: skip


class Halted(Exception):
    """The controller ends the program."""


class Client:
    """One RTDE connection and its recipes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.started = connection, False
        self.outputs: list[str] = []
        self.inputs: list[str] = []

    def send(self, kind: str, payload: bytes) -> None:
        with contextlib.suppress(OSError):
            self.connection.sendall(struct.pack(">HB", 3 + len(payload), ord(kind)) + payload)


class UrBox:
    """The control box of a simulated UR5 over a body.

    Attributes:
        host: its own address.
        registers: input and output registers, and the other fields, by name.
        torque: what the program asked for last, shape (6,) [N m].
        programs: what programs ran, and what each ended with: "done", "halted", or an error.
        payload: what the program says of the tool.
    """

    def __init__(self, host: str, *, version: tuple[int, int, int] = (5, 26, 0), remote: bool = True) -> None:
        self.host, self.version, self.remote = host, version, remote
        self.registers: dict[str, Any] = dict.fromkeys(TYPES, 0)
        self.registers["safety_status_bits"] = 1
        self.torque, self.programs, self.payload = np.zeros(6), [], ()  # type: tuple[Any, list[str], tuple[Any, ...]]
        self.speaks_version_2, self.mute, self.halted = True, False, False
        self.robot = RobotModel.load("ur5")
        body = BreathingBody(top_m=(0.5, 0.0, 0.29), stiffness_n_m=600.0)
        self.plant = ArmPlant(self.robot, body, PlantOptions())
        self._sensor = WristSensor(self.robot.config.tool, PlantOptions(), 0, PERIOD_S)
        self._flange_probe = self.robot.link_flange.inverse() @ self.robot.link_probe
        self._data = self.robot.model.createData()
        self._clients: list[Client] = []
        self._answered = threading.Event()
        self._text = ""
        self._ticks, self._open = 0, True
        self._servers = [socket.create_server((host, port)) for port in (PORT, PROGRAM_PORT)]
        for target in (self._accept, self._take_programs, self._run):
            threading.Thread(target=target, daemon=True).start()

    def __enter__(self) -> UrBox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Switch off."""
        self._open = False
        for server in self._servers:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            server.close()
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.connection.shutdown(socket.SHUT_RDWR)
            client.connection.close()

    def _accept(self) -> None:
        while self._open:
            with contextlib.suppress(OSError):
                connection, _ = self._servers[0].accept()
                self._clients.append(Client(connection))
                threading.Thread(target=self._listen, args=(self._clients[-1],), daemon=True).start()

    def _listen(self, client: Client) -> None:
        with contextlib.suppress(OSError), client.connection.makefile("rb") as stream:
            while len(header := stream.read(3)) == 3:
                size, kind = struct.unpack(">HB", header)
                payload = stream.read(size - 3)
                if self.mute:
                    continue
                if kind == ord("U"):
                    layout = ">" + "".join(FORMATS[TYPES[name]] for name in client.inputs)
                    self.registers.update(zip(client.inputs, struct.unpack(layout, payload[1:]), strict=True))
                    self._answered.set()
                else:
                    client.send("M", b"\x05hello\x03box\x03")
                    client.send(chr(kind), self._answer(client, chr(kind), payload))
        self._clients.remove(client)

    def _answer(self, client: Client, kind: str, payload: bytes) -> bytes:
        if kind == "V":
            return bytes([self.speaks_version_2])
        if kind == "v":
            return struct.pack(">4I", *self.version, 0)
        if kind == "O":
            client.outputs = [name for name in payload[8:].decode().split(",") if name]  # ur_rtde ends with a comma
            return b"\x01" + ",".join(TYPES.get(name, "NOT_FOUND") for name in client.outputs).encode()
        if kind == "I":
            names = payload.decode().split(",")
            taken = {name for other in self._clients for name in other.inputs}
            kinds = ["IN_USE" if name in taken else TYPES.get(name, "NOT_FOUND") for name in names]
            client.inputs = [] if "IN_USE" in kinds else names
            return b"\x01" + ",".join(kinds).encode()
        client.started = kind == "S"
        return b"\x01"

    def _take_programs(self) -> None:
        while self._open:
            with contextlib.suppress(OSError):
                connection, _ = self._servers[1].accept()
                with connection, connection.makefile("rb") as stream:
                    self._text = stream.read().decode() if self.remote else ""

    def _run(self) -> None:
        """The controller's loop: programs as they come, standing still in between."""
        while self._open:
            if self._text:
                text, self._text = self._text, ""
                self.programs.append(self._execute(text))
            self._tick()

    def _execute(self, text: str) -> str:
        """Run URScript: the subset that is Python but for `end`."""
        inputs = lambda kind: lambda i: self.registers[f"input_{kind}_register_{i}"]  # noqa: E731
        names: dict[str, Any] = {
            "read_input_integer_register": inputs("int"),
            "read_input_float_register": inputs("double"),
            "write_output_integer_register": lambda i, v: self.registers.update({f"output_int_register_{i}": v}),
            "set_target_payload": lambda mass, com: setattr(self, "payload", (mass, com)),
            "direct_torque": self._direct_torque,
            "stopj": lambda deceleration: self.plant.v.fill(0.0),
        }
        self.registers["runtime_state"] = 2
        try:
            exec("\n".join(line for line in text.splitlines() if line.strip() != "end"), names)
            names[re.findall(r"^def (\w+)\(\):", text)[0]]()
        except Halted:
            return "halted"
        except Exception as error:
            return repr(error)
        finally:
            self.registers["runtime_state"] = 1
        return "done"

    def _direct_torque(self, torque: list[float], **friction: Any) -> None:
        scaled = self.version >= ((5, 25, 1) if self.version[0] == 5 else (10, 12, 1))
        assert set(friction) == ({"viscous_scale", "coulomb_scale"} if scaled else {"friction_comp"})
        assert not any(np.ravel(list(friction.values())))
        if self.halted or not (self._open and self.registers["safety_status_bits"] & 1):
            raise Halted
        self.torque = np.array(torque)
        for step in range(2):
            gravity = pin.computeGeneralizedGravity(self.robot.model, self._data, self.plant.q)
            self.plant.step(self.torque + gravity, PERIOD_S * self._ticks + 1e-3 * step)
        self._tick(answered=any(client.inputs for client in self._clients))

    def _tick(self, answered: bool = False) -> None:
        """Send every client what it asked for, and wait for the answer or for the next period."""
        self._ticks += 1
        reading = self._sensor.sample(self.plant.memory)
        force = self._flange_probe.rotation @ reading[:3]
        moment = self._flange_probe.rotation @ reading[3:] + np.cross(self._flange_probe.position_m, force)
        self.registers |= {
            "timestamp": PERIOD_S * self._ticks, "actual_q": self.plant.q.tolist(), "actual_qd": self.plant.v.tolist(),
            "ft_raw_wrench": (-np.concatenate([force, moment])).tolist(),
        }  # fmt: skip
        start_s = time.monotonic()
        self._answered.clear()
        for client in [] if self.mute else self._clients[:]:
            if client.started:
                layout = ">" + "".join(FORMATS[TYPES[name]] for name in client.outputs)
                values = np.concatenate([np.ravel(self.registers[name]) for name in client.outputs]).tolist()
                kinds = "".join(c * int(n or 1) for n, c in re.findall(r"(\d*)([a-zA-Z])", layout))
                numbers = [int(v) if c in "iIQ" else v for v, c in zip(values, kinds, strict=True)]
                client.send("U", b"\x01" + struct.pack(layout, *numbers))
        if answered:
            self._answered.wait(PATIENCE_S)
        time.sleep(max(0.0, start_s + PERIOD_S - time.monotonic()))
