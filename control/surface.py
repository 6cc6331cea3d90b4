"""What the simulated plant needs to know of the body that the probe touches."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class ContactSurface(Protocol):
    """A soft body in the arm's base frame."""

    def gap(self, points_m: NDArray[np.float64], time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Signed distance to the undeformed, moving skin.

        Args:
            points_m: points in the base frame, shape (n, 3) [m].
            time_s: time [s]; breathing, swallows and jolts are functions of it.

        Returns:
            distance, shape (n,) [m], negative inside the body; outward unit normals, shape (n, 3).
        """

    @property
    def stiffness_n_m(self) -> float:
        """Stiffness that a whole probe face feels [N/m]."""

    @property
    def damping_s_m(self) -> float:
        """Hunt-Crossley damping factor [s/m]."""
