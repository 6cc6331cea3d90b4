"""The judge: ideal planes pass, shifted, turned and mislabelled ones do not."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sonoreach.errors import InputError
from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.truth import edge_fraction, judge_plane
from sonoreach.types.plane import PlaneSpec, StructureRule
from sonoreach.types.pose import Pose

Press = Callable[[Patient, str, float, float], Pose]
RULES = (
    StructureRule("thyroid", min_area_m2=60e-6),
    StructureRule("trachea", min_area_m2=40e-6),
    StructureRule("carotid", min_area_m2=10e-6),
)
SPEC = PlaneSpec("right_transverse", "Right lobe", "右叶", "transverse", "right", RULES)


def test_ideal_plane_is_standard(press: Press) -> None:
    for seed in range(5):
        patient = Patient.from_seed(seed)
        verdict = judge_plane(patient, SPEC, press(patient, SPEC.name, 2.0, 0.003), 2.0)
        assert verdict.standard and verdict.rules_met
        assert verdict.error_mm < 2.5 and verdict.error_deg < 0.1


def test_errors_are_measured(press: Press) -> None:
    patient = Patient.from_seed(1)
    pose = press(patient, SPEC.name, 0.0, 0.002)
    shifted = Pose(pose.position_m + 0.010 * pose.rotation[:, 1], pose.rotation)
    verdict = judge_plane(patient, SPEC, shifted, 0.0)
    assert abs(verdict.error_mm - 10.0) < 1.5 and not verdict.standard
    turn = Rotation.from_euler("z", 20, degrees=True).as_matrix()
    turned = judge_plane(patient, SPEC, Pose(pose.position_m, pose.rotation @ turn), 0.0)
    assert abs(turned.error_deg - 20.0) < 0.1 and not turned.standard
    flipped = Pose(pose.position_m, pose.rotation @ np.diag([-1.0, -1.0, 1.0]))
    assert judge_plane(patient, SPEC, flipped, 0.0).error_deg < 0.1


def test_missing_structure_fails_the_rules(press: Press) -> None:
    patient = Patient.from_seed(1)
    lifted = judge_plane(patient, SPEC, press(patient, SPEC.name, 0.0, -0.010), 0.0)
    assert not lifted.rules_met and not lifted.standard
    centred = PlaneSpec(SPEC.name, "", "", "transverse", "right", (StructureRule("trachea", max_offset_m=0.005),))
    assert not judge_plane(patient, centred, press(patient, SPEC.name, 0.0, 0.003), 0.0).rules_met


def test_unknown_plane_is_refused(press: Press) -> None:
    patient = Patient.from_seed(1)
    spec = PlaneSpec("kidney", "", "", "transverse", "left")
    with pytest.raises(InputError, match="no true plane named 'kidney'"):
        judge_plane(patient, spec, press(patient, SPEC.name, 0.0, 0.0), 0.0)


def test_edge_fraction_of_a_cut_disc() -> None:
    y, x = np.mgrid[:40, :40]
    assert edge_fraction((x - 20) ** 2 + (y - 20) ** 2 < 100) == 0.0
    assert 0.25 < edge_fraction((x - 0) ** 2 + (y - 20) ** 2 < 100) < 0.5
