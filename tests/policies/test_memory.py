"""What found planes tell about the next ones."""

from __future__ import annotations

import math

import necks
import pytest

from sonoreach.policies.protocol import Protocol
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.memory import NeckMemory

PROTOCOL = Protocol.load("thyroid")
FOUND = SkinPose(0.045, -0.020, PROTOCOL.plane("right_transverse").start.yaw_rad)


def memory() -> NeckMemory:
    registration = necks.registration()
    return NeckMemory(PROTOCOL, registration, SkinModel(registration))


def test_without_anything_found_the_start_of_the_protocol_counts() -> None:
    plane = PROTOCOL.plane("right_transverse")
    prior = memory().prior(plane)
    assert prior.mean.superior_m == pytest.approx(0.12 * PROTOCOL.reference.fraction + plane.start.superior_m, abs=1e-3)
    assert prior.mean.left_m == pytest.approx(plane.start.left_m, abs=1e-3)
    assert prior.superior_std_m == plane.start.superior_std_m


def test_the_other_plane_of_a_lobe_has_the_same_centre_turned_by_a_quarter() -> None:
    it = memory()
    it.remember_plane("right_transverse", FOUND)
    prior = it.prior(PROTOCOL.plane("right_longitudinal"))
    assert (prior.mean.superior_m, prior.mean.left_m) == (FOUND.superior_m, FOUND.left_m)
    assert prior.mean.heading_rad == pytest.approx(math.pi / 2 + PROTOCOL.plane("right_longitudinal").start.yaw_rad)
    assert prior.superior_std_m < PROTOCOL.plane("right_longitudinal").start.superior_std_m


def test_the_left_lobe_mirrors_the_right_one_at_the_trachea() -> None:
    it = memory()
    it.remember_plane("right_transverse", FOUND)
    for s in (0.02, 0.03, 0.04):
        it.remember_midline(s, 0.003)
    assert it.prior(PROTOCOL.plane("left_transverse")).mean.left_m == pytest.approx(0.026)


def test_the_isthmus_moves_with_the_lobes() -> None:
    it = memory()
    plane = PROTOCOL.plane("isthmus_transverse")
    before = it.prior(plane).mean.superior_m
    it.remember_plane("right_transverse", FOUND)
    expected = 0.12 * PROTOCOL.reference.fraction + PROTOCOL.plane("right_transverse").start.superior_m
    assert it.prior(plane).mean.superior_m - before == pytest.approx(FOUND.superior_m - expected, abs=1e-3)


def test_a_long_track_of_centres_turns_the_heading_and_a_short_one_does_not() -> None:
    long, short = memory(), memory()
    for i in range(20):
        long.remember_lobe("right", 0.02 + 0.002 * i, -0.02 - 0.3 * 0.002 * i)
    for i in range(5):
        short.remember_lobe("right", 0.02 + 0.002 * i, -0.02 - 0.3 * 0.002 * i)
    plane = PROTOCOL.plane("right_transverse")
    assert short.prior(plane).mean.heading_rad == plane.start.yaw_rad
    turned = long.prior(plane)
    assert math.atan(-0.3) < turned.mean.heading_rad < plane.start.yaw_rad
    assert turned.heading_std_rad < plane.start.yaw_std_rad


def test_a_body_that_lies_turned_turns_the_other_planes_by_part_of_it() -> None:
    it, plane = memory(), PROTOCOL.plane("left_transverse")
    before = it.prior(plane).mean.heading_rad
    it.remember_plane("isthmus_transverse", SkinPose(0.03, 0.0, 0.10))
    assert it.prior(plane).mean.heading_rad - before == pytest.approx(0.05)
