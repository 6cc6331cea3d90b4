"""Set-points: smooth within their limits, near a moving path, and never moved by a planner that fails."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sonoreach.control.parameters import ControlParameters
from sonoreach.control.planner import SetpointPlanner
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

DT = 1e-3
P = ControlParameters()
AIR = Pose.from_axes([0.5, 0.0, 0.30], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
SKIN = Pose.from_axes([0.48, 0.0, 0.28], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])


def moved(pose: Pose, offset_m: np.ndarray, turn_rad: np.ndarray) -> Pose:
    return Pose(pose.position_m + offset_m, pose.rotation @ Rotation.from_rotvec(turn_rad).as_matrix())


def in_air() -> SimulatedArm:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.0)))
    arm.advance(0.1)
    return arm


def scanning() -> SimulatedArm:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.28)))
    for _ in range(75):
        arm.command(ProbeTarget(arm.time_s, SKIN, 3.0, TargetMode.CONTACT, 0.02))
        arm.advance(1.0 / 15.0)
    assert arm.state().contact is ContactState.SCAN
    return arm


def references(arm: SimulatedArm, cycles: int) -> Iterator[np.ndarray]:
    """After each cycle: speed, acceleration, turning speed, turning acceleration of the references."""
    names = ("ref_speed", "ref_acceleration", "ref_turn", "ref_turn_acceleration")
    for _ in range(cycles):
        arm.step()
        yield np.array([arm.controller.memory[0][name] for name in names])


@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.15]))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_targets_that_change_at_25_hz_are_followed_within_speed_acceleration_and_jerk(seed: int, cap: float) -> None:
    rng, arm, rows = np.random.default_rng(seed), in_air(), []
    for _ in range(40):
        pose = moved(AIR, rng.uniform(-0.04, 0.04, 3), rng.uniform(-0.3, 0.3, 3))
        arm.command(ProbeTarget(arm.time_s, pose, 0.0, TargetMode.FREE, cap))
        rows += list(references(arm, 40))
    speed, acceleration, turn, turn_acceleration = np.array(rows).transpose(1, 0, 2)
    room = 1.0 + 1e-6
    largest = P.reference_acceleration_m_s2 * np.sqrt(3.0)
    assert np.linalg.norm(speed, axis=1).max() <= 1.2 * cap
    assert np.linalg.norm(turn, axis=1).max() <= 1.2 * P.turn_speed_rad_s
    assert np.linalg.norm(acceleration, axis=1).max() <= room * largest
    assert np.linalg.norm(np.diff(acceleration, axis=0), axis=1).max() / DT <= P.reference_jerk_m_s3 * 1.8
    assert np.linalg.norm(np.diff(turn_acceleration, axis=0), axis=1).max() / DT <= P.turn_jerk_rad_s3 * 1.8
    assert np.allclose(np.diff(speed, axis=0), acceleration[1:] * DT, atol=2.0 * P.reference_jerk_m_s3 * DT**2)
    assert arm.controller.planner_faults == 0


@given(st.integers(0, 10_000))
@settings(max_examples=4, deadline=None, derandomize=True)
def test_a_target_that_stays_is_reached_without_overshoot(seed: int) -> None:
    rng, arm = np.random.default_rng(seed), in_air()
    offset, turn = rng.uniform(-0.05, 0.05, 3), rng.uniform(-0.4, 0.4, 3)
    start, goal = arm.state().base_probe, moved(arm.state().base_probe, offset, turn)
    farthest = 0.0
    for _ in range(60):
        arm.command(ProbeTarget(arm.time_s, goal, 0.0, TargetMode.FREE, 0.1))
        for _ in references(arm, 50):
            gone = arm.controller.memory[0]["ref_position"] - start.position_m
            farthest = max(farthest, float(gone @ offset) / float(offset @ offset))
    reference = Pose(arm.controller.memory[0]["ref_position"], arm.controller.memory[0]["ref_rotation"])
    metres, radians = reference.distance_to(goal)
    assert metres < 1e-5 and radians < 1e-4
    assert farthest < 1.001


@pytest.mark.parametrize(("told", "lag_m", "ripple_m_s"), [(True, 2e-4, 6e-4), (False, 2e-3, 9e-4)])
def test_a_path_of_targets_is_followed_smoothly(told: bool, lag_m: float, ripple_m_s: float) -> None:
    """10 mm/s in steps of 1/15 s; with the path's velocity the lag vanishes, without it the motion stays smooth."""
    arm, lag, pace = scanning(), [], []
    velocity = np.array([0.01, 0.0, 0.0])
    for k in range(45):
        pose = moved(SKIN, velocity * k / 15.0, np.zeros(3))
        target = ProbeTarget(
            arm.time_s, pose, 3.0, TargetMode.CONTACT, 0.02, velocity_m_s=velocity if told else np.zeros(3)
        )
        arm.command(target)
        start_s = arm.time_s
        while arm.time_s < start_s + 1.0 / 15.0 - 1e-9:
            arm.step()
            if k > 22:
                wanted = pose.position_m[0] + 0.01 * (arm.time_s - start_s)
                lag.append(wanted - arm.plant.memory[0]["position"][0])
                pace.append(arm.controller.memory[0]["ref_speed"][0])
    assert abs(np.mean(lag)) < lag_m
    assert np.std(pace) < ripple_m_s


