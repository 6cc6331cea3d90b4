"""What a depth camera over the couch and a glance at two landmarks give before the exam."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from sonoreach.simulation.patient.anatomy import Anatomy, skin_height
from sonoreach.types.pose import Pose
from sonoreach.types.registration import PatientRegistration

CLOUD_POINTS = 2000
CLOUD_STD_M = 1.5e-3
LANDMARK_STD_M = 5e-3
AXES_STD_RAD = np.deg2rad(2.0)


def register(anatomy: Anatomy, base_patient: Pose, rng: np.random.Generator) -> PatientRegistration:
    """Sample the visible skin from above the sternum to below the chin, with a camera's noise, in the base frame."""
    x = rng.uniform(-0.045, 0.045, CLOUD_POINTS)
    z = rng.uniform(anatomy.notch_m[2] - 0.02, anatomy.chin_m[2] - 0.015, CLOUD_POINTS)
    cloud = np.column_stack([x, skin_height(anatomy.skin, x, z), z]) + rng.normal(0, CLOUD_STD_M, (CLOUD_POINTS, 3))
    landmarks = {
        name: base_patient.apply(true + rng.normal(0, LANDMARK_STD_M, 3))
        for name, true in (("sternal_notch", anatomy.notch_m), ("chin", anatomy.chin_m))
    }
    axes = base_patient.rotation @ Rotation.from_rotvec(rng.normal(0, AXES_STD_RAD, 3)).as_matrix()
    return PatientRegistration(
        skin_points_m=base_patient.apply(cloud),
        landmarks_m=landmarks,
        landmark_std_m=LANDMARK_STD_M,
        superior=axes[:, 2].copy(),
        left=axes[:, 0].copy(),
    )
