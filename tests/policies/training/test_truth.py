"""The truth of training images: at a plane, away from it, and where two planes look alike."""

import numpy as np
import pytest

from sonoreach.perception.resample import ImageGrid
from sonoreach.policies.training.poses import place_on_skin
from sonoreach.policies.training.truth import FrameTruth, class_map, frame_truth
from sonoreach.policies.training.vocabulary import CLASSES, PLANES
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.structures import Structure

GRID = ImageGrid.over(48, 64, 0.054, 0.043)
BRIGHT = np.full((GRID.rows, GRID.columns), 120, np.uint8)


@pytest.fixture(scope="module")
def patient() -> Patient:
    return Patient.from_seed(10_001)


def at(patient: Patient, plane: str, shift_m: tuple[float, float] = (0.0, 0.0), yaw_rad: float = 0.0) -> FrameTruth:
    anchor = patient.standard_planes()[plane]
    pose = place_on_skin(patient, anchor, np.array(shift_m), yaw_rad, np.zeros(2), 0.004, 1.0)
    return frame_truth(patient, pose, 1.0, BRIGHT, GRID)


@pytest.mark.parametrize("plane", PLANES)
def test_at_its_pose_a_plane_is_itself(patient: Patient, plane: str) -> None:
    index = PLANES.index(plane)
    truth = at(patient, plane)
    assert truth.probability[index] > 0.8 and truth.near[index] == 1 and truth.known[index] == 1
    assert np.abs(truth.offset[index]).max() < 4
    others = [i for i in range(5) if i != index]
    assert truth.probability[others].max() < 0.2
    assert CLASSES.index(Structure.THYROID) in truth.classes


def test_offset_points_back_to_the_plane(patient: Patient) -> None:
    index = PLANES.index("right_transverse")
    centre = at(patient, "right_transverse").offset[index]
    moved = at(patient, "right_transverse", (0.0, 0.010), 0.3)
    _, y, yaw = moved.offset[index]
    assert y - centre[1] < -7 and abs(yaw + np.degrees(0.3)) < 3
    assert moved.probability[index] < 0.3 and moved.angle[index] == pytest.approx(np.degrees(0.3), abs=4)


def test_the_other_longitudinal_plane_is_not_judged(patient: Patient) -> None:
    truth = at(patient, "left_longitudinal")
    assert truth.known[PLANES.index("right_longitudinal")] == 0
    assert truth.known.sum() == 4


def test_classes_keep_what_matters() -> None:
    labels = np.array([[Structure.NONE, Structure.SKIN, Structure.CAROTID, Structure.BONE]], np.uint8)
    soft = CLASSES.index(Structure.SOFT)
    assert class_map(labels).tolist() == [[0, soft, CLASSES.index(Structure.CAROTID), soft]]
