"""Judges a probe pose against the truth: how far it is from a standard plane, and whether the plane truly shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.plane import PlaneSpec, StructureRule
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

MAX_ERROR_MM = 8.0
MAX_ERROR_DEG = 15.0
SLACK = 0.2  # by which the true label map may miss a structure rule
GRID_X_M = np.linspace(-0.027, 0.027, 128)
GRID_Z_M = np.linspace(0.0005, 0.0425, 100)


@dataclass(frozen=True)
class PlaneTruth:
    """Verdict on one captured plane.

    Attributes:
        error_mm: distance of the true target point from the image plane, combined with its lateral offset from
            the image's centre line (root of squares) [mm].
        error_deg: angle between the captured and the ideal plane's normals, sign-free [deg].
        rules_met: whether the true label map keeps the plane's structure rules, with 20 % slack.
        standard: whether the capture deserves its name: error ≤ 8 mm, ≤ 15° and rules met.
    """

    error_mm: float
    error_deg: float
    rules_met: bool
    standard: bool


def judge_plane(patient: Patient, spec: PlaneSpec, base_probe: Pose, time_s: float) -> PlaneTruth:
    """Judge a captured plane.

    Args:
        patient: the simulated patient.
        spec: the plane that was claimed.
        base_probe: pose of the probe at the image's stamp.
        time_s: the image's stamp [s].

    Raises:
        InputError: the patient knows no such plane.
    """
    planes = patient.standard_planes()
    if spec.name not in planes:
        raise InputError(f"no true plane named {spec.name!r}; the simulated neck has {', '.join(planes)}")
    target = patient.target_points_m(time_s, base_probe)[spec.name]
    x, y, _ = base_probe.inverse().apply(target)
    cosine = abs(float(planes[spec.name].rotation[:, 1] @ base_probe.rotation[:, 1]))
    error_mm = float(np.hypot(x, y)) * 1e3
    error_deg = float(np.rad2deg(np.arccos(min(1.0, cosine))))
    labels = patient.label_map(base_probe, time_s, GRID_X_M, GRID_Z_M)
    rules_met = all(rule_met(labels, rule) for rule in spec.rules)
    standard = error_mm <= MAX_ERROR_MM and error_deg <= MAX_ERROR_DEG and rules_met
    return PlaneTruth(error_mm, error_deg, rules_met, standard)


def rule_met(labels: NDArray[np.uint8], rule: StructureRule) -> bool:
    """Whether a label map on GRID_Z_M x GRID_X_M keeps a structure rule, with slack; nodules count as thyroid."""
    mask = labels == Structure[rule.structure.upper()]
    if rule.structure == "thyroid":
        mask |= labels == Structure.NODULE
    pixel_m2 = float((GRID_X_M[1] - GRID_X_M[0]) * (GRID_Z_M[1] - GRID_Z_M[0]))
    if mask.sum() * pixel_m2 < (1 - SLACK) * rule.min_area_m2:
        return False
    if not mask.any():
        return rule.min_area_m2 == 0.0
    if edge_fraction(mask) > (1 + SLACK) * rule.max_edge_fraction:
        return False
    return bool(abs(GRID_X_M[np.nonzero(mask)[1]].mean()) <= (1 + SLACK) * rule.max_offset_m)


def edge_fraction(mask: NDArray[np.bool_]) -> float:
    """Fraction of a structure's outline pixels that lie on the border of the image."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    outline = mask & ~inner
    border = np.zeros_like(mask)
    border[[0, -1], :] = border[:, [0, -1]] = True
    return float((outline & border).sum() / max(1, outline.sum()))
