"""Robots: the built-in ones load and stand over the table, a user's own file is checked number by number."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sonoreach.control.inverse_kinematics import solve_posture
from sonoreach.control.limits import RegionLimits, region_limits
from sonoreach.control.parameters import ControlParameters
from sonoreach.control.robot import RobotModel, urdf_path
from sonoreach.control.robot_config import BUILT_IN, FrictionConfig, RobotConfig
from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

PANDA = RobotConfig.load("panda")


@pytest.mark.parametrize("name", sorted(path.stem for path in BUILT_IN.glob("*.yaml")))
def test_built_in_robots_point_the_probe_down_and_reach_both_planes(name: str) -> None:
    robot = RobotModel.load(name)
    home = robot.probe_pose(robot.home_rad)
    np.testing.assert_allclose(home.position_m, [0.5, 0.0, 0.3], atol=0.015)
    np.testing.assert_allclose(home.rotation[:, 2], [0.0, 0.0, -1.0], atol=0.01)
    for image_x in ([0.0, 1.0, 0.0], [1.0, 0.0, 0.0]):
        pose = Pose.from_axes([0.5, 0.03, 0.18], image_x, [0.1, 0.2, -1.0])
        assert solve_posture(robot, pose, robot.home_rad, margin_rad=0.2) is not None


@pytest.mark.parametrize("name", ["ur5", "xarm7"])
def test_other_arms_press_under_the_same_law(name: str) -> None:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.28), breath_m=0.004), robot=name)
    pose = Pose.from_axes([0.5, 0.0, 0.28], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
    for _ in range(60):
        arm.command(ProbeTarget(arm.time_s, pose, 3.0, TargetMode.CONTACT))
        arm.advance(1.0 / 15.0)
    assert arm.state().contact is ContactState.SCAN
    assert arm.plant.wrench[2] == pytest.approx(3.0, abs=0.15)


def own(tmp_path: Path, change: tuple[str, str]) -> RobotConfig:
    """The panda with one thing changed in its URDF."""
    text = urdf_path(PANDA, PANDA.urdf).read_text()
    assert change[0] in text
    (tmp_path / "own.urdf").write_text(text.replace(*change))
    return dataclasses.replace(PANDA, name="own", urdf="own.urdf", directory=tmp_path)


def test_urdf_without_inertials_is_refused(tmp_path: Path) -> None:
    text = urdf_path(PANDA, PANDA.urdf).read_text()
    start = text.index("<inertial>", text.index('name="panda_link3"'))
    inertial = text[start : text.index("</inertial>", start) + len("</inertial>")]
    with pytest.raises(InputError, match=r"no inertia .* 'panda_joint3'"):
        RobotModel.from_config(own(tmp_path, (inertial, "")))


def test_inverted_limits_are_refused(tmp_path: Path) -> None:
    model = RobotModel.load("panda").model
    low, high = model.lowerPositionLimit[5], model.upperPositionLimit[5]
    change = (f'lower="{low:g}" upper="{high:g}"', f'lower="{high:g}" upper="{low:g}"')
    with pytest.raises(InputError, match="inverted position limits"):
        RobotModel.from_config(own(tmp_path, change))


def test_wrong_joint_count_is_refused() -> None:
    with pytest.raises(InputError, match="7 joints, but home_rad has 6"):
        RobotModel.from_config(dataclasses.replace(PANDA, home_rad=PANDA.home_rad[:6]))
    friction = FrictionConfig((-1.0,) * 7, (1.0,) * 7, (1.0,) * 7, (1.0,) * 7)
    with pytest.raises(InputError, match=r"coulomb_nm .* not negative"):
        RobotModel.from_config(dataclasses.replace(PANDA, friction=friction))


def test_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one of panda"):
        RobotModel.load("pandora")
    path = tmp_path / "robot.yaml"
    path.write_text((BUILT_IN / "panda.yaml").read_text() + "colour: white\n")
    with pytest.raises(InputError, match="unknown key 'colour'"):
        RobotModel.load(path)
    path.write_text("name: x\n")
    with pytest.raises(InputError, match="lacks a key"):
        RobotModel.load(path)
    with pytest.raises(InputError, match="no link 'hook'"):
        RobotModel.from_config(dataclasses.replace(PANDA, flange="hook"))


def test_limits_and_parameters_are_checked() -> None:
    with pytest.raises(InputError, match="inverted"):
        RegionLimits("x", max_target_force_n=9.0, reflex_force_n=8.0)
    with pytest.raises(InputError, match="known are thyroid"):
        region_limits("elbow")
    with pytest.raises(InputError, match="rate_hz"):
        ControlParameters(rate_hz=10.0)
    with pytest.raises(InputError, match="lost_force_n"):
        ControlParameters(lost_force_n=1.0)
