"""A probe that keeps its velocity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeState


@pytest.mark.parametrize("ahead_s", [-0.02, 0.0, 0.01, 0.25])
def test_pose_follows_the_twist(ahead_s: float) -> None:
    pose = Pose(np.array([0.4, -0.1, 0.2]), Rotation.from_euler("xyz", [0.3, -0.2, 2.0]).as_matrix())
    twist = np.array([0.02, -0.01, 0.005, 0.1, 0.2, -0.3])
    moved = ProbeState(2.0, pose, twist=twist).pose_at(2.0 + ahead_s)
    assert np.allclose(moved.position_m, pose.position_m + ahead_s * pose.rotation @ twist[:3], atol=1e-12)
    turned = Rotation.from_matrix(pose.rotation) * Rotation.from_rotvec(ahead_s * twist[3:])
    assert np.allclose(moved.rotation, turned.as_matrix(), atol=1e-4)
    assert np.allclose(moved.rotation @ moved.rotation.T, np.eye(3), atol=1e-12)


def test_a_probe_at_rest_stays() -> None:
    pose = Pose(np.array([0.4, -0.1, 0.2]))
    assert pose.distance_to(ProbeState(1.0, pose).pose_at(1.2)) == (0.0, 0.0)
