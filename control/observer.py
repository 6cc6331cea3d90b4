"""Disturbance observer: what moves the joints besides commanded torque, gravity and the measured contact.

From M q̈ + n = τ - Jᵀ f + d with f the force on the body, d is read off the change of momentum in one cycle and
low-passed (a discrete momentum observer, De Luca et al., IROS 2006). Here it is joint friction and tool errors;
its size is bounded so that the arm does not lean on a person who touches a link.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.linear import clip


@njit(cache=True)
def update_observer(s: Any, p: Any, c: Any, mass: Any, bias: Any, v: Any, dt: float) -> None:
    """Advance the estimate `s.disturbance` by one cycle. Real-time safe; arguments as `control_step`."""
    n = v.shape[0]
    lag = 1.0 - math.exp(-2.0 * math.pi * p.torque_lag_hz * dt)
    blend = 1.0 - math.exp(-p.observer_per_s * dt)
    for i in range(n):
        if s.cycle > 2 and p.observer_per_s > 0.0:
            rate = 0.0
            for k in range(n):
                rate += mass[min(i, k), max(i, k)] * (v[k] - s.last_v[k]) / dt
            external = 0.0
            for k in range(6):
                external -= s.jacobian[k, i] * s.wrench[k]
            seen = rate + bias[i] - s.actuated[i] - external
            s.disturbance[i] += blend * (seen - s.disturbance[i])
            s.disturbance[i] = clip(s.disturbance[i], -c.disturbance_limit[i], c.disturbance_limit[i])
    for i in range(n):
        # the drives answer a command one cycle late and with a lag
        s.actuated[i] += lag * (s.sent[i] - s.actuated[i]) if s.cycle > 2 else s.torque[i] - s.actuated[i]
        s.sent[i] = s.torque[i]
        s.last_v[i] = v[i]
