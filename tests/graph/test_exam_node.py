"""The exam node asks for nothing before images come: what compiles at a first start is silent meanwhile."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rclpy
from rclpy.action import ActionClient
from rclpy.signals import SignalHandlerOptions
from sonoreach_msgs.action import RunExam
from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import ExamProgress as ExamProgressMsg
from std_srvs.srv import Trigger

from sonoreach.station.processes import Domain
from sonoreach.types.image import BModeImage
from sonoreach_nodes import exam, qos
from sonoreach_nodes.convert.imaging import image_to_msg
from sonoreach_nodes.executor import make_executor
from sonoreach_nodes.station_node import StationNode

NOT_TODAY = "the patient is not there"
AN_IMAGE = image_to_msg(BModeImage(np.zeros((4, 4), np.uint8), -0.027, 0.018, 0.0, 0.014))


@pytest.fixture
def asked() -> Iterator[Any]:
    """An exam node that was given a goal, and somebody who is asked where the patient lies and says no."""
    domain = Domain()
    rclpy.init(domain_id=domain.number, signal_handler_options=SignalHandlerOptions.NO)
    node, other, executor = exam.ExamNode(), StationNode("other"), make_executor()
    executor.add_node(node)
    executor.add_node(other)
    questions: list[float] = []

    def until(what: Callable[[], bool], timeout_s: float = 20.0) -> bool:
        end_s = time.monotonic() + timeout_s
        while not what() and time.monotonic() < end_s:
            executor.spin_once(0.05)
        return what()

    def refuse(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        questions.append(time.monotonic())
        response.message = NOT_TODAY
        return response

    told: list[str] = []
    other.create_service(Trigger, "/patient/register", refuse)
    other.create_subscription(ExamProgressMsg, "/exam/progress", lambda m: told.append(m.message), qos.EVENTS)
    client = ActionClient(other, RunExam, "/exam/run")
    assert until(client.server_is_ready)
    sent = client.send_goal_async(RunExam.Goal(protocol="thyroid"))
    assert until(sent.done)
    outcome = sent.result().get_result_async()
    images = other.create_publisher(BModeImageMsg, "/beamformer/image", qos.FRAMES)
    assert until(lambda: images.get_subscription_count() > 0)
    yield SimpleNamespace(
        client=client, goal=sent.result(), outcome=outcome, images=images, questions=questions, told=told, until=until
    )
    executor.remove_node(node)
    node.destroy_node()
    # Nobody in a later station may ask this one.
    assert until(lambda: other.count_services("/exam/run/_action/send_goal") == 0, timeout_s=5.0)
    client.destroy()
    executor.shutdown()
    other.destroy_node()
    rclpy.shutdown()
    domain.close()


def test_the_first_image_comes_before_any_question(asked: Any) -> None:
    assert not asked.until(lambda: asked.questions, timeout_s=1.0)
    assert "waits for images of the beamformer" in asked.told
    asked.images.publish(AN_IMAGE)
    assert asked.until(asked.outcome.done)
    assert asked.questions and asked.outcome.result().result.error_text == NOT_TODAY


def test_an_image_of_before_a_freeze_does_not_count(asked: Any) -> None:
    asked.images.publish(AN_IMAGE)
    assert asked.until(asked.outcome.done)
    asked.until(lambda: False, timeout_s=exam.IMAGE_AGE_S + 0.2)
    asked.questions.clear()
    asked.client.send_goal_async(RunExam.Goal(protocol="thyroid"))
    assert not asked.until(lambda: asked.questions, timeout_s=1.0)
    asked.images.publish(AN_IMAGE)
    assert asked.until(lambda: asked.questions)


def test_a_goal_that_waits_for_images_can_be_cancelled(asked: Any) -> None:
    asked.goal.cancel_goal_async()
    assert asked.until(asked.outcome.done)
    result = asked.outcome.result().result
    assert result.error_code == RunExam.Result.REFUSED and result.error_text == "cancelled before it began"
    assert not asked.questions


def test_without_images_there_is_no_exam(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(exam, "FIRST_IMAGE_S", 1.0)
    asked = request.getfixturevalue("asked")
    assert asked.until(asked.outcome.done)
    result = asked.outcome.result().result
    assert result.error_text == "no image has come from the beamformer within 1 s"
    assert result.error_code == RunExam.Result.REFUSED and not asked.questions
