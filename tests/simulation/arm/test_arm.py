"""The simulated arm: landing, scanning, turning, stopping, and what it does without targets."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

PERIOD_S = 1.0 / 15.0


def pose(x: float, y: float = 0.0, z: float = 0.15, along: tuple[float, float, float] = (0.0, 1.0, 0.0)) -> Pose:
    return Pose.from_axes([x, y, z], along, [0.0, 0.0, -1.0])


def drive(arm: SimulatedArm, target: Pose, seconds: float, *, force_n: float = 3.0, speed: float = 0.02) -> np.ndarray:
    """Send one contact target at 15 Hz; returns the true pressing force in each cycle."""
    forces = []
    for _ in range(round(seconds / PERIOD_S)):
        arm.command(ProbeTarget(arm.time_s, target, force_n, TargetMode.CONTACT, speed))
        for _ in range(66):
            arm.step()
            forces.append(arm.plant.wrench[2])
    return np.array(forces)


@pytest.fixture
def scanning() -> SimulatedArm:
    """An arm that presses with 3 N on a breathing body."""
    arm = SimulatedArm(BreathingBody(stiffness_n_m=500.0, breath_m=0.006, breath_hz=0.3, top_m=(0.5, 0.0, 0.26)))
    drive(arm, pose(0.5, z=0.26), 6.0)
    assert arm.state().contact is ContactState.SCAN
    return arm


def test_scan_keeps_the_force_while_the_body_breathes(scanning: SimulatedArm) -> None:
    forces = drive(scanning, pose(0.54), 3.0, speed=0.025)
    assert np.sqrt(np.mean((forces - 3.0) ** 2)) < 0.06
    assert scanning.state().base_probe.position_m[0] == pytest.approx(0.54, abs=1e-3)


@pytest.mark.parametrize("stiffness_n_m", [300.0, 800.0])
def test_landing_does_not_overshoot(stiffness_n_m: float) -> None:
    arm = SimulatedArm(BreathingBody(stiffness_n_m=stiffness_n_m, top_m=(0.5, 0.0, 0.27)))
    forces = drive(arm, pose(0.5, z=0.27), 5.0)
    assert 2.9 < forces[-1] < 3.1
    assert forces.max() < 3.5


def test_quarter_turn_in_contact(scanning: SimulatedArm) -> None:
    forces = drive(scanning, pose(0.5, along=(1.0, 0.0, 0.0)), 2.8)
    assert np.abs(forces - 3.0).max() < 1.0
    assert scanning.state().base_probe.distance_to(pose(0.5, along=(1.0, 0.0, 0.0)))[1] < 0.03


def test_silence_leads_to_a_hold_and_then_a_retract(scanning: SimulatedArm) -> None:
    before = scanning.state().base_probe.position_m
    scanning.advance(0.7)
    assert scanning.state().contact is ContactState.SCAN
    assert np.linalg.norm((scanning.state().base_probe.position_m - before)[:2]) < 1e-3
    scanning.advance(1.3)
    state = scanning.state()
    assert state.contact is ContactState.FREE
    assert state.fault == ""
    assert scanning.plant.wrench[2] == 0.0


def test_stop_leaves_the_body_within_a_second_and_is_latched(scanning: SimulatedArm) -> None:
    skin = scanning.state().base_probe.position_m[2]
    scanning.stop("a person pressed stop")
    steps = []
    for _ in range(1000):
        scanning.step()
        steps.append(scanning.plant.wrench[2])
    state = scanning.state()
    assert state.base_probe.position_m[2] - skin > 0.03
    assert max(steps) < 3.5
    assert state.contact is ContactState.STOPPED
    assert state.fault == "a person pressed stop"
    drive(scanning, pose(0.5), 1.0)
    assert scanning.state().contact is ContactState.STOPPED
    scanning.acknowledge()
    drive(scanning, pose(0.5), 5.0)
    assert scanning.state().contact is ContactState.SCAN


def test_non_finite_and_excessive_targets_are_refused(scanning: SimulatedArm) -> None:
    good = pose(0.5)
    bad = Pose(np.array([np.nan, 0.0, 0.2]), good.rotation)
    with pytest.raises(InputError, match="not finite"):
        scanning.command(ProbeTarget(0.0, bad, 3.0, TargetMode.CONTACT))
    with pytest.raises(InputError, match="thyroid"):
        scanning.command(ProbeTarget(0.0, good, 6.0, TargetMode.CONTACT))


def test_same_seed_same_numbers() -> None:
    ends = []
    for _ in range(2):
        arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.28)), seed=4)
        drive(arm, pose(0.5, z=0.28), 2.0)
        ends.append(arm.state().wrench)
    assert np.array_equal(ends[0], ends[1])


def test_wrist_singularity_is_passed_without_leaving_the_line() -> None:
    """From one lean to the other the shortest turn leads by the wrist's singularity (joint 6 at 180°)."""
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, -1.0)))
    leans = (
        Pose.from_axes([0.51, 0.04, 0.11], [0.985, 0.0, 0.17], [0.147, -0.506, -0.85]),
        Pose.from_axes([0.515, -0.025, 0.147], [-0.136, 0.832, 0.538], [0.161, 0.554, -0.816]),
    )
    largest_m, largest_q6 = 0.0, 0.0
    for lean in leans:
        for _ in range(90):
            arm.command(ProbeTarget(arm.time_s, lean, 0.0, TargetMode.FREE, 0.1))
            for _ in range(66):
                arm.step()
                memory = arm.controller.memory[0]
                largest_m = max(largest_m, float(np.linalg.norm(memory["position"] - memory["ref_position"])))
                largest_q6 = max(largest_q6, float(arm.plant.q[5]))
    assert largest_q6 > 2.9
    assert largest_m < 0.005
    assert arm.state().base_probe.distance_to(leans[1])[1] < 0.02
