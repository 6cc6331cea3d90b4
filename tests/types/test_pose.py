"""Poses against scipy's rotations, which take longer and know more."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sonoreach.types.pose import Pose

RNG = np.random.default_rng(5)
HALF_TURNS = [Rotation.from_rotvec(math.pi * axis) for axis in (*np.eye(3), *-np.eye(3), np.array([0.6, 0.0, 0.8]))]
ROTATIONS = [*Rotation.random(50, rng=RNG), *HALF_TURNS, Rotation.identity()]


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_quaternions_are_those_of_scipy(rotation: Rotation) -> None:
    matrix = rotation.as_matrix()
    expected = Rotation.from_matrix(matrix).as_quat(canonical=True)
    np.testing.assert_allclose(Pose(rotation=matrix).quaternion, expected, atol=1e-15)
    read = Pose.from_quaternion((1.0, 2.0, 3.0), 1.7 * rotation.as_quat())
    np.testing.assert_allclose(read.rotation, matrix, atol=1e-15)
    np.testing.assert_array_equal(read.position_m, [1.0, 2.0, 3.0])


def test_a_zero_quaternion_is_no_rotation() -> None:
    with pytest.raises(ValueError, match="length 0"):
        Pose.from_quaternion(np.zeros(3), np.zeros(4))


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.3, 3.0, math.pi])
def test_the_distance_is_metres_and_radians(angle: float) -> None:
    start = Pose(np.array([0.1, 0.2, 0.3]), ROTATIONS[0].as_matrix())
    turned = start @ Pose(np.array([0.3, 0.0, -0.4]), Rotation.from_rotvec([0.0, 0.6 * angle, 0.8 * angle]).as_matrix())
    metres, radians = start.distance_to(turned)
    assert metres == pytest.approx(0.5)
    assert radians == pytest.approx(angle, abs=1e-12)
    assert start.distance_to(start) == (0.0, 0.0)


def test_axes_give_a_right_handed_pose() -> None:
    pose = Pose.from_axes([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [0.0, 0.0, -2.0])
    np.testing.assert_allclose(pose.rotation[:, 0], [math.sqrt(0.5), math.sqrt(0.5), 0.0])
    np.testing.assert_allclose(pose.rotation[:, 2], [0.0, 0.0, -1.0])
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)
    assert not Pose.from_axes([0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]).is_finite()  # x lies along z
