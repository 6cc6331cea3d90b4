"""Identification of joint friction and armature from recorded motion.

What the rigid body does not explain of the measured torque, τ - rnea(q, v, a), is fitted joint by joint with
F_c tanh(v/v_0) + F_v v + (F_s - F_c) exp(-(v/v_s)²) tanh(v/v_0) + I_a a, linear in all but the Stribeck speed v_s,
which is searched on a grid (Swevers, Verdonck, De Schutter, IEEE Control Systems 27(5), 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray
from scipy.optimize import nnls

from sonoreach.control.friction import SMOOTHING_RAD_S
from sonoreach.control.robot import RobotModel
from sonoreach.control.robot_config import FrictionConfig
from sonoreach.errors import InputError

Array = NDArray[np.float64]
LEAST_SAMPLES = 500
LEAST_SPEED_RAD_S = 0.05
STRIBECK_GRID_RAD_S = (0.005, 0.01, 0.02, 0.04, 0.08)


@dataclass(frozen=True, eq=False)
class Identification:
    """What was found.

    Attributes:
        friction: of every joint, ready for a robot's YAML.
        armature_kg_m2: shape (n_joints,) [kg m²].
        residual_nm: rms of what stays unexplained, shape (n_joints,) [N m].
    """

    friction: FrictionConfig
    armature_kg_m2: Array
    residual_nm: Array


def identify(robot: RobotModel, time_s: Array, q: Array, torque: Array) -> Identification:
    """Fit friction and armature.

    Args:
        robot: the arm; the friction and armature of its description are not used.
        time_s: evenly spaced times, shape (n,) [s].
        q: joint positions, shape (n, n_joints) [rad].
        torque: measured joint torques, same shape [N m].

    Raises:
        InputError: shapes do not fit, too few samples, uneven times, or a joint that did not move both ways.
    """
    time_s, q, torque = (np.asarray(x, dtype=np.float64) for x in (time_s, q, torque))
    n = robot.n_joints
    if q.shape != (len(time_s), n) or torque.shape != q.shape or len(time_s) < LEAST_SAMPLES:
        raise InputError(
            f"identification needs {LEAST_SAMPLES} or more samples of {n} joints, got positions {q.shape} and "
            f"torques {torque.shape}"
        )
    if not (np.isfinite(q).all() and np.isfinite(torque).all()):
        raise InputError("the recorded motion holds a number that is not finite")
    steps = np.diff(time_s)
    if not (steps.min() > 0.0 and np.ptp(steps) < 0.1 * steps.mean()):
        raise InputError("the recorded motion must be evenly spaced in time")
    v = np.gradient(q, time_s, axis=0)
    a = np.gradient(v, time_s, axis=0)
    for joint in range(n):
        if v[:, joint].max() < LEAST_SPEED_RAD_S or v[:, joint].min() > -LEAST_SPEED_RAD_S:
            raise InputError(f"joint {joint + 1} must move both ways with {LEAST_SPEED_RAD_S} rad/s or more")
    unexplained = torque - _rigid_body(robot, q, v, a)
    rows = [_fit(v[:, j], a[:, j], unexplained[:, j]) for j in range(n)]
    coulomb, static, stribeck, viscous, armature, residual = (np.array(column) for column in zip(*rows, strict=True))
    friction = FrictionConfig(*(tuple(float(x) for x in c) for c in (coulomb, static, stribeck, viscous)))
    return Identification(friction, armature, residual)


def _rigid_body(robot: RobotModel, q: Array, v: Array, a: Array) -> Array:
    """Torques that links and tool need, without armature, shape (n, n_joints) [N m]."""
    model = robot.model.copy()
    model.armature[:] = 0.0
    data = model.createData()
    return np.array([pin.rnea(model, data, *row).copy() for row in zip(q, v, a, strict=True)])


def _fit(v: Array, a: Array, torque: Array) -> tuple[float, float, float, float, float, float]:
    """Coulomb, static, Stribeck speed, viscous, armature and residual of one joint."""
    best: tuple[float, float, float, float, float, float] | None = None
    sign = np.tanh(v / SMOOTHING_RAD_S)
    for stribeck in STRIBECK_GRID_RAD_S:
        rows = np.stack([sign, sign * np.exp(-((v / stribeck) ** 2)), v, a], axis=1)
        solution, residual = nnls(rows, torque)
        rms = float(residual) / np.sqrt(len(v))
        if best is None or rms < best[-1]:
            coulomb, extra, viscous, armature = (float(x) for x in solution)
            best = (coulomb, coulomb + extra, stribeck, viscous, armature, rms)
    assert best is not None
    return best
