"""A node that asks: yes, no, nobody there, and an answer that was lost."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from sonoreach.station.processes import Domain
from sonoreach_nodes import ask as asking
from sonoreach_nodes.executor import make_executor
from sonoreach_nodes.station_node import StationNode


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[..., Any] | None], Any]]:
    """Serves with a callback, or not at all; returns what `ask` is told: "yes", or why not."""
    monkeypatch.setattr(asking, "AGAIN_S", 0.2)
    monkeypatch.setattr(asking, "PATIENCE_S", 1.0)
    domain = Domain()
    rclpy.init(domain_id=domain.number, signal_handler_options=SignalHandlerOptions.NO)
    node, executor = StationNode("asker"), make_executor()
    executor.add_node(node)
    own_timers = len(list(node.timers))

    def run(serve: Callable[..., Any] | None) -> str:
        if serve is not None:
            node.create_service(Trigger, "/yes_or_no", serve)
        client = node.create_client(Trigger, "/yes_or_no")
        heard: list[str] = []
        asking.ask(node, client, Trigger.Request(), then=lambda: heard.append("yes"), otherwise=heard.append)
        end_s = time.monotonic() + 20.0
        while not heard and time.monotonic() < end_s:
            executor.spin_once(0.1)
        timers = len(list(node.timers))
        executor.spin_once(0.3)
        assert len(heard) == 1, "told once"
        assert timers == own_timers, "nothing looks any more"
        return heard[0]

    yield run
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()
    domain.close()


def test_yes(asked: Callable[..., Any]) -> None:
    assert asked(lambda _, response: Trigger.Response(success=True)) == "yes"


def test_no(asked: Callable[..., Any]) -> None:
    assert asked(lambda _, response: Trigger.Response(message="not today")) == "not today"


def test_nobody(asked: Callable[..., Any]) -> None:
    assert asked(None) == "nobody answers /yes_or_no within 1 s"


def test_an_answer_that_was_lost_is_asked_for_again(asked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from rclpy.client import Client
    from rclpy.task import Future

    call, lost = Client.call_async, Future()
    calls = [lambda *_: lost, call]
    monkeypatch.setattr(Client, "call_async", lambda client, request: calls.pop(0)(client, request))
    monkeypatch.setattr(Client, "remove_pending_request", lambda client, future: calls.append(future))
    assert asked(lambda _, response: Trigger.Response(success=True)) == "yes"
    assert lost in calls, "the lost call is not waited for any more"
