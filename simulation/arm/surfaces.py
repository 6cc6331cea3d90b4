"""Analytic soft bodies for tests and benchmarks: a breathing plane or cylinder that may jolt.

Both implement `ContactSurface` and the compiled `face_gaps` that the plant prefers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BreathingBody:
    """A flat table-top of flesh, or a cylinder lying on it, that breathes along z.

    Attributes:
        top_m: highest point of the skin at rest, shape (3,) [m] in the base frame.
        radius_m: radius of a cylinder whose axis is along base y [m]; inf: a plane.
        stiffness_n_m: stiffness that a whole probe face feels [N/m].
        damping_s_m: Hunt-Crossley damping factor [s/m].
        firm_depth_m, firm_stiffness_n_m: indentation from which a firmer layer resists [m], its stiffness [N/m].
        breath_m, breath_hz, breath_phase_rad: half the stroke [m], rate [Hz], phase [rad].
        jolt_m, jolt_start_s, jolt_duration_s: a sudden rise of the body along a half cosine [m], [s], [s].
    """

    top_m: tuple[float, float, float] = (0.5, 0.0, 0.15)
    radius_m: float = math.inf
    stiffness_n_m: float = 500.0
    damping_s_m: float = 1.0
    firm_depth_m: float = math.inf
    firm_stiffness_n_m: float = 0.0
    breath_m: float = 0.0
    breath_hz: float = 0.25
    breath_phase_rad: float = 0.0
    jolt_m: float = 0.0
    jolt_start_s: float = math.inf
    jolt_duration_s: float = 0.2
    skin_parameters: Array = field(init=False)

    def __post_init__(self) -> None:
        numbers = [*self.top_m, self.radius_m, self.breath_m, self.breath_hz, self.breath_phase_rad]
        numbers += [self.jolt_m, self.jolt_start_s, self.jolt_duration_s]
        object.__setattr__(self, "skin_parameters", np.array(numbers, dtype=np.float64))

    @property
    def face_gaps(self) -> Callable[..., None]:
        """Compiled `(parameters, points, time, gaps)`; see `body_gaps`."""
        return body_gaps  # type: ignore[no-any-return]

    def gap(self, points_m: Array, time_s: float) -> tuple[Array, Array]:
        """Signed distances (n,) [m] and outward normals (n, 3); see `ContactSurface`."""
        result = np.empty((len(points_m), 4))
        body_gaps(self.skin_parameters, np.ascontiguousarray(points_m), time_s, result)
        return result[:, 0], result[:, 1:]


@njit(cache=True)
def rise(p: Any, t: float) -> float:
    """Rise of the body at a time [m]: breathing plus jolt."""
    height = p[4] * math.sin(2.0 * math.pi * p[5] * t + p[6])
    if t >= p[8] + p[9]:
        height += p[7]
    elif t > p[8]:
        height += 0.5 * p[7] * (1.0 - math.cos(math.pi * (t - p[8]) / p[9]))
    return float(height)


@njit(cache=True)
def body_gaps(p: Any, points: Any, t: float, gaps: Any) -> None:
    """Distance and outward normal of points to the body's skin.

    Args:
        p: `BreathingBody.skin_parameters`.
        points: shape (n, 3), base frame [m].
        t: time [s].
        gaps: written, shape (n, 4): distance [m], normal x, y, z.
    """
    top = p[2] + rise(p, t)
    for i in range(points.shape[0]):
        if math.isinf(p[3]):
            gaps[i, 0], gaps[i, 1], gaps[i, 2], gaps[i, 3] = points[i, 2] - top, 0.0, 0.0, 1.0
            continue
        dx, dz = points[i, 0] - p[0], points[i, 2] - (top - p[3])
        r = math.sqrt(dx * dx + dz * dz) + 1e-12
        gaps[i, 0], gaps[i, 1], gaps[i, 2], gaps[i, 3] = r - p[3], dx / r, 0.0, dz / r
