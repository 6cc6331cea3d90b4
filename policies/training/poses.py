"""Where the probe stands in training images: around the standard planes, along search paths, astray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from sonoreach.simulation.arm.contact import face_points, face_weights
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]

# Share of each kind of pose. Many images are close to a plane, since qualifying needs the finest judgement; those
# in the air and half in contact teach what to distrust.
KINDS = {
    "standard": 0.18,
    "close": 0.22,
    "near": 0.32,
    "path": 0.14,
    "random": 0.04,
    "tilted": 0.06,
    "air": 0.04,
}
LONGEST_TIME_S = 60.0
DEEPEST_PRESS_M = 0.02


@dataclass(frozen=True)
class Scatter:
    """Half-widths of the uniform offsets from a plane: tangential [m], yaw and tilt [rad]."""

    shift_m: float
    yaw_rad: float
    tilt_rad: float


SCATTER = {
    "standard": Scatter(0.0045, np.radians(8), np.radians(5)),
    "close": Scatter(0.009, np.radians(15), np.radians(5)),
    "near": Scatter(0.025, np.radians(40), np.radians(8)),
    "path": Scatter(0.010, np.radians(20), np.radians(6)),
    "random": Scatter(0.045, np.radians(180), np.radians(12)),
    "tilted": Scatter(0.015, np.radians(20), np.radians(25)),
    "air": Scatter(0.030, np.radians(40), np.radians(15)),
}


def sample_pose(patient: Patient, rng: np.random.Generator) -> tuple[Pose, float]:
    """Draw a probe pose and a time.

    Args:
        patient: the simulated patient.
        rng: source of randomness.

    Returns:
        base_probe and the time [s].
    """
    time_s = float(rng.uniform(0.0, LONGEST_TIME_S))
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    planes = list(patient.standard_planes().values())
    anchor = planes[rng.integers(len(planes))]
    if kind == "path":  # somewhere between two planes, turned as one of them
        other = planes[rng.integers(len(planes))]
        anchor = Pose(anchor.position_m + rng.uniform() * (other.position_m - anchor.position_m), anchor.rotation)
    scatter = SCATTER[kind]
    shift_m = rng.uniform(-scatter.shift_m, scatter.shift_m, 2)
    yaw_rad = rng.uniform(-scatter.yaw_rad, scatter.yaw_rad)
    tilt_rad = rng.uniform(-scatter.tilt_rad, scatter.tilt_rad, 2)
    press_m = rng.uniform(-0.02, -0.002) if kind == "air" else rng.uniform(0.002, 0.006)
    if kind == "tilted":
        press_m = rng.uniform(-0.001, 0.004)
    return place_on_skin(patient, anchor, shift_m, yaw_rad, tilt_rad, press_m, time_s), time_s


def place_on_skin(
    patient: Patient, anchor: Pose, shift_m: Array, yaw_rad: float, tilt_rad: Array, press_m: float, time_s: float
) -> Pose:
    """Slide a probe over the skin, set it normal to it, then turn, tilt and press it.

    Args:
        patient: gives the skin.
        anchor: pose to start from, its origin near the skin.
        shift_m: along the anchor's x and y, shape (2,) [m].
        yaw_rad: about the probe's z [rad].
        tilt_rad: about the probe's x and y, shape (2,) [rad].
        press_m: how deep the face is pressed into the resting skin; negative: lifted [m].
        time_s: time, for the breathing skin [s].
    """
    position = anchor.position_m + anchor.rotation[:, :2] @ shift_m
    normal = -anchor.rotation[:, 2]
    for _ in range(4):  # the gap is a distance, so stepping along its normal converges at once on smooth skin
        distance, normals = patient.gap(position[None], time_s)
        normal = normals[0]
        position = position - distance[0] * normal
    upright = Pose.from_axes(position, anchor.rotation[:, 0], -normal)
    turn = Rotation.from_euler("ZXY", [yaw_rad, tilt_rad[0], tilt_rad[1]]).as_matrix()
    rotation = upright.rotation @ turn
    return Pose(position + press_m * rotation[:, 2], rotation)


def press_to_force(patient: Patient, touching: Pose, force_n: float, time_s: float) -> Pose:
    """Press a probe along its z until the resting skin pushes back with a force.

    Args:
        patient: gives skin and stiffness.
        touching: pose with its origin on the skin.
        force_n: wanted force [N].
        time_s: time, for the breathing skin [s].
    """
    points, weights = face_points(), face_weights()

    def missing_n(press_m: float) -> float:
        pressed = Pose(touching.position_m + press_m * touching.rotation[:, 2], touching.rotation)
        distance, _ = patient.gap(pressed.apply(points), time_s)
        return patient.stiffness_n_m * float(weights @ np.maximum(0.0, -distance)) - force_n

    press_m = float(brentq(missing_n, 0.0, DEEPEST_PRESS_M, xtol=1e-5))
    return Pose(touching.position_m + press_m * touching.rotation[:, 2], touching.rotation)
