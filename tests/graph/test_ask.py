"""A node that asks: yes, no, nobody there, and an answer that was lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from sonoreach.errors import InputError
from sonoreach.station.processes import Domain
from sonoreach_nodes import ask as asking
from sonoreach_nodes.station_node import StationNode


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[..., Any] | None], Any]]:
    """Serves with a callback, or not at all; returns what `ask` gives."""
    monkeypatch.setattr(asking, "AGAIN_S", 0.2)
    monkeypatch.setattr(asking, "PATIENCE_S", 1.0)
    domain = Domain()
    rclpy.init(domain_id=domain.number, signal_handler_options=SignalHandlerOptions.NO)
    node, executor = StationNode("asker"), SingleThreadedExecutor()
    executor.add_node(node)

    def run(serve: Callable[..., Any] | None) -> Any:
        if serve is not None:
            node.create_service(Trigger, "/yes_or_no", serve)
        client = node.create_client(Trigger, "/yes_or_no")
        task = executor.create_task(asking.ask(node, client, Trigger.Request()))
        executor.spin_until_future_complete(task, 20.0)
        assert task.done()
        return task.result()

    yield run
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()
    domain.close()


def test_yes(asked: Callable[..., Any]) -> None:
    assert asked(lambda _, response: Trigger.Response(success=True, message="here")).message == "here"


def test_no(asked: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="not today"):
        asked(lambda _, response: Trigger.Response(message="not today"))


def test_nobody(asked: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="nobody answers /yes_or_no within 1 s"):
        asked(None)


def test_an_answer_that_was_lost_is_asked_for_again(asked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from rclpy.client import Client
    from rclpy.task import Future

    call, lost = Client.call_async, Future()
    calls = [lambda *_: lost, call]
    monkeypatch.setattr(Client, "call_async", lambda client, request: calls.pop(0)(client, request))
    monkeypatch.setattr(Client, "remove_pending_request", lambda client, future: calls.append(future))
    assert asked(lambda _, response: Trigger.Response(success=True)).success
    assert lost in calls, "the lost call is not waited for any more"
