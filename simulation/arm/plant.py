"""The plant: pinocchio's forward dynamics with joint friction, drives that lag, and the soft contact.

Integration is semi-implicit Euler; the joint friction's slope is added to the inertia (a linearly implicit step), so
that Coulomb friction, which is steep at rest, stays stable at 1 kHz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pinocchio as pin
from numba import njit
from numpy.typing import NDArray

from sonoreach.control.friction import add_friction
from sonoreach.control.robot import RobotModel
from sonoreach.control.surface import ContactSurface
from sonoreach.simulation.arm.contact import face_points, face_weights, face_wrench
from sonoreach.simulation.arm.patient_skin import patient_gaps
from sonoreach.simulation.patient.patient import Patient

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PlantOptions:
    """How the simulated arm differs from an ideal one.

    Attributes:
        rate_hz: rate of integration [Hz], a multiple of the controller's.
        torque_lag_hz: corner of the drives' torque response [Hz].
        delay_cycles: control cycles from a sample to the torque that answers it.
        force_noise_n, torque_noise_nm: white noise of a sensor sample, standard deviation [N], [N m].
        force_bias_n: constant error of the sensor, shape (3,) [N].
        friction_scale: true joint friction relative to the robot's description.
        tool_mass_scale: true tool mass relative to the robot's description.
    """

    rate_hz: float = 1000.0
    torque_lag_hz: float = 150.0
    delay_cycles: int = 1
    force_noise_n: float = 0.05
    torque_noise_nm: float = 0.002
    force_bias_n: tuple[float, float, float] = (0.0, 0.0, 0.0)
    friction_scale: float = 1.0
    tool_mass_scale: float = 1.0


def compiled_gaps(surface: ContactSurface) -> Any:
    """The compiled `(parameters, points, time, gaps)` of a surface, or None when it has only `gap`."""
    if isinstance(surface, Patient):
        return patient_gaps
    return getattr(surface, "face_gaps", None)


class ArmPlant:
    """An arm that touches a soft body.

    Args:
        robot: the true arm.
        surface: the body; one that has `face_gaps` and `skin_parameters` is evaluated compiled, one that has
            `firm_depth_m` and `firm_stiffness_n_m` has a firmer layer below the soft one.
        options: rates, lags and errors.
    """

    def __init__(self, robot: RobotModel, surface: ContactSurface, options: PlantOptions) -> None:
        self.robot, self.surface, self.options = robot, surface, options
        n = robot.n_joints
        self._model = robot.model.copy()
        self._data = self._model.createData()
        self._memory = np.zeros(1, _memory_type(n, len(face_points())))
        self._points, self._weights, self._face = np.zeros((9, 3)), face_weights(), face_points()
        self._mount_rotation, self._mount_position = robot.link_probe.rotation, robot.link_probe.position_m
        friction = robot.config.friction
        scale = options.friction_scale
        self._friction = tuple(
            np.array(values) * factor
            for values, factor in (
                (friction.coulomb_nm, scale),
                (friction.static_nm, scale),
                (friction.stribeck_rad_s, 1.0),
                (friction.viscous_nm_s, scale),
            )
        )
        self._rotor = self._model.armature.copy()
        self._armature = self._model.armature
        self.q, self.v, self._total = robot.home_rad.copy(), np.zeros(n), np.zeros(n)
        self._lag = 1.0 - math.exp(-2.0 * math.pi * options.torque_lag_hz / options.rate_hz)
        self._gaps = compiled_gaps(surface) or self._generic_gaps
        self._firm = getattr(surface, "firm_depth_m", math.inf), getattr(surface, "firm_stiffness_n_m", 0.0)
        self._face_gaps = self._memory["gaps"][0]
        self._skin = getattr(surface, "skin_parameters", np.zeros(1))
        self.reset(robot.home_rad)

    def reset(self, q: Array) -> None:
        """Stand at rest at a joint position, shape (n_joints,) [rad], drives holding the weight."""
        self.q[:], self.v[:] = q, 0.0
        self._memory[:] = np.zeros(1, self._memory.dtype)
        pin.aba(self._model, self._data, self.q, self.v, self._total)
        link = self._data.oMi[self.robot.last_joint]
        self._rotation, self._translation = link.rotation, link.translation
        self._jacobian, self._acceleration = self._data.J, self._data.ddq
        self._memory["drive"] = pin.rnea(self._model, self._data, self.q, self.v, np.zeros_like(q))
        self._place()

    def step(self, torque: Array, time_s: float) -> None:
        """Integrate over one plant period.

        Args:
            torque: torques sent to the drives, shape (n_joints,) [N m].
            time_s: time at the start of the period [s].
        """
        dt = 1.0 / self.options.rate_hz
        self._gaps(self._skin, self._points, time_s, self._face_gaps)
        _apply(
            self._memory, self._points, self._weights, self._jacobian, self._friction, self._rotor, self.v, torque,
            self.surface.stiffness_n_m, self.surface.damping_s_m, *self._firm, self._lag, dt, self._total,
            self._armature,
        )  # fmt: skip
        pin.aba(self._model, self._data, self.q, self.v, self._total)
        _integrate(self._acceleration, dt, self.q, self.v)
        self._place()

    def _place(self) -> None:
        """Bring pose, speed and face points up to the joint position."""
        pin.computeJointJacobians(self._model, self._data, self.q)
        _place_face(
            self._memory, self._rotation, self._translation, self._mount_rotation, self._mount_position,
            self._jacobian, self._face, self.v, self._points,
        )  # fmt: skip

    @property
    def wrench(self) -> Array:
        """True wrench that the probe exerts on the body, probe frame at its origin, shape (6,)."""
        m = self._memory[0]
        rotation = m["rotation"]
        return -np.concatenate([rotation.T @ m["contact"][:3], rotation.T @ m["contact"][3:]])

    @property
    def memory(self) -> Any:
        """The plant's memory, a record array of shape (1,), for the sensor."""
        return self._memory

    def _generic_gaps(self, _: Array, points: Array, time_s: float, gaps: Array) -> None:
        """Gaps of a surface that has no compiled function."""
        distance, normals = self.surface.gap(points, time_s)
        gaps[:, 0] = distance
        gaps[:, 1:] = normals


