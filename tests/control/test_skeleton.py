"""The arm's line of points ends where the probe is."""

import numpy as np

from sonoreach.control.robot import RobotModel
from sonoreach.control.skeleton import arm_skeleton


def test_the_line_goes_from_the_base_to_the_probe() -> None:
    robot = RobotModel.load("panda")
    points = arm_skeleton(robot)(robot.home_rad)
    assert points.shape == (robot.n_joints + 3, 3)
    np.testing.assert_array_equal(points[0], np.zeros(3))
    np.testing.assert_allclose(points[-1], robot.probe_pose(robot.home_rad).position_m, atol=1e-9)
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() < 0.5
