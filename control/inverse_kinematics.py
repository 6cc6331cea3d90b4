"""Inverse kinematics by damped least squares: for start postures and reachability, not for the loop."""

from __future__ import annotations

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.robot import RobotModel
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]
DAMPING = 1e-4


def solve_posture(
    robot: RobotModel, base_probe: Pose, start_rad: Array, *, margin_rad: float = 0.05, iterations: int = 200
) -> Array | None:
    """Find a joint position that brings the probe to a pose.

    Damped least squares (Wampler 1986) with the redundancy drawn towards `start_rad`.

    Args:
        robot: the arm.
        base_probe: wanted pose of the probe.
        start_rad: where to start from, shape (n_joints,) [rad].
        margin_rad: distance kept from the joint limits [rad].
        iterations: most steps taken.

    Returns:
        Joint position, shape (n_joints,) [rad]; None when the pose cannot be reached to 0.1 mm and 0.001 rad.
    """
    model = robot.model
    data = model.createData()
    frame = model.getFrameId("probe")
    goal = pin.SE3(base_probe.rotation, base_probe.position_m)
    lower, upper = model.lowerPositionLimit + margin_rad, model.upperPositionLimit - margin_rad
    q = np.clip(np.array(start_rad, dtype=np.float64), lower, upper)
    for _ in range(iterations):
        pin.computeJointJacobians(model, data, q)
        pose = pin.updateFramePlacement(model, data, frame)
        error = pin.log6(pose.actInv(goal)).vector
        if np.linalg.norm(error[:3]) < 1e-4 and np.linalg.norm(error[3:]) < 1e-3:
            return q
        jacobian = pin.getFrameJacobian(model, data, frame, pin.ReferenceFrame.LOCAL)
        inverse = jacobian.T @ np.linalg.inv(jacobian @ jacobian.T + DAMPING * np.eye(6))
        drawn = 0.05 * (start_rad - q)
        step = inverse @ error + drawn - inverse @ (jacobian @ drawn)
        q = np.clip(q + step * min(1.0, 0.3 / max(float(np.abs(step).max()), 1e-9)), lower, upper)
    return None
