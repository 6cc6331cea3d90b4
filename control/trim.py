"""The trim: a small tilt of the set-point's orientation that lays the probe's face flat on the skin."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.contact import RAMP, SCAN
from sonoreach.control.linear import clip, turn
from sonoreach.control.tank import permitted_share

LEAST_FORCE_N = 1.0  # below this force its direction says little
GEL_SPEED_M_S = 0.002


@njit(cache=True)
def trim_orientation(s: Any, p: Any, dt: float) -> None:
    """Write the orientation to follow: the reference with its tilt. Real-time safe; arguments as `ask_planner`."""
    if s.contact in (SCAN, RAMP) and s.wrench[2] > LEAST_FORCE_N:
        _update_trim(s, p, dt)
    else:
        for i in range(2):
            s.trim[i] *= 1.0 - min(1.0, 2.0 * dt)
    for i in range(3):
        for k in range(3):
            s.trimmed[i, k] = s.ref_rotation[i, k]
    turn(s.trimmed, s.trim[0], s.trim[1], 0.0)


@njit(cache=True)
def _update_trim(s: Any, p: Any, dt: float) -> None:
    """Tilt towards the skin's normal, as force and torque show it.

    Without friction the contact force lies along the normal, so its part across the axis, less the drag of the gel,
    is the sine of the tilt; the torque about the face's centre tells on which edge the probe rests.
    """
    pace = math.sqrt(s.twist[0] ** 2 + s.twist[1] ** 2 + GEL_SPEED_M_S**2)
    for i in range(2):
        k = 1 - i
        drag = p.gel_friction * s.wrench[2] * s.twist[k] / pace
        lean = (s.wrench[k] - drag) / s.wrench[2]
        lean = -lean if i == 0 else lean
        rate = permitted_share(s, p) * (p.trim_per_s * lean - p.trim_gain_rad_nm_s * s.wrench[3 + i])
        s.trim[i] = clip(s.trim[i] + rate * dt, -p.trim_limit_rad, p.trim_limit_rad)
