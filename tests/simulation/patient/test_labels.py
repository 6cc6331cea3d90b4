"""The label map agrees with the sizes and planes that are claimed to be true."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sonoreach.simulation.patient import Patient
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

Press = Callable[[Patient, str, float, float], Pose]
X = np.linspace(-0.0275, 0.0275, 276)
Z = np.linspace(0.0005, 0.0425, 211)


def thyroid(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.isin(labels, (Structure.THYROID, Structure.NODULE))


@pytest.mark.parametrize("seed", range(5))
def test_lobe_in_the_labels_is_as_large_as_claimed(seed: int, press: Press) -> None:
    patient = Patient.from_seed(seed)
    sizes = patient.true_sizes_m()
    for side in ("right", "left"):
        labels = patient.label_map(press(patient, f"{side}_transverse", 0.0, 0.0), 0.0, X, Z)
        mask = thyroid(labels)
        mask[:, np.abs(X) > sizes[f"{side}_lobe_width"] / 2 + 0.001] = False  # the other lobe
        depth = np.ptp(Z[mask.any(axis=1)]) + 2e-4
        width = np.ptp(X[mask.any(axis=0)]) + 2e-4
        assert abs(depth - sizes[f"{side}_lobe_depth"]) < 6e-4
        assert abs(width - sizes[f"{side}_lobe_width"]) < 6e-4
        mask = thyroid(patient.label_map(press(patient, f"{side}_longitudinal", 0.0, 0.0), 0.0, X, Z))
        assert abs(np.ptp(X[mask.any(axis=0)]) + 2e-4 - sizes[f"{side}_lobe_length"]) < 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_isthmus_in_the_labels_is_as_thick_as_claimed(seed: int, press: Press) -> None:
    patient = Patient.from_seed(seed)
    labels = patient.label_map(press(patient, "isthmus_transverse", 0.0, 0.0), 0.0, X, Z)
    column = thyroid(labels)[:, np.argmin(np.abs(X))]
    assert abs(column.sum() * (Z[1] - Z[0]) - patient.true_sizes_m()["isthmus_thickness"]) < 6e-4


def test_sizes_are_those_of_adults() -> None:
    sizes = [Patient.from_seed(seed).true_sizes_m() for seed in range(20)]
    for name, low, high in (
        ("right_lobe_length", 0.030, 0.054),
        ("left_lobe_width", 0.009, 0.024),
        ("right_lobe_depth", 0.009, 0.022),
        ("isthmus_thickness", 0.002, 0.005),
        ("left_lobe_volume", 1e-6, 13e-6),
    ):
        values = [size[name] for size in sizes]
        assert low <= min(values) and max(values) <= high, name
    right, left = (np.mean([size[f"{side}_lobe_volume"] for size in sizes]) for side in ("right", "left"))
    assert right > left


def test_standard_planes_show_their_structures(press: Press) -> None:
    for seed in range(6):
        patient = Patient.from_seed(seed)
        for plane, wanted in (
            ("right_transverse", (Structure.THYROID, Structure.TRACHEA, Structure.CAROTID, Structure.MUSCLE)),
            ("isthmus_transverse", (Structure.THYROID, Structure.TRACHEA, Structure.MUSCLE)),
            ("left_longitudinal", (Structure.THYROID, Structure.MUSCLE)),
        ):
            labels = patient.label_map(press(patient, plane, 0.0, 0.004), 0.0, X, Z)
            for structure in wanted:
                assert (labels == structure).mean() > 0.004, (seed, plane, structure)


def test_lifted_probe_sees_nothing(press: Press) -> None:
    patient = Patient.from_seed(0)
    assert not patient.label_map(press(patient, "left_transverse", 0.0, -0.010), 0.0, X, Z).any()
