"""The arm as a line of points, for pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.robot import RobotModel

Array = NDArray[np.float64]


def arm_skeleton(robot: RobotModel) -> Callable[[Array], Array]:
    """A function from joint angles, shape (n_joints,) [rad], to points along the arm, shape (n, 3), base frame [m].

    The points are the base, each joint, the flange and the centre of the probe's face.
    """
    data = robot.model.createData()

    def points(joints_rad: Array) -> Array:
        pin.forwardKinematics(robot.model, data, np.asarray(joints_rad, dtype=np.float64))
        joints = [np.array(data.oMi[i].translation) for i in range(1, robot.model.njoints)]
        last = data.oMi[robot.last_joint]
        tips = [last.act(pose.position_m) for pose in (robot.link_flange, robot.link_probe)]
        return np.array([np.zeros(3), *joints, *tips])

    return points
