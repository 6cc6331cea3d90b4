"""Energy tank: the controller may give the body no more energy than the tank holds.

The power that flows through the contact, wrench times twist in all six directions, empties the tank when the probe
pushes, drags or twists the body, and fills it when the body pushes back (Franken et al., IEEE T-RO 27(4), 2011;
Ferraguti et al., ICRA 2013). When it runs dry, what could give more stops: along the axis the motion into the body,
across and about it the set-points, for an impedance about one that stands is passive. Yielding is always allowed.
Breathing empties and fills the tank in turn, an unstable contact drains it. Each contact begins with a full one.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from sonoreach.control.linear import clip

LOW_FRACTION = 0.2  # below this part of the capacity the permitted inward speed shrinks


@njit(cache=True)
def fill_tank(s: Any, p: Any) -> None:
    """Out of contact: full."""
    s.tank = p.tank_j


@njit(cache=True)
def drain_tank(s: Any, p: Any, dt: float) -> None:
    """Account for one cycle in contact. Real-time safe."""
    power = p.tank_refill_w
    for i in range(6):
        power -= s.wrench[i] * s.twist[i]
    s.tank = clip(s.tank + power * dt, 0.0, p.tank_j)


@njit(cache=True)
def permitted_share(s: Any, p: Any) -> float:
    """Part of its speed that the tank leaves a motion that can give energy, 0 to 1."""
    return float(clip(s.tank / (LOW_FRACTION * p.tank_j), 0.0, 1.0))
