"""Where the patient lies: what a depth camera over the couch gives before the exam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PatientRegistration:
    """Skin surface and landmarks in the arm's base frame.

    Attributes:
        skin_points_m: point cloud of the skin, shape (n, 3) [m], noisy.
        landmarks_m: named landmarks, each shape (3,) [m]: "sternal_notch", "chin".
        landmark_std_m: standard deviation of a landmark [m].
        superior: unit vector towards the patient's head, shape (3,).
        left: unit vector towards the patient's left, shape (3,).
    """

    skin_points_m: NDArray[np.float64]
    landmarks_m: dict[str, NDArray[np.float64]]
    landmark_std_m: float
    superior: NDArray[np.float64]
    left: NDArray[np.float64]
