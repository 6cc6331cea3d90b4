"""Poses shared by the tests of the patient."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sonoreach.simulation.patient import Patient
from sonoreach.types.pose import Pose


def pressed_pose(patient: Patient, plane: str, time_s: float, depth_m: float) -> Pose:
    """A standard plane that follows the breathing neck, the face pressed in by depth_m."""
    pose = patient.standard_planes()[plane]
    distance, normals = patient.gap(pose.position_m[None], time_s)
    skin = pose.position_m - distance[0] * normals[0]
    return Pose(skin + depth_m * pose.rotation[:, 2], pose.rotation)


@pytest.fixture
def press() -> Callable[[Patient, str, float, float], Pose]:
    return pressed_pose
