"""A detector for tests: it knows the simulated patient and errs like a network; needs no model file."""

from __future__ import annotations

import math

import numpy as np

from sonoreach.perception.criteria import judge
from sonoreach.perception.detector import Detector
from sonoreach.perception.resample import ImageGrid
from sonoreach.perception.structures import find_structures
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate, PlaneOffset, PlaneSpec

GRID = ImageGrid.over(rows=96, columns=128, width_m=0.054, depth_m=0.043)
STD = (0.001, 0.002, 0.05)
MIRRORED = 0.1
REACH_M, REACH_RAD = 0.032, 0.96


class Oracle(Detector):
    """Sees the truth with noise and, now and then, with mirrored elevation."""

    def __init__(self, patient: Patient, seed: int = 0) -> None:
        self._patient, self._planes = patient, patient.standard_planes()
        self._rng = np.random.default_rng(seed)

    @property
    def model_hash(self) -> str:
        """No file, so a plain word."""
        return "oracle"

    def detect(self, image: BModeImage, wanted: PlaneSpec) -> PlaneEstimate:
        """Judge one image by where its probe stands."""
        pose, time_s = image.base_probe, image.stamp_s
        contact = self._patient.contact_fraction(pose, time_s)
        x, y, _ = pose.inverse().apply(self._patient.target_points_m(time_s, pose)[wanted.name])
        turn = pose.rotation.T @ self._planes[wanted.name].rotation
        yaw = math.atan2(turn[1, 0], turn[0, 0])
        offset, probability = None, 0.0
        if max(abs(x), abs(y)) < REACH_M and abs(yaw) < REACH_RAD and contact > 0.25:
            x, y, yaw = (float(v) for v in np.array([x, y, yaw]) + self._rng.normal(0.0, 1.0, 3) * STD)
            y = -y if self._rng.random() < MIRRORED else y
            offset = PlaneOffset(x, y, yaw, *STD)
            probability = contact / (1.0 + ((math.hypot(x, y) / 0.006) ** 2 + (yaw / 0.2) ** 2) ** 2)
        labels = self._patient.label_map(pose, time_s, GRID.x_m(), GRID.z_m())
        structures = find_structures(labels, GRID)
        criteria = judge(
            wanted, probability=probability, quality=0.9, contact=contact, offset=offset, structures=structures
        )
        return PlaneEstimate(
            time_s, image.frame_id, pose, wanted.name, wanted.name if probability > 0.5 else "", probability, 0.9,
            contact, offset, structures, criteria, labels, GRID.x0_m, GRID.dx_m, GRID.z0_m, GRID.dz_m, self.model_hash,
        )  # fmt: skip
