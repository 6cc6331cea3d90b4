"""Every value type survives serialised messages unchanged; nonsense is refused at the door."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Vector3
from rclpy.serialization import deserialize_message, serialize_message

from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind
from sonoreach.types.exam import (
    CapturedPlane,
    ExamEvent,
    ExamPhase,
    ExamProgress,
    PlaneGoal,
    PlaneResult,
    SteeringStatus,
)
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import Criterion, PlaneEstimate, PlaneOffset, SeenStructure
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, LoopHealth, ProbeState, ProbeTarget, TargetMode
from sonoreach.types.registration import PatientRegistration
from sonoreach.types.safety import SafetyLevel, SafetyState
from sonoreach_nodes.convert import arm, exam, imaging, plane

RNG = np.random.default_rng(3)
POSE = Pose.from_quaternion([0.5, -0.02, 0.15], np.array([0.7, 0.1, -0.7, 0.1]) / 1.0)
GEOMETRY = ProbeGeometry("L50-7.5", RNG.normal(size=(4, 3)), 3e-4, 7.5e6)
TRANSMITS = (TransmitEvent(angle_rad=-0.1), TransmitEvent(TransmitKind.FOCUSED, 0.0, (0.0, 0.0, 0.02)))


def channel_data(shape: tuple[int, ...]) -> ChannelData:
    samples = RNG.integers(-32768, 32767, shape, dtype=np.int16)
    return ChannelData(samples, 15e6, 7.5e6, 1e-6, 1540.0, GEOMETRY, TRANSMITS, 12.25, 7, POSE, "simulated patient 7")


IMAGE = BModeImage(RNG.integers(0, 255, (5, 6), dtype=np.uint8), -1e-3, 2e-4, 5e-4, 1e-4, 60.0, 12.25, 7, POSE, 7.5e6)
ESTIMATE = PlaneEstimate(
    stamp_s=12.25,
    frame_id=7,
    base_probe=POSE,
    wanted="right_transverse",
    plane="",
    probability=0.25,
    quality=0.5,
    contact=1.0,
    offset=PlaneOffset(1e-3, 2e-3, 0.1, 1e-4, 2e-4, 0.01),
    structures=(SeenStructure("thyroid", 1e-4, 0.0, 0.01, 0.0),),
    criteria=(Criterion("contact", 0.9, 0.8, math.inf, True),),
    labels=RNG.integers(0, 10, (3, 4), dtype=np.uint8),
    model_hash="0" * 64,
)
STATE = ProbeState(
    12.25,
    POSE,
    *(RNG.normal(size=6) for _ in range(3)),
    ContactState.SCAN,
    *(RNG.normal(size=7) for _ in range(3)),
    target_force_n=3.0,
    health=LoopHealth(1000, 2, 0.003),
    fault="",
)

ROUND_TRIPS: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "iq": (channel_data((2, 4, 9, 2)), imaging.channel_data_to_msg, imaging.channel_data_from_msg),
    "rf": (channel_data((2, 4, 9)), imaging.channel_data_to_msg, imaging.channel_data_from_msg),
    "image": (IMAGE, imaging.image_to_msg, imaging.image_from_msg),
    "estimate": (ESTIMATE, plane.estimate_to_msg, plane.estimate_from_msg),
    "nothing recognised": (
        dataclasses.replace(ESTIMATE, offset=None, labels=np.zeros((0, 0), np.uint8)),
        plane.estimate_to_msg,
        plane.estimate_from_msg,
    ),
    "target": (
        ProbeTarget(12.25, POSE, 3.0, TargetMode.CONTACT, 0.02, 7, np.array([0.01, 0.0, -0.002])),
        arm.target_to_msg,
        arm.target_from_msg,
    ),
    "state": (STATE, arm.state_to_msg, arm.state_from_msg),
    "measurement": (
        Measurement("w", "p", 12.0, "mm", "calipers", 0.5, (7, 8), ((0.0, 0.01), (0.01, 0.01)), "", 11.5),
        plane.measurement_to_msg,
        plane.measurement_from_msg,
    ),
    "not measured": (
        Measurement("w", "p", None, "mm", "calipers", not_obtained_because="no lobe seen"),
        plane.measurement_to_msg,
        plane.measurement_from_msg,
    ),
    "goal": (
        PlaneGoal("right_transverse", ExamPhase.SEARCH, 12.25),
        lambda value: exam.goal_to_msg(value, "thyroid"),
        exam.goal_from_msg,
    ),
    "steering": (
        SteeringStatus(12.25, "p", "search", True, False, "note"),
        exam.steering_status_to_msg,
        exam.steering_status_from_msg,
    ),
    "capture": (
        CapturedPlane("right_transverse", IMAGE, ESTIMATE, STATE, 12.25),
        lambda value: exam.capture_to_msg(value, "thyroid"),
        exam.capture_from_msg,
    ),
    "result": (PlaneResult("p", False, -1, 0.0, 40.0, "time"), exam.result_to_msg, exam.result_from_msg),
    "progress": (
        ExamProgress(12.25, "p", ExamPhase.HOLD, 1, 5, 12.0, 0.7, 3.0, "holding"),
        exam.progress_to_msg,
        exam.progress_from_msg,
    ),
    "event": (
        ExamEvent(12.25, "capture", "p", 7, POSE, 3.0, "0" * 64, {"quality": 0.7, "missed": ["contact"]}),
        exam.event_to_msg,
        exam.event_from_msg,
    ),
    "safety": (
        SafetyState(12.25, SafetyLevel.STOP, "no sign of life from exam", ("exam",), 3.0, 0.01, 31.0),
        exam.safety_to_msg,
        exam.safety_from_msg,
    ),
    "registration": (
        PatientRegistration(
            RNG.normal(size=(10, 3)), {"chin": np.array([0.4, 0.0, 0.2])}, 0.004, np.eye(3)[0], np.eye(3)[1]
        ),
        lambda value: imaging.registration_to_msg(value, 0.0),
        imaging.registration_from_msg,
    ),
}


def assert_same(left: Any, right: Any, path: str) -> None:
    """Compare value types deeply; poses to the rounding of a quaternion, everything else exactly."""
    assert type(left) is type(right) or isinstance(left, float | int), path
    if isinstance(left, Pose):
        np.testing.assert_allclose(left.position_m, right.position_m, err_msg=path)
        np.testing.assert_allclose(left.rotation, right.rotation, atol=1e-12, err_msg=path)
    elif dataclasses.is_dataclass(left):
        for item in dataclasses.fields(left):
            assert_same(getattr(left, item.name), getattr(right, item.name), f"{path}.{item.name}")
    elif isinstance(left, np.ndarray):
        assert left.dtype == right.dtype, path
        np.testing.assert_array_equal(left, right, err_msg=path)
    elif isinstance(left, dict):
        assert left.keys() == right.keys(), path
        for key in left:
            assert_same(left[key], right[key], f"{path}[{key}]")
    elif isinstance(left, tuple):
        assert len(left) == len(right), path
        for index, pair in enumerate(zip(left, right, strict=True)):
            assert_same(*pair, f"{path}[{index}]")
    else:
        assert left == right, path


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_round_trip(name: str) -> None:
    value, to_msg, from_msg = ROUND_TRIPS[name]
    message = to_msg(value)
    received = deserialize_message(serialize_message(message), type(message))
    assert_same(value, from_msg(received), name)


def test_the_samples_are_not_copied() -> None:
    message = imaging.channel_data_to_msg(channel_data((2, 4, 9, 2)))
    assert not imaging.channel_data_from_msg(message).samples.flags.owndata


def test_equal_probes_are_one_object() -> None:
    first, second = (imaging.channel_data_to_msg(channel_data((2, 4, 9, 2))) for _ in range(2))
    assert imaging.channel_data_from_msg(first).probe is imaging.channel_data_from_msg(second).probe


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("iq", {"n_samples": 10}, "channel data needs"),
        ("image", {"n_depth": 4}, "pixels needs"),
        ("image", {"dx_m": 0.0}, "spacings"),
        ("estimate", {"quality": 1.5}, "quality"),
        ("estimate", {"label_rows": 1}, "labels needs"),
        ("target", {"mode": 9}, "mode"),
        ("target", {"force_n": math.nan}, "finite"),
        ("target", {"velocity_m_s": Vector3(x=math.inf)}, "finite"),
        ("state", {"contact": 9}, "contact state"),
        ("goal", {"phase": "dance"}, "phase"),
        ("event", {"details": "{"}, "JSON"),
        ("safety", {"level": 7}, "level"),
    ],
)
def test_nonsense_is_refused(name: str, change: dict[str, Any], words: str) -> None:
    value, to_msg, from_msg = ROUND_TRIPS[name]
    message = to_msg(value)
    for field, content in change.items():
        setattr(message, field, content)
    with pytest.raises(InputError, match=words):
        from_msg(message)


def test_a_zero_quaternion_is_refused() -> None:
    message = arm.target_to_msg(ROUND_TRIPS["target"][0])
    message.base_probe.orientation.w = message.base_probe.orientation.x = 0.0
    with pytest.raises(InputError, match="unit quaternion"):
        arm.target_from_msg(message)