def _memory_type(n: int, points: int) -> np.dtype[Any]:
    """Record of the plant: base-frame vectors about the probe's origin."""
    f, i = np.float64, np.int64
    fields = [
        ("rotation", f, (3, 3)), ("position", f, (3,)), ("speed", f, (6,)), ("contact", f, (6,)),
        ("gaps", f, (points, 4)), ("last_gaps", f, (points,)), ("has_gaps", i), ("drive", f, (n,)),
        ("slope", f, (n,)),
    ]  # fmt: skip
    return np.dtype(fields)


@njit(cache=True)
def _place_face(
    memory: Any, rotation: Any, translation: Any, mount_rotation: Any, mount: Any, jacobian: Any, face: Any, v: Any,
    points: Any,
) -> None:  # fmt: skip
    """Pose and speed of the probe and the points of its face, base frame."""
    s = memory[0]
    for i in range(3):
        s.position[i] = translation[i]
        for k in range(3):
            s.position[i] += rotation[i, k] * mount[k]
            total = 0.0
            for m in range(3):
                total += rotation[i, m] * mount_rotation[m, k]
            s.rotation[i, k] = total
    for j in range(points.shape[0]):
        for i in range(3):
            points[j, i] = s.position[i]
            for k in range(3):
                points[j, i] += s.rotation[i, k] * face[j, k]
    for i in range(6):
        total = 0.0
        for j in range(v.shape[0]):
            total += jacobian[i, j] * v[j]
        s.speed[i] = total
    x, y, z = s.position[0], s.position[1], s.position[2]
    s.speed[0] += s.speed[4] * z - s.speed[5] * y
    s.speed[1] += s.speed[5] * x - s.speed[3] * z
    s.speed[2] += s.speed[3] * y - s.speed[4] * x


@njit(cache=True)
def _apply(
    memory: Any, points: Any, weights: Any, jacobian: Any, friction: Any, rotor: Any, v: Any, torque: Any,
    stiffness: float, damping: float, firm_depth: float, firm: float, lag: float, dt: float, total: Any, armature: Any,
) -> None:  # fmt: skip
    """Sum of the joint torques from drives, contact and friction, and the inertia that makes friction implicit."""
    s = memory[0]
    face_wrench(s, points, weights, stiffness, damping, firm_depth, firm, dt)
    fx, fy, fz = s.contact[0], s.contact[1], s.contact[2]
    x, y, z = s.position[0], s.position[1], s.position[2]
    tx, ty, tz = s.contact[3] + y * fz - z * fy, s.contact[4] + z * fx - x * fz, s.contact[5] + x * fy - y * fx
    for i in range(v.shape[0]):
        s.drive[i] += lag * (torque[i] - s.drive[i])
        total[i] = s.drive[i] + jacobian[0, i] * fx + jacobian[1, i] * fy + jacobian[2, i] * fz
        total[i] += jacobian[3, i] * tx + jacobian[4, i] * ty + jacobian[5, i] * tz
    add_friction(v, friction[0], friction[1], friction[2], friction[3], total, s.slope)
    for i in range(v.shape[0]):
        armature[i] = rotor[i] + dt * s.slope[i]


@njit(cache=True)
def _integrate(acceleration: Any, dt: float, q: Any, v: Any) -> None:
    """Semi-implicit Euler, in place."""
    for i in range(v.shape[0]):
        v[i] += dt * acceleration[i]
        q[i] += dt * v[i]
