"""The way from tissue at rest to tissue under the probe, and back."""

from collections.abc import Callable

import numpy as np

from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.frame import SWALLOW, indentation, material_of, probe_of
from sonoreach.simulation.patient.motion import swallow
from sonoreach.simulation.patient.skin import skin_distance
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

Press = Callable[[Patient, str, float, float], Pose]


def test_there_and_back(press: Press) -> None:
    patient = Patient.from_seed(7)
    p = patient.skin_parameters
    swallowing = next(t for t in np.arange(0, 120, 0.1) if swallow(p, t) > 0.8)
    rng = np.random.default_rng(0)
    for time_s in (2.0, float(swallowing)):
        state = patient._state(press(patient, "left_transverse", time_s, 0.005), time_s)
        assert (state[SWALLOW] > 0) == (time_s != 2.0)
        for point in rng.uniform((-0.024, -0.005, 0.0), (0.024, 0.005, 0.04), (200, 3)):
            back = probe_of(p, state, *material_of(p, state, *point))
            np.testing.assert_allclose(back, point, atol=5e-5)


def test_skin_lies_on_the_face_and_the_spine_stays(press: Press) -> None:
    patient = Patient.from_seed(4)
    p = patient.skin_parameters
    state = patient._state(press(patient, "isthmus_transverse", 1.0, 0.005), 1.0)
    for x in (-0.01, 0.0, 0.01):
        assert abs(skin_distance(p, *material_of(p, state, x, 0.0, 0.0))) < 1e-4
        assert indentation(state, x, 0.0, 0.04) < 1e-5
    assert indentation(state, 0.0, 0.0, 0.0) > 0.004
    assert indentation(state, 0.0, 0.03, 0.0) < 1e-3


def test_jugular_flattens_under_pressure() -> None:
    patient = Patient.from_seed(1)
    x, z = np.linspace(-0.02, 0.02, 81), np.linspace(0.001, 0.03, 59)
    left = patient.base_patient.rotation[:, 0]
    above = patient.base_patient.apply([*patient.anatomy.vessels[0].jugular_m, 0.0])
    distance, normals = patient.gap(above[None], 1.0)
    skin = above - distance[0] * normals[0]
    areas = []
    for depth_m in (0.001, 0.004, 0.007):
        pose = Pose.from_axes(skin - depth_m * normals[0], left, -normals[0])
        areas.append(int((patient.label_map(pose, 1.0, x, z) == Structure.JUGULAR).sum()))
    assert areas[0] > 1.5 * areas[1] > 2.0 * areas[2] > 0