def test_a_goal_that_moves_off_is_caught_up_without_a_run_up() -> None:
    arm = scanning()
    velocity = np.array([0.01, 0.0, 0.0])
    paces = []
    for k in range(30):
        pose = moved(SKIN, velocity * k / 25.0, np.zeros(3))
        arm.command(ProbeTarget(arm.time_s, pose, 3.0, TargetMode.CONTACT, 0.02, velocity_m_s=velocity))
        paces += [row[0, 0] for row in references(arm, 40)]
    assert min(paces) > -5e-4
    assert max(paces) < 0.02
    assert paces[-1] == pytest.approx(0.01, abs=3e-4)
    arm.advance(1.0)  # no more targets: the reference must not drift on with the last one's velocity
    assert np.linalg.norm(arm.controller.memory[0]["ref_speed"]) < 1e-4


def test_a_half_turn_is_made_one_way() -> None:
    arm, angles = in_air(), []
    start = arm.state().base_probe.rotation
    for k in range(90):
        goal = moved(arm.state().base_probe, np.zeros(3), np.zeros(3))
        wobble = Rotation.from_rotvec([0.0, 0.0, np.pi + 1e-3 * (-1) ** k]).as_matrix()
        arm.command(ProbeTarget(arm.time_s, Pose(goal.position_m, start @ wobble), 0.0, TargetMode.FREE, 0.02))
        angles += [row[2, 2] for row in references(arm, 66)]
    assert abs(np.sum(angles)) * DT > 1.0
    assert min(angles) > -0.05 or max(angles) < 0.05


class Broken:
    """A planner that lies in a given way."""

    def __init__(self, planner: SetpointPlanner, memory: Any, answer: str) -> None:
        self._planner, self._memory, self._kind = planner, memory, answer

    def update(self) -> None:
        self._planner.update()
        memory = self._memory
        if self._kind == "silent":
            memory["answered"] = 0
        elif self._kind == "nan":
            memory["planned"][:] = np.nan
        elif self._kind == "far":
            memory["planned"][0] += 0.01
        else:
            memory["planned"][1] += 0.1


@pytest.mark.parametrize("answer", ["silent", "nan", "far", "fast"])
def test_a_planner_that_fails_cannot_move_the_arm(answer: str) -> None:
    arm = scanning()
    goal = moved(SKIN, np.array([0.02, 0.0, 0.0]), np.zeros(3))
    arm.command(ProbeTarget(arm.time_s, goal, 3.0, TargetMode.CONTACT, 0.02))
    arm.advance(0.3)
    assert arm.controller.memory[0]["ref_speed"][0] > 0.015
    good = arm.controller._planner
    arm.controller._planner = Broken(good, arm.controller.memory[0], answer)  # type: ignore[assignment]
    before, forces = arm.state().base_probe.position_m, [arm.plant.wrench[2]]
    contacts = set()
    for k in range(1500):
        if k % 40 == 0:
            arm.command(ProbeTarget(arm.time_s, goal, 3.0, TargetMode.CONTACT, 0.02))
        arm.step()
        contacts.add(arm.controller.contact)
        forces.append(arm.plant.wrench[2])
        if k == 400:
            assert arm.controller.contact is ContactState.SCAN
    assert np.linalg.norm((arm.state().base_probe.position_m - before)[:2]) < 2e-3
    assert np.abs(np.diff(forces, n=1)).max() < 1.0
    assert ContactState.RETRACT in contacts  # no answer for half a second
    assert arm.plant.wrench[2] == 0.0
    assert arm.controller.planner_faults == 1500
    arm.controller._planner = good
    for _ in range(75):
        arm.command(ProbeTarget(arm.time_s, goal, 3.0, TargetMode.CONTACT, 0.02))
        arm.advance(1.0 / 15.0)
    assert arm.state().contact is ContactState.SCAN


def test_a_limit_that_ruckig_refuses_is_a_fault_and_no_crash() -> None:
    arm = in_air()
    planner, memory = arm.controller._planner, arm.controller._memory[0]
    memory["plan"][:], memory["plan"][2], memory["follows"] = 0.0, 0.1, 1
    planner.update()
    assert memory["answered"] == 0
    memory["plan"][:] = np.nan
    planner.update()
    assert memory["answered"] == 0


def test_the_slowest_target_is_no_fault() -> None:
    arm = in_air()
    arm.command(ProbeTarget(arm.time_s, moved(AIR, np.full(3, 0.1), np.zeros(3)), 0.0, TargetMode.FREE, 1e-9))
    arm.advance(0.2)
    assert arm.controller.planner_faults == 0


def test_the_loop_does_not_grow() -> None:
    arm = scanning()
    arm.advance(0.05)
    gc.collect()
    tracemalloc.start()
    arm.advance(0.05)
    first = tracemalloc.get_traced_memory()[0]
    arm.advance(0.2)
    second = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert second - first < 4096
