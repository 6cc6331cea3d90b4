"""Calls of services that a node cannot do without: waited for, and asked again when the answer is lost."""

from __future__ import annotations

from typing import Any

from rclpy.client import Client
from rclpy.task import Future

from sonoreach.errors import InputError
from sonoreach_nodes.station_node import StationNode

LOOK_HZ = 30.0
AGAIN_S = 3.0  # DDS loses the first answer when the server has not yet discovered who asks
PATIENCE_S = 15.0


async def ask(node: StationNode, client: Client, request: Any) -> Any:
    """Call a service whose second call does no harm; returns its answer, which has `success` and `message`.

    Raises:
        InputError: nobody answers, or the answer is no.
    """
    started_s, over = node.now_s(), Future()
    calls: list[tuple[float, Future]] = []

    def look() -> None:
        now_s = node.now_s()
        answered = next((call for _, call in calls if call.done()), None)
        if answered is not None:
            over.set_result(answered.result())
        elif now_s - started_s > PATIENCE_S:
            over.set_result(None)
        elif client.service_is_ready() and (not calls or now_s - calls[-1][0] > AGAIN_S):
            calls.append((now_s, client.call_async(request)))
            return
        else:
            return
        timer.cancel()

    timer = node.create_timer(1.0 / LOOK_HZ, look)
    answer = await over
    node.destroy_timer(timer)
    for _, call in calls:
        if not call.done():
            client.remove_pending_request(call)
    if answer is None:
        raise InputError(f"nobody answers {client.srv_name} within {PATIENCE_S:.0f} s")
    if not answer.success:
        raise InputError(answer.message)
    return answer
