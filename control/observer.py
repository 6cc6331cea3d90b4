"""Disturbance observer: what moves the joints besides commanded torque, gravity and the measured contact.

From M q̈ + n = τ - Jᵀ f + d with f the force on the body, d is read off the change of momentum in one cycle and
low-passed (a discrete momentum observer, De Luca et al., IROS 2006). Up to a bound it is taken for joint friction and
tool errors and compensated; what goes beyond is a touch on the links, which the probe's sensor does not feel
(`link_torque`, watched by a reflex). The bound keeps the arm from leaning on a person who touches a link.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.linear import clip

LINK_PER_S = 30.0  # bandwidth of what is watched: slow enough for the jerks of a landing, fast enough for a push


@njit(cache=True)
def update_observer(s: Any, p: Any, c: Any, mass: Any, bias: Any, v: Any, dt: float) -> None:
    """Advance `s.disturbance` and `s.link_torque` by one cycle. Real-time safe; arguments as `law.sense`."""
    n = v.shape[0]
    lag = 1.0 - math.exp(-2.0 * math.pi * p.torque_lag_hz * dt)
    watch = 1.0 - math.exp(-LINK_PER_S * dt)
    blend = 1.0 - math.exp(-p.observer_per_s * dt)
    s.link_torque = 0.0
    for i in range(n):
        if s.cycle > 2:
            rate = 0.0
            for k in range(n):
                rate += mass[min(i, k), max(i, k)] * (v[k] - s.last_v[k]) / dt
            external = 0.0
            for k in range(6):
                external -= s.jacobian[k, i] * s.wrench[k]
            seen = rate + bias[i] - s.actuated[i] - external
            limit = c.disturbance_limit[i]
            s.disturbance[i] = clip(s.disturbance[i] + blend * (seen - s.disturbance[i]), -limit, limit)
            s.residual[i] += watch * (seen - s.residual[i])
            s.link_torque = max(s.link_torque, abs(s.residual[i]) - limit)
    for i in range(n):
        # the drives answer a command one cycle late and with a lag
        s.actuated[i] += lag * (s.sent[i] - s.actuated[i]) if s.cycle > 2 else s.torque[i] - s.actuated[i]
        s.sent[i] = s.torque[i]
        s.last_v[i] = v[i]
