"""How much sound comes back from each place of the image plane: attenuation, shadows, missing contact.

Rays start at the face and run straight down; beyond the aperture they fan out from its ends to the steering angle.
The map is therefore kept over (ray, depth); `transmitted` looks a point up.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sonoreach.simulation.patient.echogenicity import SLOPE_DB_M_HZ
from sonoreach.simulation.patient.frame import gap_at, material_of
from sonoreach.simulation.patient.labels import GEL_M
from sonoreach.simulation.patient.tissue import classify

HALF_APERTURE_M = 0.025
FAN_SLOPE = math.tan(math.radians(8.0))
RAY_STEP_M = 0.5e-3
DEPTH_STEP_M = 0.5e-3
N_FAN = 4  # rays of the fan on each side
N_FACE = 2 * int(HALF_APERTURE_M / RAY_STEP_M) + 1
N_RAYS = N_FACE + 2 * N_FAN
SILENT = 3e-5  # transmission below which nothing is worth computing
GEL_FADE_M = 0.3e-3


@njit(cache=True, fastmath=True)
def transmission_map(p, s, depth_m, frequency_hz):  # type: ignore[no-untyped-def]
    """Two-way amplitude transmission along every ray.

    Args:
        p, s: packed patient and probe state.
        depth_m: depth of the last row [m].
        frequency_hz: centre frequency.

    Returns:
        float32, shape (N_RAYS, n_depths): 1 at the face, 0 where no element has contact.
    """
    n_depths = int(depth_m / DEPTH_STEP_M) + 2
    result = np.zeros((N_RAYS, n_depths), np.float32)
    step = 10.0 ** (-2.0 * SLOPE_DB_M_HZ * frequency_hz * DEPTH_STEP_M / 20.0)  # what a step through each tissue leaves
    for ray in range(N_RAYS):
        start, slope = _ray(ray)
        excess = gap_at(s, start) - GEL_M
        if excess >= GEL_FADE_M:
            continue
        amplitude = 1.0 if excess <= 0.0 else 10.0 ** (-excess / (GEL_FADE_M - excess + 1e-6))
        for row in range(n_depths):
            z = (row + 0.5) * DEPTH_STEP_M
            if amplitude < SILENT:
                break
            result[ray, row] = amplitude
            mx, my, mz = material_of(p, s, start + slope * z, 0.0, z)
            amplitude *= step[classify(p, s, mx, my, mz)[0]]
    return result


@njit(cache=True, fastmath=True)
def _ray(ray):  # type: ignore[no-untyped-def]
    """Start x [m] and slope dx/dz of a ray."""
    if ray < N_FAN:
        return -HALF_APERTURE_M, -FAN_SLOPE * (N_FAN - ray) / N_FAN
    if ray >= N_FAN + N_FACE:
        return HALF_APERTURE_M, FAN_SLOPE * (ray - N_FAN - N_FACE + 1) / N_FAN
    return (ray - N_FAN) * RAY_STEP_M - HALF_APERTURE_M, 0.0


@njit(cache=True, fastmath=True)
def transmitted(table, x, z):  # type: ignore[no-untyped-def]
    """Transmission at a point of the image plane (bilinear); 0 outside the insonified trapezoid."""
    if z < 0.0:
        return 0.0
    beyond = abs(x) - HALF_APERTURE_M
    if beyond <= 0.0:
        ray = (x + HALF_APERTURE_M) / RAY_STEP_M + N_FAN
    else:
        part = beyond / (FAN_SLOPE * z + 1e-9)
        if part > 1.0:
            return 0.0
        ray = N_FAN - part * N_FAN if x < 0.0 else N_FAN + N_FACE - 1 + part * N_FAN
    row = z / DEPTH_STEP_M
    i, j = min(int(ray), N_RAYS - 2), min(int(row), table.shape[1] - 2)
    u, v = ray - i, row - j
    near = table[i, j] * (1.0 - u) + table[i + 1, j] * u
    far = table[i, j + 1] * (1.0 - u) + table[i + 1, j + 1] * u
    return near * (1.0 - v) + far * v
