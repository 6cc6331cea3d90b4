"""The arm as a line of points."""

import numpy as np
import pytest

from sonoreach.control.robot import RobotModel
from sonoreach.control.skeleton import arm_skeleton


def test_the_line_begins_at_the_base_and_passes_the_shoulder():
    robot = RobotModel.load("panda")
    points = arm_skeleton(robot)(robot.home_rad)
    assert points.shape == (robot.n_joints + 3, 3)
    assert points[0] == pytest.approx([0.0, 0.0, 0.0])
    assert points[1] == pytest.approx([0.0, 0.0, 0.333], abs=1e-3), "Panda's shoulder height"
    assert 0.3 < points[-1, 0] < 0.7


def test_links_keep_their_length():
    robot = RobotModel.load("panda")
    skeleton = arm_skeleton(robot)
    lengths = [np.linalg.norm(np.diff(skeleton(q), axis=0), axis=1) for q in (robot.home_rad, robot.home_rad * 0.6)]
    assert lengths[0] == pytest.approx(lengths[1])
