"""The skin model against a neck of known shape."""

from __future__ import annotations

import dataclasses
import math

import necks
import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.policies.skin import SkinModel, SkinPose


@pytest.fixture(scope="module")
def skin() -> SkinModel:
    return SkinModel(necks.registration())


def test_the_surface_is_closer_to_the_truth_than_the_noise(skin: SkinModel) -> None:
    s, v = (a.ravel() for a in np.meshgrid(np.linspace(0.0, 0.1, 9), np.linspace(-0.035, 0.035, 9)))
    fitted = np.array([skin.point(a, b) for a, b in zip(s, v, strict=True)])
    assert np.abs(fitted - necks.surface(s, v))[:, 2].max() < 0.001


@pytest.mark.parametrize("heading", [0.0, 0.4, math.pi / 2, -2.0])
def test_a_pose_on_the_skin_reads_back(skin: SkinModel, heading: float) -> None:
    wanted = SkinPose(0.05, 0.02, heading)
    got = skin.skin_pose(skin.base_probe(wanted, lift_m=0.03))
    assert got.superior_m == pytest.approx(0.05, abs=2e-4)
    assert got.left_m == pytest.approx(0.02, abs=1e-3)
    assert got.heading_rad == pytest.approx(heading, abs=0.03)


def test_headings_are_those_of_the_neck(skin: SkinModel) -> None:
    transverse = skin.base_probe(SkinPose(0.05, 0.0, 0.0)).rotation
    longitudinal = skin.base_probe(SkinPose(0.05, 0.0, math.pi / 2)).rotation
    assert transverse[:, 0] @ necks.LEFT > 0.99
    assert transverse[:, 1] @ necks.SUPERIOR < -0.99  # elevation points inferior
    assert longitudinal[:, 0] @ necks.SUPERIOR < -0.99  # image left is superior
    assert transverse[:, 2] @ necks.ANTERIOR < -0.98


def test_the_face_stands_on_the_skin_with_both_ends(skin: SkinModel) -> None:
    pose = skin.base_probe(SkinPose(0.05, 0.015, 0.0))
    ends = pose.apply([[0.02, 0.0, 0.0], [-0.02, 0.0, 0.0]])
    below = [float((skin.point(*skin.coordinates(end)) - end) @ necks.ANTERIOR) for end in ends]
    assert abs(below[0] - below[1]) < 1e-3


def test_above_finds_the_place_whose_normal_meets_the_point(skin: SkinModel) -> None:
    s, v = 0.05, 0.02
    inside = skin.point(s, v) - 0.02 * skin.normal(s, v)
    assert skin.above(inside) == pytest.approx((s, v), abs=3e-4)


def test_positive_roll_lifts_the_x_end(skin: SkinModel) -> None:
    level, rolled = (skin.base_probe(SkinPose(0.05, 0.0, 0.0, roll)) for roll in (0.0, 0.1))
    end = np.array([0.02, 0.0, 0.0])
    assert (rolled.apply(end) - level.apply(end)) @ necks.ANTERIOR > 0.001


@pytest.mark.parametrize("points", [np.zeros((20, 3)), np.full((500, 3), np.nan), np.zeros((500, 2))])
def test_a_bad_cloud_is_refused(points: np.ndarray) -> None:
    with pytest.raises(InputError, match="skin cloud has shape"):
        SkinModel(dataclasses.replace(necks.registration(), skin_points_m=points))


def test_axes_that_are_not_at_right_angles_are_refused() -> None:
    with pytest.raises(InputError, match="right angles"):
        SkinModel(dataclasses.replace(necks.registration(), left=necks.SUPERIOR))
