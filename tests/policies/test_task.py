"""Decisions for one plane: no hunting between modes, no holding on a single look, no waiting for ever."""

from __future__ import annotations

import math
from dataclasses import replace

import necks
import pytest

from sonoreach.policies.protocol import Protocol
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.belief import Fix, PlanePrior
from sonoreach.policies.steering.task import COMMITTED_S, PATIENCE_S, PlaneTask

PLANE = Protocol.load("thyroid").plane("right_transverse")
STEP_S = 1.0 / 15.0
HERE = SkinPose(0.03, -0.02, 0.0)


class Script:
    """A task whose belief is told what to say, and a probe that goes where it is sent."""

    def __init__(self, weight: float) -> None:
        self.task = PlaneTask(PLANE, PlanePrior(HERE, 0.008, 0.006, 0.07), SkinModel(necks.registration()))
        self.task.evidence.fix = self.fix  # type: ignore[method-assign]
        self.pose, self.probe, self.weight, self.now_s = HERE, HERE, weight, 0.0

    def fix(self) -> Fix:
        return Fix(self.pose, 0.002, 0.002, 0.05, self.weight)

    def step(self, follow: float = 1.0) -> str:
        self.now_s += STEP_S
        goal, mode = self.task.decide(self.now_s, self.probe, still=True)
        self.probe = replace(
            goal,
            superior_m=self.probe.superior_m + follow * (goal.superior_m - self.probe.superior_m),
            left_m=self.probe.left_m + follow * (goal.left_m - self.probe.left_m),
        )
        return mode


def test_a_place_that_rests_on_many_frames_is_held_at_once() -> None:
    assert Script(weight=8.0).step() == "hold"


def test_a_place_that_rests_on_few_frames_is_looked_at_from_both_sides_first() -> None:
    script, places, modes = Script(weight=1.0), [], []
    for _ in range(40):
        modes.append(script.step())
        places.append(script.probe.superior_m - HERE.superior_m)
    assert modes[0] == "search" and modes[-1] == "hold"
    assert min(places) == pytest.approx(-0.010) and max(places) == pytest.approx(0.010)
    assert modes.count("hold") > 20  # once is enough


def test_a_belief_that_flips_between_two_places_does_not_drag_the_probe_about() -> None:
    script = Script(weight=8.0)
    script.pose = replace(HERE, superior_m=HERE.superior_m + 0.012)
    script.step(follow=0.05)
    goals = set()
    for i in range(int(0.8 * COMMITTED_S / STEP_S)):
        script.pose = replace(HERE, superior_m=HERE.superior_m + (0.012 if i % 2 else -0.012))
        script.step(follow=0.01)
        goals.add(round(script.task._goal.superior_m - HERE.superior_m, 4))
    assert goals == {0.012}


def test_a_small_change_of_mind_is_no_motion() -> None:
    script = Script(weight=8.0)
    script.step()
    script.pose = replace(HERE, superior_m=HERE.superior_m + 0.001, heading_rad=0.02)
    script.step()
    assert script.probe == HERE


def test_patience_ends_and_the_evidence_is_doubted() -> None:
    kept: list[float] = []
    script = Script(weight=8.0)
    script.task.evidence.doubt = lambda keep: kept.append(keep)  # type: ignore[method-assign]
    modes = [script.step() for _ in range(math.ceil(PATIENCE_S / STEP_S) + 3)]
    assert "search" in modes and kept and kept[0] < 1.0


def test_an_unsure_belief_is_searched_along_the_neck_and_in_the_end_exhausted() -> None:
    script = Script(weight=0.0)
    places = []
    for _ in range(40):
        script.step()
        places.append(script.probe.superior_m - HERE.superior_m)
    assert max(places) == pytest.approx(PLANE.search.superior_m)
    assert min(places) == pytest.approx(-PLANE.search.superior_m)
    assert script.task.exhausted
