"""Energy tank: the axial control may give the body no more energy than the tank holds.

The power f v that flows through the contact along the probe's axis empties the tank when the probe pushes the body
in, and fills it when the body pushes back (Franken et al., IEEE T-RO 27(4), 2011; Ferraguti et al., ICRA 2013). When
it runs dry, motion into the body stops; yielding is always allowed. Breathing empties and fills it in turn, an
unstable contact drains it. Each contact begins with a full tank.
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
    power = p.tank_refill_w - max(s.wrench[2], 0.0) * s.twist[2]
    s.tank = clip(s.tank + power * dt, 0.0, p.tank_j)


@njit(cache=True)
def permitted_speed(s: Any, p: Any, wanted: float) -> float:
    """The axial speed that the tank still allows [m/s]: outward as wanted, inward shrinking with the last energy."""
    if wanted <= 0.0:
        return wanted
    return float(wanted * clip(s.tank / (LOW_FRACTION * p.tank_j), 0.0, 1.0))
