"""RTDE, Universal Robots' real-time data exchange, protocol version 2: the client's side, on TCP port 30004.

Frames are a big-endian header (uint16 size of the whole frame, uint8 type) and a payload (Universal Robots, "Real-Time
Data Exchange (RTDE) Guide"). Written out here because it is small, needs no package and can be tested on its own.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from sonoreach.errors import InputError

PORT = 30004
VERSION = 2
_HEADER = struct.Struct(">HB")
REQUEST_VERSION, DATA, MESSAGE = ord("V"), ord("U"), ord("M")
SETUP_OUTPUTS, SETUP_INPUTS, START = ord("O"), ord("I"), ord("S")
_FORMATS = {
    "DOUBLE": ("d", 1), "INT32": ("i", 1), "UINT32": ("I", 1), "UINT64": ("Q", 1), "BOOL": ("?", 1), "UINT8": ("B", 1),
    "VECTOR3D": ("d", 3), "VECTOR6D": ("d", 6), "VECTOR6INT32": ("i", 6), "VECTOR6UINT32": ("I", 6),
}  # fmt: skip


class Recipe:
    """The fields of a data frame and how they are packed."""

    def __init__(self, number: int, names: list[str], types: list[str]) -> None:
        missing = [name for name, kind in zip(names, types, strict=True) if kind not in _FORMATS]
        if missing:
            kind = types[names.index(missing[0])]
            raise InputError(f"the robot's RTDE does not offer '{missing[0]}' ({kind}); a newer PolyScope is needed")
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
        timeout_s: longest silence before the connection counts as lost [s].

    Raises:
        ConnectionError: nobody answers.
        InputError: the robot does not speak version 2.
    """

    def __init__(self, host: str, port: int = PORT, timeout_s: float = 1.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        if self._ask(REQUEST_VERSION, struct.pack(">H", VERSION)) != b"\x01":
            raise InputError("the robot's controller does not speak RTDE version 2")

    def subscribe(self, rate_hz: float, names: list[str]) -> Recipe:
        """Ask for output fields at a rate."""
        return self._setup(SETUP_OUTPUTS, struct.pack(">d", rate_hz) + ",".join(names).encode(), names)

    def claim(self, names: list[str]) -> Recipe:
        """Ask for input fields to write.

        Raises:
            InputError: another client holds one of them.
        """
        return self._setup(SETUP_INPUTS, ",".join(names).encode(), names)

    def start(self) -> None:
        """Begin the exchange."""
        if self._ask(START, b"") != b"\x01":
            raise InputError("the robot's controller refused to start the RTDE exchange")

    def receive(self, recipe: Recipe) -> dict[str, Any]:
        """Wait for the newest data frame of a recipe."""
        while True:
            kind, payload = self._frame()
            if kind == DATA and payload[0] == recipe.number and not self._data_waits():
                return recipe.unpack(payload[1:])

    def send(self, recipe: Recipe, *values: float) -> None:
        """Write input fields."""
        self._write(DATA, recipe.pack(*values))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _setup(self, kind: int, payload: bytes, names: list[str]) -> Recipe:
        answer = self._ask(kind, payload)
        types = answer[1:].decode("ascii").split(",")
        if "IN_USE" in types:
            raise InputError(f"another RTDE client already writes '{names[types.index('IN_USE')]}'")
        return Recipe(answer[0], names, types)

    def _ask(self, kind: int, payload: bytes) -> bytes:
        """Send a request and return the payload of its answer; text messages in between are skipped."""
        self._write(kind, payload)
        while True:
            answer, content = self._frame()
            if answer == kind:
                return content

    def _write(self, kind: int, payload: bytes) -> None:
        self._socket.sendall(_HEADER.pack(_HEADER.size + len(payload), kind) + payload)

    def _frame(self) -> tuple[int, bytes]:
        self._fill(_HEADER.size)
        size, kind = _HEADER.unpack(self._buffer[: _HEADER.size])
        if size < _HEADER.size:
            raise ConnectionError(f"RTDE frame of impossible size {size}")
        self._fill(size)
        payload, self._buffer = self._buffer[_HEADER.size : size], self._buffer[size:]
        return kind, payload

    def _fill(self, count: int) -> None:
        while len(self._buffer) < count:
            try:
                more = self._socket.recv(4096)
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
