"""Soft contact of the probe's face: Hunt-Crossley springs over its points, and a little friction of the gel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

FACE_LENGTH_M, FACE_WIDTH_M = 0.054, 0.012
GEL_FRICTION = 0.05
GEL_SPEED_M_S = 0.002


def face_points() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Points of the face that carry the contact, probe frame, shape (9, 3) [m]: the Gauss points of a 3 x 3 rule."""
    x, y = 0.5 * FACE_LENGTH_M * math.sqrt(0.6), 0.5 * FACE_WIDTH_M * math.sqrt(0.6)
    return np.array([(a * x, b * y, 0.0) for a in (-1, 0, 1) for b in (-1, 0, 1)])


def face_weights() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Share of the face that each point stands for, shape (9,), sum 1 (Gauss-Legendre, 5-8-5 by 5-8-5)."""
    weights = np.array([5.0, 8.0, 5.0]) / 18.0
    return np.outer(weights, weights).ravel()


@njit(cache=True)
def face_wrench(
    s: Any, points: Any, weights: Any, stiffness: float, damping: float, firm_depth: float, firm: float, dt: float
) -> None:
    """Wrench that the body exerts on the probe, in the base frame about the probe's origin, into `s.contact`.

    Each point presses with w f(δ) (1 + c dδ/dt), never pulling (Hunt and Crossley, J. Appl. Mech. 42(2), 1975), along
    the skin's normal. f rises with the soft layer's stiffness, beyond the firm layer's depth with the firm one's. dδ/dt
    is the change of the gap, so it holds the motion of body and probe alike.

    Args:
        s: the plant's memory (one record) with `gaps` (n, 4) and `last_gaps` (n,) filled.
        points: points of the face in the base frame, shape (n, 3) [m].
        weights: share of each point, shape (n,).
        stiffness: of the whole face [N/m].
        damping: Hunt-Crossley factor [s/m].
        firm_depth, firm: indentation where the firm layer begins [m], its stiffness [N/m].
        dt: time since `last_gaps` [s].
    """
    for i in range(6):
        s.contact[i] = 0.0
    for i in range(points.shape[0]):
        depth = -s.gaps[i, 0]
        rate = (s.last_gaps[i] - s.gaps[i, 0]) / dt if s.has_gaps else 0.0
        s.last_gaps[i] = s.gaps[i, 0]
        if depth <= 0.0:
            continue
        spring = stiffness * min(depth, firm_depth) + firm * max(depth - firm_depth, 0.0)
        push = weights[i] * spring * max(0.0, 1.0 + damping * rate)
        rx, ry, rz = points[i, 0] - s.position[0], points[i, 1] - s.position[1], points[i, 2] - s.position[2]
        vx = s.speed[0] + s.speed[4] * rz - s.speed[5] * ry
        vy = s.speed[1] + s.speed[5] * rx - s.speed[3] * rz
        vz = s.speed[2] + s.speed[3] * ry - s.speed[4] * rx
        nx, ny, nz = s.gaps[i, 1], s.gaps[i, 2], s.gaps[i, 3]
        along = vx * nx + vy * ny + vz * nz
        vx, vy, vz = vx - along * nx, vy - along * ny, vz - along * nz
        drag = GEL_FRICTION * push / math.sqrt(vx * vx + vy * vy + vz * vz + GEL_SPEED_M_S**2)
        fx, fy, fz = push * nx - drag * vx, push * ny - drag * vy, push * nz - drag * vz
        s.contact[0] += fx
        s.contact[1] += fy
        s.contact[2] += fz
        s.contact[3] += ry * fz - rz * fy
        s.contact[4] += rz * fx - rx * fz
        s.contact[5] += rx * fy - ry * fx
    s.has_gaps = 1
