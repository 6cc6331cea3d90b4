"""A state that went through bytes is the state that was there."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.state_packet import pack, unpack
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import LoopHealth, ProbeTarget, TargetMode

DOWN = Pose.from_axes([0.5, 0.0, 0.28], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0])


def test_what_is_unpacked_is_what_the_controller_says() -> None:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.28)))
    for _ in range(45):
        arm.command(ProbeTarget(arm.time_s, DOWN, 3.0, TargetMode.CONTACT))
        arm.advance(1 / 15)
    arm.stop("a person pressed stop °")
    arm.step()
    health = LoopHealth(1001, 3, math.pi)
    arm.report_health(health)
    told = unpack(pack(arm.controller.memory, health, arm.controller.fault), 7)
    arm_says = arm.state()
    assert told.fault == "a person pressed stop °"
    assert told.health == health
    assert told.stamp_s > 2.9
    for field in dataclasses.fields(told):
        left, right = getattr(told, field.name), getattr(arm_says, field.name)
        if isinstance(left, Pose):
            np.testing.assert_array_equal(left.position_m, right.position_m)
            np.testing.assert_array_equal(left.rotation, right.rotation)
        else:
            np.testing.assert_array_equal(left, right, err_msg=field.name)
    np.testing.assert_array_equal(told.base_probe.rotation, arm.controller.memory["rotation"][0])
    np.testing.assert_array_equal(told.joint_torque_nm, arm.controller.memory["torque"][0])


def test_a_packet_does_not_change_with_the_arm() -> None:
    arm = SimulatedArm(BreathingBody())
    arm.step()
    state = arm.state()
    before = state.joint_position_rad.copy(), state.raw_wrench.copy()
    arm.advance(0.1)
    np.testing.assert_array_equal(state.joint_position_rad, before[0])
    np.testing.assert_array_equal(state.raw_wrench, before[1])
