"""Calibration of the force sensor's tool: bias, mass and centre of mass from readings in several orientations.

Still in free air the sensor reads f = b_f - m Rᵀg and t = b_t + c × (-m Rᵀg), linear in (m, m c, b_f, b_t); ten
unknowns, solved by least squares with their covariance (Kubus, Kröger, Wahl, IROS 2008, static part).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sonoreach.control.arm import Arm
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

Array = NDArray[np.float64]
GRAVITY_M_S2 = np.array([0.0, 0.0, -9.81])
LEAST_POSES = 6
LEAST_SPREAD = 0.1  # of the gravity directions in the probe frame, second singular value
LARGEST_RESIDUAL_N = 0.5


@dataclass(frozen=True, eq=False)
class ToolCalibration:
    """What the sensor carries.

    Attributes:
        mass_kg: mass of the tool [kg].
        com_m: centre of mass in the probe frame, shape (3,) [m].
        bias: reading without load, shape (6,) [N, N m].
        mass_std_kg, com_std_m, bias_std: one standard deviation of each, same shapes.
        residual_n, residual_nm: rms of what the model leaves of forces [N] and torques [N m].
    """

    mass_kg: float
    com_m: Array
    bias: Array
    mass_std_kg: float
    com_std_m: Array
    bias_std: Array
    residual_n: float
    residual_nm: float


def calibrate_tool(rotations: Array, readings: Array) -> ToolCalibration:
    """Solve for the tool.

    Args:
        rotations: orientation of the probe in the base at each pose, shape (n, 3, 3).
        readings: mean sensor reading in the probe frame at its origin, shape (n, 6) [N, N m].

    Returns:
        The calibration with its uncertainty.

    Raises:
        InputError: fewer than six poses, poses too alike, numbers not finite, or readings that fit no rigid tool.
    """
    rotations, readings = np.asarray(rotations, dtype=np.float64), np.asarray(readings, dtype=np.float64)
    n = len(readings)
    if n < LEAST_POSES or rotations.shape != (n, 3, 3) or readings.shape != (n, 6):
        raise InputError(f"tool calibration needs {LEAST_POSES} or more poses with one reading each, got {n}")
    if not (np.isfinite(rotations).all() and np.isfinite(readings).all()):
        raise InputError("tool calibration got a pose or reading that is not finite")
    lift = -np.einsum("nji,j->ni", rotations, GRAVITY_M_S2)
    spread = np.linalg.svd((lift - lift.mean(0)) / 9.81 / np.sqrt(n), compute_uv=False)
    if spread[1] < LEAST_SPREAD:
        raise InputError(
            f"the calibration poses are too alike: tilts about two axes must spread by {LEAST_SPREAD:g} or more, "
            f"got {spread[1]:.3f}; tilt the probe by 20° or more in several directions"
        )
    force_rows = np.concatenate([lift[:, :, None], np.tile(np.eye(3), (n, 1, 1))], axis=2).reshape(3 * n, 4)
    force, force_cov, residual_n = _least_squares(force_rows, readings[:, :3].ravel())
    torque_rows = np.concatenate([-_cross_matrices(lift), np.tile(np.eye(3), (n, 1, 1))], axis=2).reshape(3 * n, 6)
    torque, torque_cov, residual_nm = _least_squares(torque_rows, readings[:, 3:].ravel())
    mass = float(force[0])
    if mass <= 0.0 or residual_n > LARGEST_RESIDUAL_N:
        raise InputError(
            f"the readings fit no rigid tool (mass {mass:.3f} kg, residual {residual_n:.2f} N): was the probe touched?"
        )
    com = torque[:3] / mass
    relative = float(np.sqrt(force_cov[0, 0])) / mass
    com_std = np.sqrt(np.diag(torque_cov)[:3] / mass**2 + (com * relative) ** 2)
    bias_std = np.sqrt(np.concatenate([np.diag(force_cov)[1:], np.diag(torque_cov)[3:]]))
    bias = np.concatenate([force[1:], torque[3:]])
    return ToolCalibration(mass, com, bias, relative * mass, com_std, bias_std, residual_n, residual_nm)


def calibration_poses(center: Pose, tilt_rad: float = 0.5) -> list[Pose]:
    """Eight poses about one: level, six tilts about the probe's axes and diagonals, and a turn."""
    turns = [(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -0.8, 0), (0.7, 0.7, 0), (-0.7, -0.6, 0), (0, 0, 1)]
    rotations = Rotation.from_rotvec(tilt_rad * np.array(turns, dtype=np.float64)).as_matrix()
    return [Pose(center.position_m, center.rotation @ rotation) for rotation in rotations]


def record_calibration(
    arm: Arm, poses: list[Pose], *, still_s: float = 0.5, time_limit_s: float = 12.0, hardware: bool = False
) -> ToolCalibration:
    """Move an arm in free air from pose to pose, read its sensor at rest, and solve.

    Args:
        arm: the arm, over nothing that it could touch.
        poses: six or more orientations (`calibration_poses`).
        still_s: time over which a reading is averaged [s].
        time_limit_s: time allowed to reach a pose [s].
        hardware: wait for wall-clock time between reads.

    Raises:
        InputError: a pose cannot be reached, the arm is stopped, or `calibrate_tool` refuses.
    """
    period_s = 0.02
    rotations, readings = [], []
    for number, pose in enumerate(poses):
        samples: list[Array] = []
        for _ in range(round(time_limit_s / period_s)):
            state = arm.state()
            if state.fault or state.contact is not ContactState.FREE:
                raise InputError(f"calibration needs an arm in free air, but it is {state.contact.name}: {state.fault}")
            arm.command(ProbeTarget(state.stamp_s, pose, 0.0, TargetMode.FREE, 0.1))
            arm.advance(period_s)
            if hardware:
                time.sleep(period_s)
            metres, radians = state.base_probe.distance_to(pose)
            settled = metres < 0.01 and radians < 0.05 and float(np.abs(state.twist).max()) < 0.01
            samples = [*samples, state.raw_wrench] if settled else []
            if len(samples) * period_s >= still_s:
                break
        else:
            raise InputError(f"calibration pose {number + 1} was not reached within {time_limit_s:g} s")
        rotations.append(arm.state().base_probe.rotation)
        readings.append(np.mean(samples, axis=0))
    return calibrate_tool(np.array(rotations), np.array(readings))


def _least_squares(rows: Array, values: Array) -> tuple[Array, Array, float]:
    """Solution, covariance and residual rms of a linear system."""
    solution, *_ = np.linalg.lstsq(rows, values, rcond=None)
    residual = values - rows @ solution
    variance = float(residual @ residual) / max(1, len(values) - rows.shape[1])
    covariance: Array = variance * np.linalg.inv(rows.T @ rows)
    return np.asarray(solution, dtype=np.float64), covariance, float(np.sqrt(np.mean(residual**2)))


def _cross_matrices(vectors: Array) -> Array:
    """Matrices [v]× with [v]× w = v × w; shape (n, 3, 3)."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    rows = [np.stack(row, axis=1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return np.stack(rows, axis=1)
