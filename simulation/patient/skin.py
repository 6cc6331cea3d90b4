"""The resting skin: a signed distance that the arm's plant, the echoes and the truth share."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient.motion import body_shift


@njit(cache=True)
def skin_distance(p, x, y, z):  # type: ignore[no-untyped-def]
    """Signed distance of a patient-frame point to the resting skin [m], negative inside (first order)."""
    a, b = p[k.SKIN_A], p[k.SKIN_B]
    apex = z * (p[k.SKIN_SLOPE] + p[k.SKIN_BEND] * z)
    u, v = x / a, (y - apex - b) / b
    r = math.sqrt(u * u + v * v) + 1e-9
    gx, gy = u / a, v / b
    gz = gy * (p[k.SKIN_SLOPE] + 2.0 * p[k.SKIN_BEND] * z)
    return (r - 1.0) * r / math.sqrt(gx * gx + gy * gy + gz * gz + 1e-12)


@njit(cache=True)
def skin_normal(p, x, y, z):  # type: ignore[no-untyped-def]
    """Outward unit normal of the skin near a patient-frame point: (nx, ny, nz)."""
    a, b = p[k.SKIN_A], p[k.SKIN_B]
    apex = z * (p[k.SKIN_SLOPE] + p[k.SKIN_BEND] * z)
    gx, gy = x / (a * a), (y - apex - b) / (b * b)
    gz = -gy * (p[k.SKIN_SLOPE] + 2.0 * p[k.SKIN_BEND] * z)
    s = 1.0 / math.sqrt(gx * gx + gy * gy + gz * gz + 1e-18)
    return gx * s, gy * s, gz * s


@njit(cache=True)
def skin_gap(p, x, y, z, t):  # type: ignore[no-untyped-def]
    """Distance of a base-frame point to the undeformed, moving skin, for use inside compiled plants.

    Args:
        p: `Patient.skin_parameters`, float64.
        x, y, z: point in the arm's base frame [m].
        t: time [s].

    Returns:
        (distance [m], nx, ny, nz): negative inside the body; outward unit normal in the base frame.
    """
    r, o = k.BASE_ROTATION, k.BASE_POSITION
    dx, dy, dz = x - p[o], y - p[o + 1], z - p[o + 2]
    sx, sy, sz = body_shift(p, t)
    px = p[r] * dx + p[r + 3] * dy + p[r + 6] * dz - sx
    py = p[r + 1] * dx + p[r + 4] * dy + p[r + 7] * dz - sy
    pz = p[r + 2] * dx + p[r + 5] * dy + p[r + 8] * dz - sz
    nx, ny, nz = skin_normal(p, px, py, pz)
    return (
        skin_distance(p, px, py, pz),
        p[r] * nx + p[r + 1] * ny + p[r + 2] * nz,
        p[r + 3] * nx + p[r + 4] * ny + p[r + 5] * nz,
        p[r + 6] * nx + p[r + 7] * ny + p[r + 8] * nz,
    )


@njit(cache=True)
def skin_gaps(p, points_m, t):  # type: ignore[no-untyped-def]
    """`skin_gap` of many points: distances (n,) [m] and outward normals (n, 3), base frame."""
    distances, normals = np.empty(points_m.shape[0]), np.empty(points_m.shape)
    for i in range(points_m.shape[0]):
        distances[i], normals[i, 0], normals[i, 1], normals[i, 2] = skin_gap(
            p, points_m[i, 0], points_m[i, 1], points_m[i, 2], t
        )
    return distances, normals
