"""The patient as a whole: reproducible, contact surface, registration, planes."""

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.planes import PLANES
from sonoreach.types.pose import Pose


def pressed(pose: Pose, depth_m: float = 0.004) -> Pose:
    return Pose(pose.position_m + pose.rotation[:, 2] * depth_m, pose.rotation)


def test_same_seed_same_patient() -> None:
    one, two = Patient.from_seed(11), Patient.from_seed(11)
    np.testing.assert_array_equal(one.skin_parameters, two.skin_parameters)
    np.testing.assert_array_equal(one.registration().skin_points_m, two.registration().skin_points_m)
    pose = pressed(one.standard_planes()["right_transverse"])
    for a, b in zip(one.scatterers(pose, 3.7), two.scatterers(pose, 3.7), strict=True):
        np.testing.assert_array_equal(a, b)


def test_seeds_differ() -> None:
    parameters = np.array([Patient.from_seed(seed).skin_parameters for seed in range(5)])
    assert len(np.unique(parameters[:, 13])) == 5


@pytest.mark.parametrize("seed", [-1, 2.5, True, 2**31, "7"])
def test_bad_seed_is_refused(seed: object) -> None:
    with pytest.raises(InputError, match="patient seed"):
        Patient.from_seed(seed)  # type: ignore[arg-type]


def test_gap_is_a_distance_with_outward_normals() -> None:
    patient = Patient.from_seed(3)
    pose = patient.standard_planes()["isthmus_transverse"]
    outward = -pose.rotation[:, 2]
    shift = patient.target_points_m(5.0)["isthmus_transverse"] - patient.target_points_m()["isthmus_transverse"]
    points = pose.position_m + shift + np.outer([-0.003, 0.0, 0.010], outward)
    distance, normals = patient.gap(points, 5.0)
    np.testing.assert_allclose(distance, [-0.003, 0.0, 0.010], atol=4e-4)
    np.testing.assert_allclose(normals @ outward, 1.0, atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-9)


def test_planes_see_their_target_in_the_middle() -> None:
    for seed in range(4):
        patient = Patient.from_seed(seed)
        targets = patient.target_points_m()
        assert tuple(targets) == PLANES
        for plane, pose in patient.standard_planes().items():
            x, y, z = pose.inverse().apply(targets[plane])
            assert abs(x) < 1e-3 and abs(y) < 1e-3 and 0.005 < z < 0.035, plane
            distance, _ = patient.gap(pose.position_m[None], 0.0)
            assert abs(distance[0]) < 0.006  # breathing


def test_contact_needs_pressure() -> None:
    patient = Patient.from_seed(2)
    pose = patient.standard_planes()["right_transverse"]
    assert patient.contact_fraction(pressed(pose, 0.010), 0.0) > 0.95
    assert patient.contact_fraction(pressed(pose, -0.012), 0.0) == 0.0


def test_registration_lies_on_the_patient() -> None:
    patient = Patient.from_seed(8)
    registration = patient.registration()
    distance, _ = patient.gap(registration.skin_points_m, 0.0)
    assert abs(np.std(distance) - 1.5e-3) < 4e-4
    assert registration.superior @ patient.base_patient.rotation[:, 2] > 0.99
    along = registration.landmarks_m["chin"] - registration.landmarks_m["sternal_notch"]
    assert 0.07 < along @ registration.superior < 0.16


def test_questions_out_of_range_are_refused() -> None:
    patient = Patient.from_seed(1)
    pose = patient.standard_planes()["left_transverse"]
    with pytest.raises(InputError, match="not finite"):
        patient.scatterers(pose, float("nan"))
    with pytest.raises(InputError, match="not finite"):
        patient.contact_fraction(Pose(pose.position_m * np.nan, pose.rotation), 0.0)
    with pytest.raises(InputError, match="depth"):
        patient.scatterers(pose, 0.0, depth_m=0.5)
    positions, amplitudes = patient.scatterers(pressed(pose), 0.0, depth_m=0.08)
    assert len(positions) == len(amplitudes) < 90_000
