"""Steering and the exam together in a small world: planes are found, reported and left."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import necks
import numpy as np
import pytest
from worlds import RATE_HZ, Eye, Probe, picture

from sonoreach.policies.exam import ExamRunner, ExamStep
from sonoreach.policies.protocol import Protocol
from sonoreach.policies.skin import SkinPose
from sonoreach.policies.steering import Steering
from sonoreach.types.exam import ExamPhase, PlaneGoal
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode
from sonoreach.types.safety import SafetyLevel, SafetyState

PROTOCOL = Protocol.load("thyroid")
REFERENCE_M = 0.12 * PROTOCOL.reference.fraction


def planes(superior_m: float = 0.008, midline_m: float = 0.002) -> dict[str, SkinPose]:
    """A neck whose planes lie beside their starts."""
    middle = REFERENCE_M + superior_m
    lobe, slope = middle + 0.010, -0.1
    return {
        "right_transverse": SkinPose(lobe, midline_m - 0.022, slope),
        "right_longitudinal": SkinPose(lobe, midline_m - 0.022, math.pi / 2 + slope),
        "isthmus_transverse": SkinPose(middle, midline_m, 0.0),
        "left_transverse": SkinPose(lobe, midline_m + 0.022, -slope),
        "left_longitudinal": SkinPose(lobe, midline_m + 0.022, math.pi / 2 - slope),
    }


@dataclass
class Run:
    steps: list[ExamStep]
    targets: list[ProbeTarget]
    errors_m: dict[str, float]


def run(seed: int = 0, limit_s: float = 250.0, stop_at_s: float = math.inf, blind: bool = False) -> Run:
    """One exam in the small world."""
    steering = Steering(PROTOCOL, necks.registration(seed))
    exam, probe = ExamRunner(PROTOCOL), Probe()
    eye = Eye(steering.skin, planes(), np.random.default_rng(seed), reach_m=0.0 if blind else 0.030)
    estimate, status, out = None, None, Run([], [], {})
    for frame_id in range(int(limit_s * RATE_HZ)):
        state = probe.state()
        level = SafetyLevel.STOP if state.stamp_s >= stop_at_s else SafetyLevel.OK
        safety = SafetyState(state.stamp_s, level, "a person said stop" if level else "")
        step = exam.update(state.stamp_s, state, estimate, picture(frame_id, state), status, safety)
        out.steps.append(step)
        for capture in step.captures:
            out.errors_m[capture.plane] = math.hypot(*eye.error(capture.plane, capture.state.base_probe)[:2])
        if step.finished:
            return out
        spec = PROTOCOL.plane(step.goal.plane).spec if step.goal.plane else None
        estimate = eye.look(frame_id, state, spec) if spec and state.contact == ContactState.SCAN else None
        target, status = steering.update(state.stamp_s, step.goal, state, estimate)
        if target is not None:
            assert target.is_finite()
            out.targets.append(target)
        probe.follow(target)
    raise AssertionError("the exam did not end")


@pytest.mark.parametrize("seed", range(4))
def test_every_plane_is_found_and_captured_where_it_is(seed: int) -> None:
    out = run(seed)
    assert [(r.plane, r.obtained) for r in out.steps[-1].results] == [(p.spec.name, True) for p in PROTOCOL.planes]
    assert max(out.errors_m.values()) < 0.005
    assert np.median([r.seconds for r in out.steps[-1].results]) < 10.0
    assert out.steps[-1].ended == ""


def test_the_phases_come_in_order_and_the_probe_leaves_at_the_end() -> None:
    out = run()
    phases = [e.details["phase"] for s in out.steps for e in s.events if e.kind == "phase"]
    assert phases[:4] == ["approach", "contact", "search", "hold"]
    assert phases[-2:] == ["retract", "done"]
    assert phases.count("capture") == phases.count("measure") == 5
    assert out.targets[-1].mode == TargetMode.RETRACT


def test_the_same_seed_gives_the_same_run() -> None:
    one, two = run(3), run(3)
    assert len(one.targets) == len(two.targets)
    for a, b in zip(one.targets, two.targets, strict=True):
        assert (a.base_probe.position_m == b.base_probe.position_m).all()


def test_in_contact_the_set_point_keeps_the_protocols_speed_and_force() -> None:
    pressing = [t for t in run().targets if t.mode == TargetMode.CONTACT]
    steps = [
        float(np.linalg.norm(b.base_probe.position_m - a.base_probe.position_m))
        for a, b in pairwise(pressing)
        if b.stamp_s - a.stamp_s < 0.1
    ]
    assert max(steps) * RATE_HZ < 1.3 * PROTOCOL.max_speed_m_s  # the slope of the skin adds to the speed along it
    assert {t.force_n for t in pressing} == {PROTOCOL.force_n}


def test_a_plane_that_never_shows_is_given_up_with_the_criterion_missed_most() -> None:
    out = run(blind=True)
    results = out.steps[-1].results
    assert not any(r.obtained for r in results)
    for result, plane in zip(results, PROTOCOL.planes, strict=True):
        assert "not found within" in result.not_obtained_because
        assert "probability" in result.not_obtained_because
        assert result.seconds >= plane.spec.time_limit_s


def test_a_safety_stop_ends_the_exam_at_once_with_its_cause() -> None:
    out = run(stop_at_s=6.0)
    last = out.steps[-1]
    assert last.finished and last.goal.phase == ExamPhase.STOPPED
    assert last.ended == "a person said stop"
    assert last.progress.stamp_s < 6.2
    assert len(last.results) == 5
    assert all("a person said stop" in r.not_obtained_because for r in last.results if not r.obtained)


def test_steering_is_idle_without_a_goal_and_leaves_when_told() -> None:
    steering, state = Steering(PROTOCOL, necks.registration()), Probe().state()
    assert steering.update(0.0, PlaneGoal(), state, None)[0] is None
    target, status = steering.update(0.1, PlaneGoal("", ExamPhase.RETRACT, 0.1), state, None)
    assert target is not None and target.mode == TargetMode.RETRACT
    assert status.mode == "retract" and status.at_target


def test_an_abort_retracts_and_says_why() -> None:
    exam, probe = ExamRunner(PROTOCOL), Probe()
    exam.update(0.0, probe.state(), None, None, None, None)
    exam.abort(0.1, "the operator ended it")
    step = exam.update(0.2, replace(probe.state(), contact=ContactState.SCAN), None, None, None, None)
    assert step.goal.phase == ExamPhase.RETRACT
    assert step.ended == "the operator ended it"
