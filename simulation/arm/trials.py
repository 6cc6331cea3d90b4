"""Trials of the force controller on simulated bodies: scan, landing, jolt, silence; for benchmarks, plots and tests.

Every trial draws from its seed what a real arm is wrong by: stiffness, joint friction, breathing phase, normal error.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sonoreach.control.parameters import ControlParameters
from sonoreach.control.reflexes import Reflex
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.plant import PlantOptions
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeTarget, TargetMode

Array = NDArray[np.float64]
FRAME_S = 1.0 / 15.0
FORCE_N = 5.0
SKIN_Z_M = 0.25
STIFFNESS_N_M = (300.0, 2000.0)


@dataclass(frozen=True)
class Conditions:
    """What a trial is run under, drawn by `draw_conditions`.

    Attributes:
        stiffness_n_m: of the body's soft layer [N/m].
        firm_depth_m, firm_scale: indentation at which a firmer layer resists [m], its stiffness over the soft one's.
        friction_scale: true joint friction relative to the description.
        breath_phase_rad: of the breathing [rad].
        normal_error_rad: error of the orientations that the targets carry, rotation vector x, y [rad].
    """

    stiffness_n_m: float
    firm_depth_m: float
    firm_scale: float
    friction_scale: float
    breath_phase_rad: float
    normal_error_rad: tuple[float, float]


@dataclass(frozen=True)
class Log:
    """What a trial recorded, a row a control cycle.

    Attributes:
        time_s: shape (n,) [s].
        force_n: true pressing force, shape (n,) [N].
        target_n: force asked for, shape (n,) [N].
        contact: contact state, shape (n,).
        normal_error_rad: angle between probe axis and skin normal, shape (n,) [rad].
        inplane_error_m: distance across the axis between probe and set-point, shape (n,) [m].
    """

    time_s: Array
    force_n: Array
    target_n: Array
    contact: Array
    normal_error_rad: Array
    inplane_error_m: Array


def draw_conditions(seed: int, n_seeds: int = 10) -> Conditions:
    """Conditions of a seed; the stiffnesses of seeds 0 to n_seeds - 1 cover their range evenly in the logarithm."""
    rng = np.random.default_rng([seed, 4])
    low, high = STIFFNESS_N_M
    stiffness = low * (high / low) ** ((seed % n_seeds) / max(1, n_seeds - 1))
    direction, size = rng.uniform(0.0, 2.0 * math.pi), math.radians(rng.uniform(2.0, 5.0))
    error = (size * math.cos(direction), size * math.sin(direction))
    friction_scale, phase = rng.uniform(0.7, 1.3), rng.uniform(0.0, 2.0 * math.pi)
    firm_depth_m, firm_scale = rng.uniform(0.002, 0.012), rng.uniform(1.0, 2.5)
    return Conditions(stiffness, firm_depth_m, firm_scale, friction_scale, phase, error)


def build(
    conditions: Conditions,
    seed: int,
    *,
    breath_m: float = 0.0,
    radius_m: float = math.inf,
    jolt_start_s: float = math.inf,
    bias_n: float = 0.0,
    rate_hz: float = 1000.0,
    delay_s: float = 0.001,
    parameters: ControlParameters | None = None,
) -> SimulatedArm:
    """An arm over a body under given conditions: 4 kHz plant, 10 % tool-mass error, 0.05 N noise, 150 Hz torque lag."""
    body = BreathingBody(
        top_m=(0.5, 0.0, SKIN_Z_M),
        radius_m=radius_m,
        stiffness_n_m=conditions.stiffness_n_m,
        firm_depth_m=conditions.firm_depth_m,
        firm_stiffness_n_m=min(conditions.firm_scale * conditions.stiffness_n_m, STIFFNESS_N_M[1]),
        breath_m=breath_m,
        breath_hz=0.25,
        breath_phase_rad=conditions.breath_phase_rad,
        jolt_m=0.04,
        jolt_start_s=jolt_start_s,
    )
    options = PlantOptions(
        rate_hz=4000.0,
        delay_cycles=max(1, round(delay_s * rate_hz)),
        force_bias_n=(0.0, 0.0, bias_n),
        friction_scale=conditions.friction_scale,
        tool_mass_scale=1.1,
    )
    if parameters is None:
        parameters = ControlParameters(
            rate_hz=rate_hz, trim_limit_rad=0.2, loop_delay_s=delay_s - 1.0 / rate_hz if delay_s > 0.002 else 0.0
        )
    return SimulatedArm(body, "breast", seed, parameters=parameters, options=options)


def down(x_m: float, tilt_rad: float = 0.0, error_rad: tuple[float, float] = (0.0, 0.0)) -> Pose:
    """Pose with the face at the skin's height, its normal tilted about base y, and an error in the probe's axes."""
    level = Pose.from_axes([x_m, 0.0, SKIN_Z_M], [0.0, 1.0, 0.0], [math.sin(tilt_rad), 0.0, -math.cos(tilt_rad)])
    wrong = Rotation.from_rotvec([*error_rad, 0.0]).as_matrix()
    return Pose(level.position_m, level.rotation @ wrong)


def run(arm: SimulatedArm, seconds: float, pose: Callable[[float], Pose] | None, *, speed_m_s: float = 0.02) -> Log:
    """Run an arm with contact targets at 15 Hz; `pose` maps the time since the call [s] to a pose, None sends none.

    The targets carry the velocity at which `pose` moves.
    """
    rows: list[tuple[float, ...]] = []
    start_s, sent = arm.time_s, -1
    for _ in range(round(seconds * arm.parameters.rate_hz)):
        elapsed = arm.time_s - start_s
        if pose is not None and int(elapsed / FRAME_S) > sent:
            sent = int(elapsed / FRAME_S)
            here, soon = pose(elapsed), pose(elapsed + FRAME_S).position_m
            velocity = (soon - here.position_m) / FRAME_S
            arm.command(ProbeTarget(arm.time_s, here, FORCE_N, TargetMode.CONTACT, speed_m_s, velocity_m_s=velocity))
        arm.step()
        rows.append(_observe(arm))
    return Log(*np.array(rows).T)


def _observe(arm: SimulatedArm) -> tuple[float, ...]:
    """One row of a `Log`."""
    plant, memory = arm.plant.memory[0], arm.controller.memory[0]
    axis = plant["rotation"][:, 2]
    normal = arm.plant.surface.gap(plant["position"][None], arm.time_s)[1][0]
    angle = math.acos(min(1.0, max(-1.0, -float(axis @ normal))))
    offset = plant["position"] - memory["ref_position"]
    across = offset - axis * (axis @ offset)
    force = float(arm.plant.wrench[2])
    return (
        arm.time_s,
        force,
        float(memory["force_target"]),
        int(memory["contact"]),
        angle,
        float(np.linalg.norm(across)),
    )


def scan(
    seed: int, *, breath_m: float = 0.008, bias_n: float = 0.0, rate_hz: float = 1000.0, delay_s: float = 0.001,
    length_m: float = 0.1,
) -> Log:  # fmt: skip
    """Scan a line at 10 mm/s over a breathing, curved body after 4 s in contact; returns the scan alone."""
    conditions = draw_conditions(seed)
    radius_m = 0.3
    arm = build(conditions, seed, breath_m=breath_m, radius_m=radius_m, bias_n=bias_n, rate_hz=rate_hz, delay_s=delay_s)
    start = 0.5 - 0.5 * length_m

    def pose(travelled: float) -> Pose:
        x = start + min(max(travelled, 0.0), length_m)
        return down(x, -math.asin((x - 0.5) / radius_m), conditions.normal_error_rad)

    run(arm, 8.0, lambda _: pose(0.0))
    return run(arm, length_m / 0.01, lambda t: pose(0.01 * t), speed_m_s=0.015)


def follow(seed: int, *, told: bool) -> float:
    """Follow targets that run along a flat body at 10 mm/s; `told`: the targets carry their velocity.

    Returns:
        Lag of the probe behind the path, root mean square from 1 s after the start [m].
    """
    arm, speed_m_s, start_m = build(draw_conditions(seed), seed), 0.01, 0.47
    run(arm, 6.0, lambda _: down(start_m))
    squares: list[float] = []
    for k in range(60):
        pose, begin_s = down(start_m + speed_m_s * k * FRAME_S), arm.time_s
        velocity = np.array([speed_m_s if told else 0.0, 0.0, 0.0])
        arm.command(ProbeTarget(begin_s, pose, FORCE_N, TargetMode.CONTACT, 2.0 * speed_m_s, velocity_m_s=velocity))
        while arm.time_s < begin_s + FRAME_S - 0.5 / arm.parameters.rate_hz:
            arm.step()
            lag_m = pose.position_m[0] + speed_m_s * (arm.time_s - begin_s) - arm.plant.memory["position"][0, 0]
            if k * FRAME_S >= 1.0:
                squares.append(lag_m**2)
    return math.sqrt(float(np.mean(squares)))


def land(seed: int) -> Log:
    """Land at 20 mm/s on a body at rest."""
    conditions = draw_conditions(seed)
    return run(build(conditions, seed), 7.0, lambda _: down(0.5))


@dataclass(frozen=True)
class JoltResult:
    """Peak force [N], time from the reflex to the last contact [s], and the log."""

    peak_n: float
    clear_s: float
    log: Log


def jolt(seed: int) -> JoltResult:
    """Press on a body of 800 N/m that rises by 40 mm in 0.2 s."""
    drawn = draw_conditions(seed)
    conditions = dataclasses.replace(drawn, stiffness_n_m=800.0, firm_scale=1.0)
    arm = build(conditions, seed, jolt_start_s=6.0)
    run(arm, 5.95, lambda _: down(0.5))
    rows, trigger_s = [], math.inf
    for _ in range(1000):
        arm.step()
        rows.append(_observe(arm))
        if arm.controller.memory["reflex"][0] != Reflex.NONE:
            trigger_s = min(trigger_s, arm.time_s)
    log = Log(*np.array(rows).T)
    touching = log.time_s[log.force_n > 0.0]
    return JoltResult(float(log.force_n.max()), float(touching.max() - trigger_s), log)


def silence(seed: int) -> Log:
    """In contact, the targets stop coming at the start of the log."""
    arm = build(draw_conditions(seed), seed)
    run(arm, 6.0, lambda _: down(0.5))
    return run(arm, 2.5, None)


def in_scan(log: Log) -> NDArray[np.bool_]:
    """Rows in which the force was under control."""
    return np.asarray(log.contact == ContactState.SCAN)


def force_rmse_n(log: Log) -> float:
    """Root mean square of the force error over the whole log [N]."""
    return float(np.sqrt(np.mean((log.force_n - FORCE_N) ** 2)))
