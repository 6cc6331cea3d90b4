"""Fault injection: every reflex fires, names its cause, leaves the body, keeps the second before it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pinocchio as pin
import pytest

from sonoreach.control.limits import RegionLimits, region_limits
from sonoreach.control.reflexes import Reflex
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.plant import PlantOptions
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

THYROID = region_limits("thyroid")
SKIN = Pose.from_axes([0.5, 0.0, 0.28], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
Fault = Callable[[SimulatedArm], None]


def run(arm: SimulatedArm, seconds: float, pose: Pose = SKIN) -> None:
    for _ in range(round(seconds * 15)):
        if not arm.state().fault:
            arm.command(ProbeTarget(arm.time_s, pose, 3.0, TargetMode.CONTACT, 0.02))
        arm.advance(1.0 / 15.0)


def scanning(limits: RegionLimits = THYROID, **body: float) -> SimulatedArm:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.28), **body), limits)  # type: ignore[arg-type]
    run(arm, 2.8)
    assert arm.state().contact is ContactState.SCAN
    return arm


def add_to_reading(*wrench: float) -> Fault:
    """The force sensor reads more than there is."""

    def inject(arm: SimulatedArm) -> None:
        sample = arm.sensor.sample
        arm.sensor.sample = lambda memory: sample(memory) + np.array(wrench)  # type: ignore[method-assign]

    return inject


def add_to_velocity(pace: Callable[[int], float]) -> Fault:
    """The encoder of the second joint lies about its speed; `pace` maps cycles to rad/s."""

    def inject(arm: SimulatedArm) -> None:
        step, count = arm.controller.step, [0]

        def lying(time_s: float, q: np.ndarray, v: np.ndarray, raw: np.ndarray) -> np.ndarray:
            count[0] += 1
            return step(time_s, q, v + np.where(np.arange(7) == 1, pace(count[0]), 0.0), raw)

        arm.controller.step = lying  # type: ignore[method-assign]

    return inject


def overrun(arm: SimulatedArm) -> None:
    arm.controller.trip(Reflex.OVERRUN, 0.4)


@pytest.mark.parametrize(
    ("cause", "words", "fault"),
    [
        (Reflex.FORCE, "contact force", add_to_reading(14.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        (Reflex.TORQUE, "contact torque", add_to_reading(0.0, 0.0, 0.0, 1.5, 0.0, 0.0)),
        (Reflex.SPEED, "probe speed", add_to_velocity(lambda k: 1.5)),
        (Reflex.ACCELERATION, "probe acceleration", add_to_velocity(lambda k: min(0.5, 0.1 * k))),
        (Reflex.NON_FINITE, "not finite", add_to_reading(math.nan, 0.0, 0.0, 0.0, 0.0, 0.0)),
        (Reflex.NON_FINITE, "not finite", add_to_velocity(lambda k: math.inf if k < 5 else 0.0)),
        (Reflex.OVERRUN, "loop paused", overrun),
    ],
    ids=lambda value: value.name if isinstance(value, Reflex) else "",
)
def test_fault_in_contact_leads_off_the_body(cause: Reflex, words: str, fault: Fault) -> None:
    arm = scanning()
    fault(arm)
    arm.advance(1.0)
    state = arm.state()
    assert words in state.fault
    assert arm.controller._memory["reflex"][0] == cause
    assert arm.plant.wrench[2] == 0.0
    assert state.contact is ContactState.STOPPED


def test_the_second_before_is_kept() -> None:
    arm = scanning()
    start_s = arm.time_s
    arm.advance(0.2)
    add_to_reading(14.0, 0.0, 0.0, 0.0, 0.0, 0.0)(arm)
    arm.advance(0.5)
    snapshot = arm.controller.snapshot
    assert 0.9 < snapshot["time_s"][-1] - snapshot["time_s"][0] <= 1.0
    assert start_s + 0.19 < snapshot["time_s"][-1] < start_s + 0.22
    assert np.median(snapshot["force_n"]) == pytest.approx(3.0, abs=0.1)
    arm.acknowledge()
    assert arm.controller.snapshot == {}
    assert arm.state().fault == ""


def test_jolt_of_the_body() -> None:
    limits = region_limits("breast")
    body = BreathingBody(
        top_m=(0.5, 0.0, 0.28), stiffness_n_m=800.0, jolt_m=0.04, jolt_start_s=3.2, jolt_duration_s=0.2
    )
    arm = SimulatedArm(body, limits)
    run(arm, 3.1)
    peak = 0.0
    for _ in range(800):
        arm.step()
        peak = max(peak, arm.plant.wrench[2])
    assert peak < 11.0
    assert arm.controller._memory["reflex"][0] in (Reflex.JOLT, Reflex.FORCE)
    assert arm.plant.wrench[2] == 0.0


def test_depth_beyond_the_first_touch() -> None:
    arm = SimulatedArm(
        BreathingBody(top_m=(0.5, 0.0, 0.28), stiffness_n_m=300.0), dataclasses.replace(THYROID, max_depth_m=0.004)
    )
    run(arm, 4.0)
    assert "first touch" in arm.state().fault


def test_workspace() -> None:
    arm = SimulatedArm(
        BreathingBody(top_m=(0.5, 0.0, 0.1)), dataclasses.replace(THYROID, workspace_low_m=(0.2, -0.3, 0.275))
    )
    run(arm, 3.0)
    assert "workspace" in arm.state().fault
    assert arm.state().base_probe.position_m[2] > 0.27


def test_no_skin_where_it_was_expected() -> None:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.0)))
    run(arm, 8.0)
    assert "no skin" in arm.state().fault


def test_drift_of_the_sensor_in_free_air() -> None:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.1)))
    arm.advance(1.0)
    add_to_reading(0.5, 0.0, 0.0, 0.0, 0.0, 0.0)(arm)
    arm.advance(1.0)
    assert arm.state().fault == ""
    add_to_reading(3.0, 0.0, 0.0, 0.0, 0.0, 0.0)(arm)
    arm.advance(1.0)
    assert "drifted" in arm.state().fault


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_torques_stay_finite_and_within_limits_for_any_measurement(value: float) -> None:
    arm = scanning()
    controller = arm.controller
    limit = arm.plant.robot.model.effortLimit
    for k in range(40):
        q, v, raw = arm.plant.q.copy(), arm.plant.v.copy(), arm.sensor.reading.copy()
        (q, v, raw)[k % 3][k % 6] = value
        torque = controller.step(arm.time_s + 1e-3 * k, q, v, raw)
        assert np.isfinite(torque).all()
        assert (np.abs(torque) <= limit).all()


def push_link(arm: SimulatedArm, joint: int, newton_per_s: np.ndarray) -> list[float]:
    """Push with a growing force where a joint's frame is; returns the list that the force's size is written to."""
    step, start_s, model = arm.plant.step, arm.time_s, arm.plant.robot.model
    data, sizes = model.createData(), [0.0]

    def pushed(torque: np.ndarray, time_s: float) -> None:
        force = newton_per_s * (time_s - start_s)
        pin.computeJointJacobians(model, data, arm.plant.q)
        jacobian = pin.getJointJacobian(model, data, joint, pin.LOCAL_WORLD_ALIGNED)
        sizes.append(float(np.linalg.norm(force)))
        step(torque + jacobian[:3].T @ force, time_s)

    arm.plant.step = pushed  # type: ignore[method-assign]
    return sizes


@pytest.mark.parametrize("in_contact", [True, False])
@pytest.mark.parametrize(("joint", "axis"), [(5, 1), (5, 2), (6, 2), (7, 1)])
def test_a_push_on_a_link_is_felt_before_40_newton(in_contact: bool, joint: int, axis: int) -> None:
    arm = scanning() if in_contact else SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.0)))
    arm.advance(0.2)
    sizes = push_link(arm, joint, -50.0 * np.eye(3)[axis])
    for _ in range(900):
        arm.step()
        if arm.controller.memory["reflex"][0]:
            break
    assert "links" in arm.state().fault
    assert arm.controller.memory["reflex"][0] == Reflex.LINK
    assert sizes[-1] < 40.0
    assert arm.controller.contact is (ContactState.RETRACT if in_contact else ContactState.STOPPED)


def test_quick_motion_is_no_push_on_a_link() -> None:
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, 0.0)), options=PlantOptions(friction_scale=1.3))
    rng, largest_nm = np.random.default_rng(0), 0.0
    for _ in range(40):
        position = np.array([0.5, 0.0, 0.30]) + rng.uniform(-0.06, 0.06, 3)
        arm.command(ProbeTarget(arm.time_s, Pose(position, SKIN.rotation), 0.0, TargetMode.FREE, 0.15))
        for _ in range(100):
            arm.step()
            largest_nm = max(largest_nm, float(arm.controller.memory["link_torque"][0]))
    assert arm.state().fault == ""
    assert largest_nm < 0.5 * THYROID.reflex_link_torque_nm
