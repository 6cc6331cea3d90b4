"""Joint friction: Coulomb, Stribeck and viscous.

    τ_f(v) = (F_c + (F_s - F_c) exp(-(v / v_s)²)) tanh(v / v_0) + F_v v

(Armstrong-Hélouvry et al., Automatica 30(7), 1994), with the sign function smoothed over v_0.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

SMOOTHING_RAD_S = 0.002


@njit(cache=True)
def friction_torque(v: float, coulomb: float, static: float, stribeck: float, viscous: float) -> float:
    """Torque that opposes a joint's motion [N m]; v and stribeck [rad/s], viscous [N m s/rad]."""
    peak = (static - coulomb) * math.exp(-((v / stribeck) ** 2)) if stribeck > 0.0 else 0.0
    return (coulomb + peak) * math.tanh(v / SMOOTHING_RAD_S) + viscous * v


@njit(cache=True)
def add_friction(v: Any, coulomb: Any, static: Any, stribeck: Any, viscous: Any, torque: Any, slope: Any) -> None:
    """Subtract friction from joint torques and write its slope, all shape (n,).

    Args:
        v: joint velocities [rad/s].
        coulomb, static, stribeck, viscous: friction of each joint.
        torque: changed in place [N m].
        slope: derivative of the friction by the velocity, written, not negative [N m s/rad]; an integrator that adds
            dt * slope to the inertia is stable however steep the friction is.
    """
    for i in range(v.shape[0]):
        friction = friction_torque(v[i], coulomb[i], static[i], stribeck[i], viscous[i])
        torque[i] -= friction
        tanh = math.tanh(v[i] / SMOOTHING_RAD_S)
        slope[i] = coulomb[i] * (1.0 - tanh * tanh) / SMOOTHING_RAD_S + viscous[i]
