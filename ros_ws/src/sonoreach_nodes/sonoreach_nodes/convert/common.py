"""What all conversions share: stamps, poses and large arrays."""

from __future__ import annotations

import array
import math
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose as PoseMsg
from numpy.typing import NDArray
from std_msgs.msg import Header

from sonoreach.errors import InputError
from sonoreach.types.pose import Pose

# array.array typecodes of the fields that carry large arrays; rclpy copies these, and walks through lists.
TYPECODES = {"uint8": "B", "int16": "h", "int64": "q", "float64": "d"}


def header(stamp_s: float, frame: str) -> Header:
    """A header with a stamp [s] and a coordinate frame."""
    return Header(stamp=stamp_to_msg(stamp_s), frame_id=frame)


def stamp_to_msg(stamp_s: float) -> Time:
    """Seconds as a Time, to the nanosecond."""
    nanoseconds = round(stamp_s * 1e9)
    return Time(sec=nanoseconds // 1_000_000_000, nanosec=nanoseconds % 1_000_000_000)


def stamp_from_msg(time: Time) -> float:
    """A Time as seconds [s]."""
    return float(time.sec) + float(time.nanosec) * 1e-9


def pose_to_msg(pose: Pose) -> PoseMsg:
    """A pose; rotation as a quaternion x y z w."""
    msg = PoseMsg()
    p, q = msg.position, msg.orientation
    p.x, p.y, p.z = pose.position_m.tolist()
    q.x, q.y, q.z, q.w = pose.quaternion.tolist()
    return msg


def pose_from_msg(msg: PoseMsg) -> Pose:
    """A pose.

    Raises:
        InputError: the quaternion is not a unit quaternion, or a number is not finite.
    """
    p, q = msg.position, msg.orientation
    norm = math.sqrt(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w)
    if not (abs(norm - 1.0) < 1e-3 and math.isfinite(p.x + p.y + p.z)):
        raise InputError(f"a pose needs finite numbers and a unit quaternion, got position {p}, quaternion {q}")
    return Pose.from_quaternion((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))


def to_array(values: NDArray[Any]) -> array.array[Any]:
    """A numpy array, in C order, as the `array.array` that a message field takes fastest."""
    result: array.array[Any] = array.array(TYPECODES[values.dtype.name])
    result.frombytes(np.ascontiguousarray(values).data.cast("B") if values.size else b"")
    return result


def from_array(values: Any, dtype: Any, shape: tuple[int, ...], what: str) -> NDArray[Any]:
    """A message's array as a numpy view of the given shape; no copy when the message holds an `array.array`.

    Raises:
        InputError: the number of values does not fit the shape; `what` names the field.
    """
    flat = np.frombuffer(values, dtype) if isinstance(values, array.array) else np.asarray(values, dtype)
    wanted = math.prod(shape)
    if flat.size != wanted:
        raise InputError(f"{what} needs {wanted} values for the shape {shape}, got {flat.size}")
    return flat.reshape(shape)
