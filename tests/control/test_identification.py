"""Friction and armature are found again in a recording of the simulated plant."""

from __future__ import annotations

import numpy as np
import pinocchio as pin
import pytest

from sonoreach.control.identification import identify
from sonoreach.control.robot import RobotModel
from sonoreach.errors import InputError
from sonoreach.simulation.arm.plant import ArmPlant, PlantOptions
from sonoreach.simulation.arm.surfaces import BreathingBody


@pytest.fixture(scope="module")
def robot() -> RobotModel:
    return RobotModel.load()


@pytest.fixture(scope="module")
def recording(robot: RobotModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten seconds of sines about the home posture under computed torque; drives without lag."""
    plant = ArmPlant(robot, BreathingBody(top_m=(0.5, 0.0, -5.0)), PlantOptions(torque_lag_hz=1e6))
    model, data = robot.model, robot.model.createData()
    rates = 2.0 * np.pi * np.linspace(0.2, 0.45, 7)
    rows = []
    for k in range(10_000):
        t = 1e-3 * k
        wanted = robot.home_rad + 0.25 * (1.0 - np.cos(rates * t)) - 0.1 * np.sin(0.5 * rates * t)
        pace = 0.25 * rates * np.sin(rates * t) - 0.05 * rates * np.cos(0.5 * rates * t)
        pull = 400.0 * (wanted - plant.q) + 40.0 * (pace - plant.v)
        torque = pin.rnea(model, data, plant.q, plant.v, pull).copy()
        rows.append((plant.q.copy(), torque))
        plant.step(torque, t)
    return np.arange(10_000) * 1e-3, np.array([r[0] for r in rows]), np.array([r[1] for r in rows])


def test_friction_and_armature_are_found(robot: RobotModel, recording: tuple[np.ndarray, ...]) -> None:
    found = identify(robot, *recording)
    truth = robot.config.friction
    np.testing.assert_allclose(found.friction.coulomb_nm, truth.coulomb_nm, rtol=0.1)
    np.testing.assert_allclose(found.friction.viscous_nm_s, truth.viscous_nm_s, rtol=0.15)
    np.testing.assert_allclose(found.armature_kg_m2, robot.config.armature_kg_m2, rtol=0.15)
    assert found.residual_nm.max() < 0.1


def test_poor_recordings_are_refused(robot: RobotModel, recording: tuple[np.ndarray, ...]) -> None:
    time_s, q, torque = recording
    with pytest.raises(InputError, match="500 or more"):
        identify(robot, time_s[:100], q[:100], torque[:100])
    still = q.copy()
    still[:, 2] = 0.0
    with pytest.raises(InputError, match="joint 3 must move"):
        identify(robot, time_s, still, torque)
    with pytest.raises(InputError, match="evenly"):
        identify(robot, time_s**2, q, torque)
    with pytest.raises(InputError, match="not finite"):
        identify(robot, time_s, np.where(q > 1e9, 0.0, np.nan), torque)
