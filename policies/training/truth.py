"""What the network shall learn to say of one simulated image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.perception.resample import ImageGrid
from sonoreach.policies.training.vocabulary import CLASSES, PLANES
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

# An offset can be learned when the plane's centre is within the field and the yaw within a quarter turn. Across
# a longitudinal plane the reach ends before the other lobe, which looks the same.
REACH_M = 0.032
REACH_ACROSS_LONGITUDINAL_M = 0.020
LEAST_CONTACT = 0.25
REACH_RAD = np.radians(55)
# The probability of a plane falls to one half at these errors (well inside what counts as false-qualified).
HALF_DISTANCE_M = 0.006
HALF_ANGLE_RAD = np.radians(12)
# Quality looks at echoes down to here, and calls a pixel visible from a tenth of the grey scale on.
GLAND_DEPTH_M = 0.025
VISIBLE_PIXEL = 25
DARK_CLASSES = tuple(
    CLASSES.index(s) for s in (Structure.NONE, Structure.TRACHEA, Structure.CAROTID, Structure.JUGULAR)
)


@dataclass(frozen=True, eq=False)
class FrameTruth:
    """Truth of one image, planes in the order of `PLANES`.

    Attributes:
        classes: index into `CLASSES`, uint8, shape (grid.rows, grid.columns).
        probability: how much this is the standard plane, shape (5,) (0-1).
        near: whether the plane is within reach, shape (5,) (0 or 1).
        known: whether near and probability can be told at all from the image, shape (5,) (0 or 1).
        offset: x [mm], y [mm], yaw [deg] of the plane in the probe's frame, shape (5, 3).
        angle: sign-free angle between the plane's normal and the probe's y [deg], shape (5,).
        quality: see `image_quality` (0-1).
        contact: fraction of the aperture in contact (0-1).
    """

    classes: NDArray[np.uint8]
    probability: NDArray[np.float32]
    near: NDArray[np.float32]
    known: NDArray[np.float32]
    offset: NDArray[np.float32]
    angle: NDArray[np.float32]
    quality: float
    contact: float


def class_map(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn a map of `Structure` into one of indices into `CLASSES`."""
    table = np.full(max(Structure) + 1, CLASSES.index(Structure.SOFT), dtype=np.uint8)
    for index, structure in enumerate(CLASSES):
        table[structure] = index
    return table[labels]


def plane_offset(
    base_probe: Pose, base_plane: Pose, target_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Offset of a plane in the probe's frame, and the angle between the two planes.

    Args:
        base_probe: where the probe is.
        base_plane: the ideal probe pose of the plane.
        target_m: the plane's target (centre of lobe or isthmus) as it lies in the current tissue [m].

    Returns:
        (x [m], y [m], yaw [rad]), and the sign-free angle between the plane normals [rad].
    """
    point = base_probe.inverse().apply(target_m)
    turn = base_probe.rotation.T @ base_plane.rotation
    yaw = np.arctan2(turn[1, 0], turn[0, 0])
    angle = float(np.arccos(np.clip(abs(turn[1, 1]), 0.0, 1.0)))
    return np.array([point[0], point[1], yaw]), angle


def image_quality(pixels: NDArray[np.uint8], classes: NDArray[np.uint8], contact: float, grid: ImageGrid) -> float:
    """Contact times the share of solid tissue, down to the depth of the gland, whose echoes are visible (0-1).

    Args:
        pixels, classes: the image and its truth on the grid; classes are indices into `CLASSES`.
        contact: fraction of the aperture in contact (0-1).
        grid: their grid.
    """
    gland = grid.z_m() < GLAND_DEPTH_M
    tissue = ~np.isin(classes[gland], DARK_CLASSES)
    if not tissue.any():
        return 0.0
    return contact * float((pixels[gland][tissue] > VISIBLE_PIXEL).mean())


def frame_truth(
    patient: Patient, base_probe: Pose, time_s: float, pixels: NDArray[np.uint8], grid: ImageGrid
) -> FrameTruth:
    """Gather the truth of one image.

    Args:
        patient: the simulated patient.
        base_probe, time_s: pose of the probe and time of the image [s].
        pixels: the image on the network's grid.
        grid: that grid.
    """
    labels = patient.label_map(base_probe, time_s, grid.x_m(), grid.z_m())
    classes = class_map(labels)
    contact = float(patient.contact_fraction(base_probe, time_s))
    planes, targets = patient.standard_planes(), patient.target_points_m(time_s, base_probe)
    offset, angle = np.zeros((len(PLANES), 3)), np.zeros(len(PLANES))
    probability, near = np.zeros(len(PLANES)), np.zeros(len(PLANES))
    for i, name in enumerate(PLANES):
        offset[i], angle[i] = plane_offset(base_probe, planes[name], targets[name])
        across_m = REACH_ACROSS_LONGITUDINAL_M if name.endswith("_longitudinal") else REACH_M
        near[i] = abs(offset[i, 0]) < REACH_M and abs(offset[i, 1]) < across_m
        near[i] *= abs(offset[i, 2]) < REACH_RAD and contact > LEAST_CONTACT
        error = (np.hypot(*offset[i, :2]) / HALF_DISTANCE_M) ** 2 + (angle[i] / HALF_ANGLE_RAD) ** 2
        probability[i] = near[i] * contact / (1.0 + error**2)
    return FrameTruth(
        classes=classes,
        probability=probability.astype(np.float32),
        near=near.astype(np.float32),
        known=_told_apart(near).astype(np.float32),
        offset=(offset * [1e3, 1e3, 180.0 / np.pi]).astype(np.float32),
        angle=np.rad2deg(angle).astype(np.float32),
        quality=image_quality(pixels, classes, contact, grid),
        contact=contact,
    )


def _told_apart(near: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two longitudinal planes look alike: near one, nothing can be asked about the other."""
    right, left = PLANES.index("right_longitudinal"), PLANES.index("left_longitudinal")
    known = np.ones(len(PLANES))
    if near[right] != near[left]:
        known[left if near[right] else right] = 0.0
    return known
