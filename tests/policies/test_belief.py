"""The belief over a plane's place."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.policies.skin import SkinPose
from sonoreach.policies.steering.belief import PlaneBelief, PlanePrior

TRUTH = SkinPose(0.012, -0.004, 0.15)
STD = (0.003, 0.004)


def belief() -> PlaneBelief:
    return PlaneBelief(PlanePrior(SkinPose(0.0, 0.0, 0.0), 0.012, 0.008, 0.2))


def sweep(belief: PlaneBelief, flip: float, rng: np.random.Generator, outliers: float = 0.0) -> None:
    """Frames along the neck; an estimate is on the wrong side of the image with chance `flip`."""
    for i, s in enumerate(np.linspace(-0.02, 0.03, 60)):
        probe = SkinPose(float(s), 0.0, 0.0)
        weight = belief.step(i / 15.0, probe)
        along = TRUTH.superior_m - s
        seen, other = (s + along, s - along) if rng.random() > flip else (s - along, s + along)
        noise = rng.normal(0.0, 1.0, 3) * [0.004, 0.003, 0.1]
        if rng.random() < outliers:
            seen, other = rng.uniform(-0.04, 0.04, 2)
        left = TRUTH.left_m + noise[1]
        belief.observe_place(weight, (seen + noise[0], left), (other - noise[0], left), 0.0, STD)
        belief.observe_heading(weight, TRUTH.heading_rad + noise[2], 0.1)


@pytest.mark.parametrize(("flip", "outliers"), [(0.0, 0.0), (0.3, 0.0), (0.1, 0.2)])
def test_it_finds_the_place_in_spite_of_mirrored_estimates_and_outliers(flip: float, outliers: float) -> None:
    it = belief()
    sweep(it, flip, np.random.default_rng(1), outliers)
    fix = it.fix()
    assert fix.pose.superior_m == pytest.approx(TRUTH.superior_m, abs=0.002)
    assert fix.pose.left_m == pytest.approx(TRUTH.left_m, abs=0.002)
    assert fix.pose.heading_rad == pytest.approx(TRUTH.heading_rad, abs=0.05)


def test_frames_from_one_place_do_not_pile_up_to_certainty() -> None:
    still, moving = belief(), belief()
    probe = SkinPose(0.0, 0.0, 0.0)
    for i in range(15):
        still.observe_place(still.step(i / 15.0, probe), (0.01, 0.0), (-0.01, 0.0), 0.0, STD)
    sweep(moving, 0.0, np.random.default_rng(0))
    assert still.fix().weight < 0.25 * moving.fix().weight


def test_both_ends_of_a_lobe_tell_its_middle() -> None:
    it = belief()
    for i, s in enumerate(np.linspace(-0.025, 0.045, 80)):
        probe = SkinPose(float(s), 0.0, 0.0)
        it.observe_presence(it.step(i / 15.0, probe), probe, abs(s - 0.010) < 0.0215, 0.0215, 0.0035)
    assert it.fix().pose.superior_m == pytest.approx(0.010, abs=0.002)


def test_a_line_tells_nothing_along_itself() -> None:
    it = belief()
    it.observe_line(it.step(0.0, SkinPose(0.0, 0.0, 0.0)), 0.0, 0.006, 0.0, 0.0025)
    for i in range(40):
        it.observe_line(it.step(i / 15.0, SkinPose(0.0, 0.0, 0.0)), 0.0, 0.006, 0.0, 0.0025)
    fix = it.fix()
    assert fix.pose.left_m == pytest.approx(0.006, abs=0.001)
    assert fix.superior_std_m == pytest.approx(0.012, rel=0.1)


def test_evidence_fades() -> None:
    it = belief()
    sweep(it, 0.0, np.random.default_rng(0))
    sure = it.fix().superior_std_m
    it.step(100.0, SkinPose(0.0, 0.0, 0.0))
    assert it.fix().superior_std_m > 2.0 * sure
    assert it.fix().pose.superior_m == pytest.approx(0.0, abs=0.002)


def test_one_wild_heading_hardly_matters() -> None:
    it = belief()
    sweep(it, 0.0, np.random.default_rng(0))
    before = it.fix().pose.heading_rad
    it.observe_heading(1.0, TRUTH.heading_rad + 2.0, 0.1)
    assert it.fix().pose.heading_rad == pytest.approx(before, abs=0.02)
