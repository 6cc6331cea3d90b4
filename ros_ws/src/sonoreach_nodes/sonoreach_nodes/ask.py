"""Calls of services that a node cannot do without: asked again when the answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.client import Client
from rclpy.task import Future

from sonoreach_nodes.station_node import StationNode

LOOK_HZ = 30.0
AGAIN_S = 3.0  # DDS loses the first answer when the server has not yet discovered who asks
PATIENCE_S = 15.0


def ask(
    node: StationNode,
    client: Client,
    request: Any,
    *,
    then: Callable[[], object],
    otherwise: Callable[[str], object],
) -> None:
    """Call a service whose second call does no harm; its answer has `success` and `message`.

    Args:
        node, client, request: who asks, whom, and what.
        then: called when the answer is yes.
        otherwise: called with a sentence when it is no, or when nobody answers.
    """
    started_s = node.now_s()
    calls: list[tuple[float, Future]] = []

    def look() -> None:
        now_s = node.now_s()
        answered = next((call for _, call in calls if call.done()), None)
        if answered is not None:
            answer = answered.result()
            finish("" if answer.success else answer.message or f"{client.srv_name} says no")
        elif now_s - started_s > PATIENCE_S:
            finish(f"nobody answers {client.srv_name} within {PATIENCE_S:.0f} s")
        elif client.service_is_ready() and (not calls or now_s - calls[-1][0] > AGAIN_S):
            calls.append((now_s, client.call_async(request)))

    def finish(why_not: str) -> None:
        node.destroy_timer(timer)
        for _, call in calls:
            if not call.done():
                client.remove_pending_request(call)
        if why_not:
            otherwise(why_not)
        else:
            then()

    timer = node.create_timer(1.0 / LOOK_HZ, look)
