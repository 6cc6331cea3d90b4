"""Probe targets, probe states, and the standard messages made of them."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Vector3, WrenchStamped
from numpy.typing import NDArray
from sensor_msgs.msg import JointState
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.msg import ProbeTarget as ProbeTargetMsg

from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState, LoopHealth, ProbeState, ProbeTarget, TargetMode
from sonoreach_nodes.convert.common import from_array, header, pose_from_msg, pose_to_msg, stamp_from_msg, to_array


def target_to_msg(value: ProbeTarget) -> ProbeTargetMsg:
    """A target for the probe."""
    return ProbeTargetMsg(
        header=header(value.stamp_s, "base"),
        base_probe=pose_to_msg(value.base_probe),
        force_n=float(value.force_n),
        mode=int(value.mode),
        max_speed_m_s=float(value.max_speed_m_s),
        velocity_m_s=Vector3(**dict(zip("xyz", value.velocity_m_s.tolist(), strict=True))),
        source_frame_id=int(value.source_frame_id),
    )


def target_from_msg(msg: ProbeTargetMsg) -> ProbeTarget:
    """A target for the probe.

    Raises:
        InputError: a number is not finite, or the mode is unknown.
    """
    if msg.mode not in list(TargetMode):
        raise InputError(f"a target's mode is one of {[int(m) for m in TargetMode]}, got {msg.mode}")
    velocity = np.array([msg.velocity_m_s.x, msg.velocity_m_s.y, msg.velocity_m_s.z])
    if not np.isfinite([msg.force_n, msg.max_speed_m_s, *velocity]).all():
        raise InputError(
            f"a target needs finite numbers, got force {msg.force_n} N, speed {msg.max_speed_m_s} m/s, "
            f"velocity {velocity.tolist()} m/s"
        )
    return ProbeTarget(
        stamp_s=stamp_from_msg(msg.header.stamp),
        base_probe=pose_from_msg(msg.base_probe),
        force_n=msg.force_n,
        mode=TargetMode(msg.mode),
        max_speed_m_s=msg.max_speed_m_s,
        velocity_m_s=velocity,
        source_frame_id=msg.source_frame_id,
    )


def _fill(first: Vector3, second: Vector3, six: NDArray[np.float64]) -> None:
    """Write a twist or a wrench into a message's own parts, which is faster than to give it others."""
    first.x, first.y, first.z, second.x, second.y, second.z = six.tolist()


def _six(first: Vector3, second: Vector3) -> NDArray[np.float64]:
    return np.array([first.x, first.y, first.z, second.x, second.y, second.z])


def state_to_msg(value: ProbeState) -> ProbeStateMsg:
    """State of the probe and arm."""
    msg = ProbeStateMsg(
        header=header(value.stamp_s, "base"),
        base_probe=pose_to_msg(value.base_probe),
        contact=int(value.contact),
        joint_position_rad=to_array(value.joint_position_rad),
        joint_velocity_rad_s=to_array(value.joint_velocity_rad_s),
        joint_torque_nm=to_array(value.joint_torque_nm),
        target_force_n=float(value.target_force_n),
        fault=value.fault,
    )
    _fill(msg.twist.linear, msg.twist.angular, value.twist)
    _fill(msg.wrench.force, msg.wrench.torque, value.wrench)
    _fill(msg.raw_wrench.force, msg.raw_wrench.torque, value.raw_wrench)
    health = msg.health
    health.cycles, health.overruns = int(value.health.cycles), int(value.health.overruns)
    health.longest_period_s = float(value.health.longest_period_s)
    return msg


def state_from_msg(msg: ProbeStateMsg) -> ProbeState:
    """State of the probe and arm; InputError when the contact state is unknown."""
    if msg.contact not in list(ContactState):
        raise InputError(f"a contact state is one of {[int(c) for c in ContactState]}, got {msg.contact}")
    joints = {
        name: from_array(getattr(msg, name), np.float64, (len(getattr(msg, name)),), name)
        for name in ("joint_position_rad", "joint_velocity_rad_s", "joint_torque_nm")
    }
    return ProbeState(
        stamp_s=stamp_from_msg(msg.header.stamp),
        base_probe=pose_from_msg(msg.base_probe),
        twist=_six(msg.twist.linear, msg.twist.angular),
        wrench=_six(msg.wrench.force, msg.wrench.torque),
        raw_wrench=_six(msg.raw_wrench.force, msg.raw_wrench.torque),
        contact=ContactState(msg.contact),
        target_force_n=msg.target_force_n,
        health=LoopHealth(msg.health.cycles, msg.health.overruns, msg.health.longest_period_s),
        fault=msg.fault,
        **joints,
    )


def joint_state_to_msg(value: ProbeState, names: tuple[str, ...]) -> JointState:
    """The joints as a standard JointState; joint1, joint2, … where the names are not known."""
    return JointState(
        header=header(value.stamp_s, "base"),
        name=list(names) or [f"joint{i + 1}" for i in range(len(value.joint_position_rad))],
        position=to_array(value.joint_position_rad),
        velocity=to_array(value.joint_velocity_rad_s),
        effort=to_array(value.joint_torque_nm),
    )


def wrench_to_msg(value: ProbeState) -> WrenchStamped:
    """The contact wrench as a standard WrenchStamped in the probe's frame."""
    msg = WrenchStamped(header=header(value.stamp_s, "probe"))
    _fill(msg.wrench.force, msg.wrench.torque, value.wrench)
    return msg
