"""What all conversions share: stamps, poses and large arrays.

A message's constructor makes every part anew, also one that is given to it, so that nested constructors make the
innermost parts many times over. Messages that are sent often are therefore made empty, and filled in place.
"""

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


def header(stamp_s: float, frame: str) -> Header:
    """A header with a stamp [s], to the nanosecond, and a coordinate frame."""
    result = Header()
    set_header(result, stamp_s, frame)
    return result


def set_header(header: Header, stamp_s: float, frame: str) -> None:
    """Write a stamp [s], to the nanosecond, and a coordinate frame into a header."""
    header.frame_id = frame
    header.stamp.sec, header.stamp.nanosec = divmod(round(stamp_s * 1e9), 1_000_000_000)


def stamp_from_msg(time: Time) -> float:
    """A Time as seconds [s]."""
    return float(time.sec) + float(time.nanosec) * 1e-9


def set_pose(msg: PoseMsg, pose: Pose) -> None:
    """Write a pose into a message; rotation as a quaternion x y z w."""
    p, q = msg.position, msg.orientation
    p.x, p.y, p.z = pose.position_m.tolist()
    q.x, q.y, q.z, q.w = pose.xyzw()


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


def set_array(field: array.array[Any], values: NDArray[Any]) -> None:
    """Write a numpy array, in C order, into a new message's array: the only copy, assigning would make another."""
    field.frombytes(np.ascontiguousarray(values, field.typecode).ravel().view(np.uint8).data)


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
