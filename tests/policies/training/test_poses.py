"""Training poses lie on the skin as asked."""

import numpy as np
import pytest

from sonoreach.policies.training.poses import place_on_skin, sample_pose
from sonoreach.simulation.patient.patient import Patient


@pytest.fixture(scope="module")
def patient() -> Patient:
    return Patient.from_seed(10_003)


def test_press_and_normal(patient: Patient) -> None:
    plane = patient.standard_planes()["isthmus_transverse"]
    pose = place_on_skin(patient, plane, np.array([0.004, -0.006]), 0.0, np.zeros(2), 0.003, 2.0)
    distance, normals = patient.gap(pose.position_m[None], 2.0)
    assert distance[0] == pytest.approx(-0.003, abs=2e-4)
    assert normals[0] @ pose.rotation[:, 2] == pytest.approx(-1.0, abs=0.01)


def test_yaw_turns_about_the_normal(patient: Patient) -> None:
    plane = patient.standard_planes()["right_transverse"]
    straight = place_on_skin(patient, plane, np.zeros(2), 0.0, np.zeros(2), 0.003, 2.0)
    turned = place_on_skin(patient, plane, np.zeros(2), 0.4, np.zeros(2), 0.003, 2.0)
    turn = straight.rotation.T @ turned.rotation
    assert np.arctan2(turn[1, 0], turn[0, 0]) == pytest.approx(0.4, abs=1e-6)
    assert turn[2, 2] == pytest.approx(1.0)


def test_sampled_poses_are_repeatable_and_mostly_in_contact(patient: Patient) -> None:
    first = [sample_pose(patient, np.random.default_rng([1, i])) for i in range(60)]
    again = [sample_pose(patient, np.random.default_rng([1, i])) for i in range(60)]
    assert all(
        np.array_equal(a.position_m, b.position_m) and s == t for (a, s), (b, t) in zip(first, again, strict=True)
    )
    contact = [patient.contact_fraction(pose, time_s) for pose, time_s in first]
    assert np.mean(np.array(contact) > 0.8) > 0.6
    assert min(contact) < 0.2
