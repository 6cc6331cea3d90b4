"""The exam's goal, as the nodes that work for it see it."""

from __future__ import annotations

from sonoreach_msgs.msg import PlaneGoal as PlaneGoalMsg

from sonoreach.policies.protocol import Protocol
from sonoreach.types.exam import PlaneGoal
from sonoreach_nodes import qos
from sonoreach_nodes.convert.exam import goal_from_msg
from sonoreach_nodes.station_node import StationNode


class Goal:
    """Listens to `/exam/goal` and keeps the protocol that it names.

    Attributes:
        value: the newest goal, None before the first.
        protocol: the protocol of that goal, None before the first.
    """

    def __init__(self, node: StationNode) -> None:
        """Listen for a node."""
        self.value: PlaneGoal | None = None
        self.protocol: Protocol | None = None
        self._name = ""
        node.create_subscription(
            PlaneGoalMsg, "/exam/goal", lambda message: node.guard(lambda: self._take(message)), qos.LATCHED
        )

    def _take(self, message: PlaneGoalMsg) -> None:
        if message.protocol != self._name:
            self.protocol, self._name = Protocol.load(message.protocol), message.protocol
        self.value = goal_from_msg(message)
