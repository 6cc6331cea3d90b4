"""The energy tank bounds what the controller gives the body."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sonoreach.control.limits import RegionLimits
from sonoreach.control.memory import memory_type
from sonoreach.control.parameters import ControlParameters, pack
from sonoreach.control.tank import drain_tank, fill_tank, permitted_share
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeTarget, TargetMode

LIMITS = RegionLimits("test rig", max_target_force_n=15.0, reflex_force_n=60.0, jolt_n_s=1e6, reflex_torque_nm=20.0)
SKIN = Pose.from_axes([0.5, 0.0, 0.28], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])


@given(st.lists(st.tuples(st.floats(-50.0, 50.0), st.floats(-0.5, 0.5), st.integers(0, 5)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_tank_never_gives_more_than_it_holds(powers: list[tuple[float, float, int]]) -> None:
    """In any of the six directions, when motion that gives is scaled by the tank's share."""
    memory, parameters = np.zeros(1, memory_type(7)), pack(ControlParameters(tank_j=0.1, tank_refill_w=0.0), LIMITS)
    fill_tank(memory[0], parameters[0])
    given_j = 0.0
    for force, wanted, k in powers:
        share = permitted_share(memory[0], parameters[0])
        assert 0.0 <= share <= 1.0
        speed = share * wanted if force * wanted > 0.0 else wanted
        memory["wrench"], memory["twist"] = 0.0, 0.0
        memory["wrench"][0, k], memory["twist"][0, k] = force, speed
        drain_tank(memory[0], parameters[0], 1e-3)
        given_j = max(0.0, given_j + force * speed * 1e-3)  # what comes back beyond a full tank is lost
        assert given_j <= 0.1 + 50.0 * 0.5 * 1e-3
        assert 0.0 <= memory["tank"][0] <= 0.1


@pytest.mark.parametrize("tank_j", [0.1, 0.3])
def test_a_body_that_gives_way_is_not_followed_for_ever(tank_j: float) -> None:
    """The skin sinks by 20 cm; following it with 5 N would take 1 J."""
    body = BreathingBody(top_m=(0.5, 0.0, 0.28), jolt_m=-0.2, jolt_start_s=4.0, jolt_duration_s=4.0)
    limits = dataclasses.replace(LIMITS, max_depth_m=1.0, workspace_low_m=(0.0, -0.5, -0.5))
    arm = SimulatedArm(body, limits, parameters=ControlParameters(tank_j=tank_j, tank_refill_w=0.0))
    given_j = largest_j = 0.0
    for k in range(9000):
        if k % 66 == 0:
            arm.command(ProbeTarget(arm.time_s, SKIN, 5.0, TargetMode.CONTACT, 0.02))
        arm.step()
        memory = arm.plant.memory[0]
        given_j -= 1e-3 * float(memory["contact"][:3] @ memory["speed"][:3])
        largest_j = max(largest_j, given_j)
    assert 0.8 * tank_j < largest_j < 1.1 * tank_j + 0.01


@given(st.integers(0, 1000))
@settings(max_examples=4, deadline=None, derandomize=True)
def test_no_stream_of_targets_makes_the_controller_give_more_than_the_tank(seed: int) -> None:
    """Rubbed, tilted and twisted against a body at rest for 10 s, all six directions counted at the true contact."""
    rng, tank_j = np.random.default_rng(seed), 0.08
    body = BreathingBody(top_m=(0.5, 0.0, 0.28), stiffness_n_m=float(rng.uniform(300.0, 2000.0)))
    parameters = ControlParameters(tank_j=tank_j, tank_refill_w=0.0, trim_limit_rad=0.1)
    arm = SimulatedArm(body, LIMITS, parameters=parameters)
    given_j = lowest_j = largest_j = path_m = 0.0
    pose = SKIN
    for k in range(12_000):
        if k % 40 == 0:
            if k > 3000:
                offset, turn = rng.uniform(-0.03, 0.03, 3), rng.uniform(-0.2, 0.2, 3)
                pose = Pose(SKIN.position_m + offset, SKIN.rotation @ Rotation.from_rotvec(turn).as_matrix())
            arm.command(ProbeTarget(arm.time_s, pose, 5.0, TargetMode.CONTACT, 0.05))
        arm.step()
        memory = arm.plant.memory[0]
        given_j -= 1e-3 * float(memory["contact"] @ memory["speed"])
        lowest_j = min(lowest_j, given_j)
        largest_j = max(largest_j, given_j - lowest_j)
        path_m += 1e-3 * float(np.linalg.norm(memory["speed"][:2]))
    assert path_m > 0.02  # it did rub
    assert largest_j < 1.1 * tank_j + 0.01
