"""Sweeps over simulated skins: shape, refusals, and one whole execution with a pause."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sonoreach.control.paths.check import check_sweep
from sonoreach.control.paths.collision import SelfCollision
from sonoreach.control.paths.runner import SweepPhase, SweepRunner
from sonoreach.control.paths.skin_map import SkinMap
from sonoreach.control.paths.sweep import Sweep, along, raster, spiral
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.probe import ContactState

CENTER = (0.5, 0.0, 0.25)
BODY = BreathingBody(top_m=CENTER, radius_m=0.15)


@pytest.fixture(scope="module")
def robot() -> RobotModel:
    return RobotModel.load()


@pytest.fixture(scope="module")
def skin() -> SkinMap:
    exact = SkinMap.from_surface(BODY, CENTER)
    points, _ = exact.project(
        [[x, y, 0.2] for x in np.arange(0.42, 0.58, 0.005) for y in np.arange(-0.07, 0.07, 0.005)]
    )
    return SkinMap(points + 0.001 * np.random.default_rng(1).standard_normal(points.shape))


def test_map_finds_height_and_normal_through_the_noise(skin: SkinMap) -> None:
    points, normals = skin.project([[0.53, 0.01, 0.0], [0.47, -0.03, 0.5]])
    gap, exact = BODY.gap(points, 0.0)
    assert np.abs(gap).max() < 1e-3
    assert np.degrees(np.arccos((normals * exact).sum(1))).max() < 3.0
    with pytest.raises(InputError, match="off the known skin"):
        skin.project([0.9, 0.0, 0.2])


def test_shapes(skin: SkinMap) -> None:
    lines = raster(skin, CENTER, (1.0, 0.0, 0.0), length_m=0.08, width_m=0.04, spacing_m=0.02)
    assert lines.length_m == pytest.approx(3 * 0.08 + 2 * 0.02, rel=0.05)
    turns = spiral(skin, CENTER, (0.0, 1.0, 0.0), radius_m=0.03, pitch_m=0.015)
    assert np.linalg.norm(turns.positions_m[-1, :2] - CENTER[:2]) == pytest.approx(0.03, abs=0.003)
    for sweep in (lines, turns):
        _, normals = BODY.gap(sweep.positions_m, 0.0)
        assert (-(sweep.rotations[:, :, 2] * normals).sum(1)).min() > math.cos(math.radians(6.0))
        assert np.allclose(sweep.rotations @ sweep.rotations.transpose(0, 2, 1), np.eye(3), atol=1e-9)


def test_feasible_sweep_gives_continuous_postures(robot: RobotModel, skin: SkinMap) -> None:
    sweep = along(skin, [[0.45, 0.0, 0.0], [0.55, 0.02, 0.0]], (0.0, 1.0, 0.0))
    postures = check_sweep(sweep, robot, skin)
    assert np.abs(np.diff(postures[1:], axis=0)).max() < 0.3
    assert np.linalg.norm(robot.probe_pose(postures[-1]).position_m - sweep.positions_m[-1]) < 1e-3


def test_path_through_the_body_is_refused(robot: RobotModel, skin: SkinMap) -> None:
    sweep = along(skin, [[0.45, 0.0, 0.0], [0.55, 0.0, 0.0]], (0.0, 1.0, 0.0))
    deep = Sweep(sweep.arc_m, sweep.positions_m - [0.0, 0.0, 0.03], sweep.rotations)
    with pytest.raises(InputError, match="through the body"):
        check_sweep(deep, robot, skin)


def test_out_of_reach_is_refused(robot: RobotModel) -> None:
    far = SkinMap.from_surface(BreathingBody(top_m=(1.1, 0.0, 0.3)), (1.1, 0.0, 0.3))
    sweep = along(far, [[1.08, 0.0, 0.0], [1.15, 0.0, 0.0]], (0.0, 1.0, 0.0))
    with pytest.raises(InputError, match="cannot be reached"):
        check_sweep(sweep, robot, far)


def test_self_collision_is_seen(robot: RobotModel) -> None:
    collision = SelfCollision(robot)
    assert collision.touching(robot.home_rad) == ""
    folded = np.array([0.0, 0.0, 0.0, -3.0, 0.0, 0.0, 0.0])
    assert " and " in collision.touching(folded)


def test_bad_numbers_are_refused(skin: SkinMap) -> None:
    with pytest.raises(InputError, match="two or more"):
        along(skin, [[0.5, 0.0, 0.0]], (0.0, 1.0, 0.0))
    with pytest.raises(InputError, match="positive"):
        raster(skin, CENTER, (1.0, 0.0, 0.0), length_m=-1.0, width_m=0.0, spacing_m=0.01)
    with pytest.raises(InputError, match="30 or more"):
        SkinMap(np.zeros((5, 3)))


def test_sweep_is_executed_with_a_pause(skin: SkinMap) -> None:
    arm = SimulatedArm(BODY)
    sweep = along(skin, [[0.47, 0.0, 0.0], [0.53, 0.0, 0.0]], (0.0, 1.0, 0.0))
    runner = SweepRunner(sweep, force_n=3.0, speed_m_s=0.02)
    forces, rested, behind_m = [], [], []
    for _ in range(400):
        target = runner.update(arm.time_s, arm.state())
        arm.command(target)
        arm.advance(1.0 / 15.0)
        if runner.phase is SweepPhase.SWEEP:
            forces.append(arm.plant.wrench[2])
            wanted_m = target.base_probe.position_m + target.velocity_m_s / 15.0
            behind_m.append((wanted_m - arm.plant.memory["position"][0])[0])
            if runner.arc_m > 0.03 and not rested:
                runner.pause()
            if runner.paused:
                rested.append(runner.arc_m)
                if len(rested) > 30:
                    runner.resume()
        if runner.phase is SweepPhase.DONE:
            break
    assert runner.phase is SweepPhase.DONE
    assert np.ptp(rested[10:30]) < 1e-6
    assert np.median(np.abs(behind_m)) < 5e-4
    assert np.abs(behind_m).max() < 2e-3
    assert np.abs(np.array(forces) - 3.0).max() < 0.3
    assert arm.state().contact is ContactState.FREE
