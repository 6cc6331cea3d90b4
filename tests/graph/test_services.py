"""The services of the running nodes: stop and acknowledge, freeze, imaging parameters."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from rclpy.signals import SignalHandlerOptions
from sonoreach_msgs.msg import BModeImage, ProbeState, SafetyState
from sonoreach_msgs.srv import AcknowledgeStop, Freeze, SetImagingParameters
from std_srvs.srv import Trigger

from sonoreach.station.launch_reader import read_launch
from sonoreach.station.processes import Domain, Processes
from sonoreach.types.safety import SafetyLevel
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import safety_from_msg
from sonoreach_nodes.convert.imaging import image_from_msg
from sonoreach_nodes.station_node import Latest, StationNode

pytestmark = pytest.mark.system

LAUNCH = Path(__file__).parents[2] / "launch" / "simulation.launch.xml"


class Caller(StationNode):
    """Calls services and sees what comes of it."""

    def __init__(self) -> None:
        super().__init__("test_caller")
        self.state = Latest(self, "/arm/probe_state", ProbeState, state_from_msg)
        self.safety = Latest(self, "/safety/state", SafetyState, safety_from_msg, qos.EVENTS)
        self.image = Latest(self, "/beamformer/image", BModeImage, image_from_msg, qos.FRAMES)

    def call(self, kind: Any, name: str, **fields: Any) -> Any:
        client = self.create_client(kind, name)
        assert client.wait_for_service(30.0)
        future = client.call_async(kind.Request(**fields))
        rclpy.spin_until_future_complete(self, future, timeout_sec=20.0)
        return future.result()

    def until(self, what: Callable[[], bool], timeout_s: float = 40.0) -> bool:
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            rclpy.spin_once(self, timeout_sec=0.05)
            if what():
                return True
        return False


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """Arm, safety and imaging, without an exam."""
    domain, epoch_s = Domain(), repr(time.time())
    specs = read_launch(LAUNCH, {"patient": "10012", "epoch_s": epoch_s, "silence_s": "3.0"})[:3]
    os.environ.update(specs[0].ros_environment | {"ROS_DOMAIN_ID": str(domain.number)})
    processes = Processes(specs, domain.number)
    rclpy.init(args=["--ros-args", "-p", f"epoch_s:={epoch_s}"], signal_handler_options=SignalHandlerOptions.NO)
    node = Caller()
    yield node
    node.destroy_node()
    rclpy.shutdown()
    processes.close()
    domain.close()


def test_a_stop_is_latched_until_a_named_person_acknowledges(caller: Caller) -> None:
    assert caller.until(lambda: caller.safety.value is not None and caller.state.value is not None)
    assert caller.call(Trigger, "/safety/stop").success

    def stopped() -> bool:
        safety, state = caller.safety.value, caller.state.value
        return safety is not None and safety.level == SafetyLevel.STOP and state is not None and bool(state.fault)

    assert caller.until(stopped)
    refused = caller.call(AcknowledgeStop, "/safety/acknowledge", acknowledged_by=" ")
    assert not refused.success and "named person" in refused.message
    assert caller.call(AcknowledgeStop, "/safety/acknowledge", acknowledged_by="Dr Li").success

    def clear() -> bool:
        safety, state = caller.safety.value, caller.state.value
        return safety is not None and safety.level == SafetyLevel.OK and state is not None and not state.fault

    assert caller.until(clear)


def test_imaging_parameters_are_taken_or_refused(caller: Caller) -> None:
    assert caller.until(lambda: caller.image.value is not None)
    refused = caller.call(SetImagingParameters, "/beamformer/parameters", dynamic_range_db=500.0)
    assert not refused.success and "allowed 10 to 120" in refused.message
    assert caller.call(SetImagingParameters, "/beamformer/parameters", dynamic_range_db=45.0, f_number=2.0).success
    assert caller.until(lambda: caller.image.value is not None and caller.image.value.dynamic_range_db == 45.0)


def test_freeze_stops_the_images(caller: Caller) -> None:
    assert caller.call(Freeze, "/front_end/freeze", freeze=True).success
    caller.until(lambda: False, 1.0)
    frozen_at = caller.image.heard_s
    caller.until(lambda: False, 1.0)
    assert caller.image.heard_s == frozen_at
    assert caller.call(Freeze, "/front_end/freeze", freeze=False).success
    assert caller.until(lambda: caller.image.heard_s > frozen_at)
