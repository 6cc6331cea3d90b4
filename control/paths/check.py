"""Is a sweep feasible? Depth, reach, joint limits and self-collision, before anything moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.control.inverse_kinematics import solve_posture
from sonoreach.control.paths.collision import SelfCollision
from sonoreach.control.paths.skin_map import SkinMap
from sonoreach.control.paths.sweep import Sweep
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]
CHECK_EVERY_M = 0.01
STAND_OFF_M = 0.05
DEEPEST_M = 0.01
STEEPEST_RAD = 0.6
LARGEST_JOINT_STEP_RAD = 0.5


def check_sweep(
    sweep: Sweep, robot: RobotModel, skin: SkinMap, start_rad: Array | None = None, *, margin_rad: float = 0.08
) -> Array:
    """Joint positions along a sweep, every 10 mm, the approach from 50 mm above its start first.

    Args:
        sweep: the path.
        robot: the arm.
        skin: the skin that it shall follow.
        start_rad: posture near which to begin, shape (n_joints,) [rad]; None: home.
        margin_rad: distance kept from the joint limits [rad].

    Returns:
        joint positions, shape (n, n_joints) [rad].

    Raises:
        InputError: the path goes through the body, leans too far, is out of reach, needs a jump of the joints, or the
            arm would touch itself; the sentence says where.
    """
    _check_depth(sweep, skin)
    collision = SelfCollision(robot)
    count = max(2, round(sweep.length_m / CHECK_EVERY_M) + 1)
    stations = np.linspace(0.0, sweep.length_m, count)
    first = sweep.pose(0.0)
    above = Pose(first.position_m - STAND_OFF_M * first.rotation[:, 2], first.rotation)
    q = robot.home_rad if start_rad is None else np.asarray(start_rad, dtype=np.float64)
    postures: list[Array] = []
    for number, pose in enumerate([above, *(sweep.pose(float(s)) for s in stations)]):
        where = "above its start" if number == 0 else f"{1e3 * stations[number - 1]:.0f} mm along it"
        solved = solve_posture(robot, pose, q, margin_rad=margin_rad)
        if solved is None:
            raise InputError(f"the sweep cannot be reached {where} within the joint limits")
        if number > 1 and np.abs(solved - q).max() > LARGEST_JOINT_STEP_RAD:
            raise InputError(f"the sweep needs a jump of the joints {where}")
        touching = collision.touching(solved)
        if touching:
            raise InputError(f"the arm would touch itself {where}: {touching}")
        postures.append(solved)
        q = solved
    return np.array(postures)


def _check_depth(sweep: Sweep, skin: SkinMap) -> None:
    """Refuse a path that enters the body or leans away from the skin's normal."""
    points, normals = skin.project(sweep.positions_m)
    height = np.einsum("ij,ij->i", sweep.positions_m - points, normals)
    if height.min() < -DEEPEST_M:
        at = sweep.arc_m[int(height.argmin())]
        raise InputError(
            f"the sweep goes through the body: {-1e3 * height.min():.0f} mm below the skin at {1e3 * at:.0f} mm along "
            f"it, {1e3 * DEEPEST_M:.0f} mm are allowed"
        )
    lean = np.arccos(np.clip(-np.einsum("ij,ij->i", sweep.rotations[:, :, 2], normals), -1.0, 1.0))
    if lean.max() > STEEPEST_RAD:
        raise InputError(f"the sweep leans {np.degrees(lean.max()):.0f}° away from the skin's normal, 34° are allowed")
