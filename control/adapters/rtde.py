"""RTDE, Universal Robots' real-time data exchange, protocol version 2: the client's side, on TCP port 30004.

Frames are a big-endian header (uint16 size of the whole frame, uint8 type) and a payload (Universal Robots, "Real-Time
Data Exchange (RTDE) Guide"). Written out here because it is small, and because one sample must lead to one answer in
one thread: the package ur_rtde reads and writes on threads of its own.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

from sonoreach.errors import InputError

PORT = 30004
VERSION = 2
_HEADER = struct.Struct(">HB")
REQUEST_VERSION, DATA, CONTROLLER_VERSION = ord("V"), ord("U"), ord("v")
SETUP_OUTPUTS, SETUP_INPUTS, START = ord("O"), ord("I"), ord("S")
_FORMATS = {
    "DOUBLE": ("d", 1), "INT32": ("i", 1), "UINT32": ("I", 1), "UINT64": ("Q", 1), "BOOL": ("?", 1), "UINT8": ("B", 1),
    "VECTOR3D": ("d", 3), "VECTOR6D": ("d", 6), "VECTOR6INT32": ("i", 6), "VECTOR6UINT32": ("I", 6),
}  # fmt: skip


class Recipe:
    """The fields of a data frame and how they are packed.

    Raises:
        InputError: the robot does not offer a field, or another client holds it.
    """

    def __init__(self, number: int, names: list[str], types: list[str]) -> None:
        if len(types) != len(names):
            raise InputError(f"the robot's RTDE answers {len(types)} types for {len(names)} fields")
        for name, kind in zip(names, types, strict=True):
            if kind == "IN_USE":
                raise InputError(f"another RTDE client already writes '{name}'")
            if kind not in _FORMATS:
                raise InputError(f"the robot's RTDE does not offer '{name}' ({kind}); a newer PolyScope is needed")
        self.number, self.names = number, names
        self._counts = [_FORMATS[kind][1] for kind in types]
        self._struct = struct.Struct(">" + "".join(str(_FORMATS[k][1]) + _FORMATS[k][0] for k in types))

    def unpack(self, payload: bytes) -> dict[str, Any]:
        """Values by name; vectors as tuples."""
        if len(payload) != self._struct.size:
            raise ConnectionError(f"RTDE data of {len(payload)} bytes, expected {self._struct.size}")
        flat = iter(self._struct.unpack(payload))
        values = [tuple(next(flat) for _ in range(count)) for count in self._counts]
        return {name: v if len(v) > 1 else v[0] for name, v in zip(self.names, values, strict=True)}

    def pack(self, *values: float) -> bytes:
        """Payload of a data frame, recipe number first."""
        return bytes([self.number]) + self._struct.pack(*values)


class RtdeClient:
    """A connection to a robot's controller.

    Args:
        host: name or address of the robot.
        port: TCP port.
        timeout_s: longest wait for an answer, and for data [s].

    Raises:
        ConnectionError: nobody answers, or not in RTDE; so does every method.
        InputError: the robot does not speak version 2.
    """

    def __init__(self, host: str, port: int = PORT, timeout_s: float = 1.0) -> None:
        self._timeout_s = timeout_s
        self._buffer = b""
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout_s)
        except OSError as error:
            raise ConnectionError(f"no RTDE on port {port}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._ask(REQUEST_VERSION, struct.pack(">H", VERSION)) != b"\x01":
                raise InputError("the robot's controller does not speak RTDE version 2")
        except BaseException:
            self.close()
            raise

    def controller_version(self) -> tuple[int, int, int]:
        """Version of PolyScope: major, minor, bug fix."""
        answer = self._ask(CONTROLLER_VERSION, b"")
        if len(answer) != 16:
            raise ConnectionError(f"an RTDE version of {len(answer)} bytes, expected 16")
        major, minor, bugfix, _ = struct.unpack(">4I", answer)
        return major, minor, bugfix

    def subscribe(self, rate_hz: float, names: list[str]) -> Recipe:
        """Ask for output fields at a rate; errors as `Recipe`."""
        return self._setup(SETUP_OUTPUTS, struct.pack(">d", rate_hz) + ",".join(names).encode(), names)

    def claim(self, names: list[str]) -> Recipe:
        """Ask for input fields to write; errors as `Recipe`."""
        return self._setup(SETUP_INPUTS, ",".join(names).encode(), names)

    def start(self) -> None:
        """Begin the exchange.

        Raises:
            InputError: the controller refuses.
        """
        if self._ask(START, b"") != b"\x01":
            raise InputError("the robot's controller refused to start the RTDE exchange")

    def receive(self, recipe: Recipe) -> dict[str, Any]:
        """Wait for the newest data frame of a recipe."""
        deadline_s = time.monotonic() + self._timeout_s
        while True:
            kind, payload = self._frame(deadline_s)
            if kind == DATA and payload[:1] == bytes([recipe.number]) and not self._data_waits():
                return recipe.unpack(payload[1:])

    def send(self, recipe: Recipe, *values: float) -> None:
        """Write input fields."""
        self._write(DATA, recipe.pack(*values))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _setup(self, kind: int, payload: bytes, names: list[str]) -> Recipe:
        answer = self._ask(kind, payload)
        return Recipe(answer[0] if answer else 0, names, answer[1:].decode("ascii", errors="replace").split(","))

    def _ask(self, kind: int, payload: bytes) -> bytes:
        """Send a request and return the payload of its answer; text messages in between are skipped."""
        self._write(kind, payload)
        deadline_s = time.monotonic() + self._timeout_s
        while True:
            answer, content = self._frame(deadline_s)
            if answer == kind:
                return content

    def _write(self, kind: int, payload: bytes) -> None:
        try:
            self._socket.sendall(_HEADER.pack(_HEADER.size + len(payload), kind) + payload)
        except OSError as error:
            raise ConnectionError(f"no RTDE data can be sent: {error}") from error

    def _frame(self, deadline_s: float) -> tuple[int, bytes]:
        self._fill(_HEADER.size, deadline_s)
        size, kind = _HEADER.unpack(self._buffer[: _HEADER.size])
        if size < _HEADER.size:
            raise ConnectionError(f"an RTDE frame of impossible size {size}")
        self._fill(size, deadline_s)
        payload, self._buffer = self._buffer[_HEADER.size : size], self._buffer[size:]
        return kind, payload

    def _fill(self, count: int, deadline_s: float) -> None:
        while len(self._buffer) < count:
            left_s = deadline_s - time.monotonic()
            try:
                self._socket.settimeout(max(left_s, 1e-3))
                more = self._socket.recv(4096)
            except TimeoutError as error:
                raise ConnectionError(f"no RTDE data for {self._timeout_s:g} s") from error
            except OSError as error:
                raise ConnectionError(f"no RTDE data: {error}") from error
            if not more:
                raise ConnectionError("the robot closed the RTDE connection")
            self._buffer += more

    def _data_waits(self) -> bool:
        """Whether a whole further data frame is in the buffer, so that the present one is old."""
        if len(self._buffer) < _HEADER.size:
            return False
        size, kind = _HEADER.unpack(self._buffer[: _HEADER.size])
        return bool(kind == DATA and len(self._buffer) >= size)
