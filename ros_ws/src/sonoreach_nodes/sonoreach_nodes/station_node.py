"""What every node of the station has: one clock, declared parameters, a heartbeat, and a guarded door."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import QoSProfile

from sonoreach.errors import InputError
from sonoreach_nodes import qos
from sonoreach_nodes.convert.common import header
from sonoreach_nodes.reading import reader

Value = TypeVar("Value")
HEARTBEAT_HZ = 10.0
DIAGNOSTICS_HZ = 1.0


class StationNode(Node):
    """A node with the station's conventions.

    Time is the wall clock minus `epoch_s`, the same for all nodes: with an epoch at the start of an exam, stamps
    count from there; with 0 they are ordinary ROS time.

    Attributes:
        epoch_s: that zero on the wall clock [s].
        niceness: scheduling priority of the process that hosts the node, from -20 (urgent) to 19; taken where the
            system permits it.
    """

    niceness = 0

    def __init__(self, name: str) -> None:
        """Start the heartbeat: `/heartbeat` ten times a second, `/diagnostics` once."""
        super().__init__(name)
        self.epoch_s = self.number("epoch_s", 0.0, "zero of the station's time on the wall clock [s]")
        self._at_end: list[Callable[[], object]] = []
        self._refused = 0
        self._last_refusal = ""
        self._heartbeat = self.create_publisher(DiagnosticStatus, "/heartbeat", qos.EVENTS)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", qos.EVENTS)
        self.create_timer(1.0 / HEARTBEAT_HZ, self._beat)
        self.create_timer(1.0 / DIAGNOSTICS_HZ, self._diagnose)

    def now_s(self) -> float:
        """Station time [s]."""
        return time.time() - self.epoch_s

    def vitals(self) -> dict[str, float | str]:
        """What the node tells of its health besides being alive; names carry units."""
        return {}

    def at_end(self, work: Callable[[], object]) -> None:
        """Do this when the node ends, the latest first; also when its construction was refused half-way."""
        self._at_end.append(work)

    def destroy_node(self) -> None:
        """Do what was asked for the end, once, and destroy the node."""
        while self._at_end:
            self._at_end.pop()()
        super().destroy_node()

    def number(
        self, name: str, default: float, description: str, low: float | None = None, high: float | None = None
    ) -> float:
        """Declare a number; a value outside of the bounds is refused by ROS itself."""
        return float(self._declare(name, float(default), description, FloatingPointRange, low, high))

    def integer(
        self, name: str, default: int, description: str, low: int | None = None, high: int | None = None
    ) -> int:
        """Declare a whole number; a value outside of the bounds is refused by ROS itself."""
        return int(self._declare(name, default, description, IntegerRange, low, high))

    def text(self, name: str, default: str, description: str, *, fixed: bool = True) -> str:
        """Declare a text; one that is not fixed may be set while the node runs."""
        return str(self._declare(name, default, description, fixed=fixed))

    def flag(self, name: str, default: bool, description: str) -> bool:
        """Declare a switch."""
        return bool(self._declare(name, default, description))

    def _declare(
        self,
        name: str,
        default: Any,
        description: str,
        bounds: Any = None,
        low: Any = None,
        high: Any = None,
        *,
        fixed: bool = True,
    ) -> Any:
        descriptor = ParameterDescriptor(description=description, read_only=fixed)
        if low is not None and high is not None:
            span = bounds(from_value=low, to_value=high)
            field = "floating_point_range" if bounds is FloatingPointRange else "integer_range"
            setattr(descriptor, field, [span])
        return self.declare_parameter(name, default, descriptor).value

    def listen(
        self,
        topic: str,
        kind: Any,
        read: Callable[[Any], Value],
        take: Callable[[Value], object],
        profile: QoSProfile,
    ) -> None:
        """Subscribe: a message is read into a value type and taken; one that makes no sense is counted and dropped."""
        self.create_subscription(kind, topic, lambda message: self.guard(lambda: take(read(message))), profile)

    def guard(self, work: Callable[[], object]) -> None:
        """Do work that may refuse its input."""
        try:
            work()
        except InputError as error:
            self._refused += 1
            self._last_refusal = str(error)
            self.get_logger().warning(f"refused: {error}", throttle_duration_sec=5.0)

    def _beat(self) -> None:
        self._heartbeat.publish(self._status())

    def _diagnose(self) -> None:
        self._diagnostics.publish(DiagnosticArray(header=header(self.now_s(), ""), status=[self._status()]))

    def _status(self) -> DiagnosticStatus:
        values = [KeyValue(key=key, value=str(value)) for key, value in self.vitals().items()]
        level = DiagnosticStatus.WARN if self._refused else DiagnosticStatus.OK
        message = f"refused {self._refused} inputs, the last: {self._last_refusal}" if self._refused else "running"
        return DiagnosticStatus(
            level=level, name=self.get_name(), message=message, hardware_id="sonoreach", values=values
        )


class Latest(Generic[Value]):
    """The newest value of a topic, decoded only when somebody asks: most states at 100 Hz are never looked at."""

    def __init__(
        self, node: StationNode, topic: str, kind: Any, read: Callable[[Any], Value], profile: QoSProfile = qos.STATE
    ) -> None:
        """Listen to a topic for a node."""
        self._node, self._decode = node, reader(kind, read)
        self._raw: bytes | None = None
        self._value: Value | None = None
        self.heard_s = float("-inf")
        node.create_subscription(kind, topic, self._hear, profile, raw=True)

    @property
    def value(self) -> Value | None:
        """The newest value; None before the first, or while none made sense."""
        raw, self._raw = self._raw, None
        if raw is not None:
            self._node.guard(lambda: self._set(self._decode(raw)))
        return self._value

    def forget(self) -> None:
        """Know nothing until the next value comes."""
        self._raw = self._value = None

    def _hear(self, raw: bytes) -> None:
        self._raw = raw
        self.heard_s = self._node.now_s()

    def _set(self, value: Value) -> None:
        self._value = value
