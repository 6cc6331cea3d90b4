"""Tool calibration on made-up readings and on the simulated arm."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.control.calibration import calibrate_tool, calibration_poses, record_calibration
from sonoreach.errors import InputError
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.plant import PlantOptions
from sonoreach.simulation.arm.surfaces import BreathingBody
from sonoreach.types.pose import Pose

CENTER = Pose.from_axes([0.5, 0.0, 0.35], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
BIAS = np.array([0.3, -0.2, 0.5, 0.01, -0.02, 0.03])
MASS, COM = 0.4, np.array([0.005, -0.01, -0.07])


def readings(rotations: np.ndarray, noise: float = 0.0) -> np.ndarray:
    lift = MASS * 9.81 * rotations[:, 2, :]
    exact = np.concatenate([lift, np.cross(COM, lift)], axis=1) + BIAS
    return exact + noise * np.random.default_rng(1).standard_normal(exact.shape)


def test_exact_readings_give_the_tool_back() -> None:
    rotations = np.array([pose.rotation for pose in calibration_poses(CENTER)])
    found = calibrate_tool(rotations, readings(rotations))
    assert found.mass_kg == pytest.approx(MASS, abs=1e-9)
    np.testing.assert_allclose(found.com_m, COM, atol=1e-9)
    np.testing.assert_allclose(found.bias, BIAS, atol=1e-9)


def test_errors_agree_with_their_covariance() -> None:
    rotations = np.array([pose.rotation for pose in calibration_poses(CENTER)] * 20)
    found = calibrate_tool(rotations, readings(rotations, noise=0.02))
    assert abs(found.mass_kg - MASS) < 4.0 * found.mass_std_kg
    assert (np.abs(found.bias - BIAS) < 4.0 * found.bias_std).all()
    assert (np.abs(found.com_m - COM) < 4.0 * found.com_std_m).all()


def test_degenerate_poses_are_refused() -> None:
    alike = np.array([pose.rotation for pose in calibration_poses(CENTER, tilt_rad=0.02)])
    with pytest.raises(InputError, match="too alike"):
        calibrate_tool(alike, readings(alike))
    with pytest.raises(InputError, match="6 or more"):
        calibrate_tool(alike[:5], readings(alike[:5]))
    apart = np.array([pose.rotation for pose in calibration_poses(CENTER)])
    with pytest.raises(InputError, match="not finite"):
        calibrate_tool(apart, np.where(np.eye(8, 6) > 0, np.nan, readings(apart)))
    with pytest.raises(InputError, match="no rigid tool"):
        calibrate_tool(apart, 5.0 * np.random.default_rng(2).standard_normal((8, 6)))


def test_simulated_arm_finds_its_own_tool() -> None:
    options = PlantOptions(tool_mass_scale=1.1, force_bias_n=(0.2, -0.1, 0.3))
    arm = SimulatedArm(BreathingBody(top_m=(0.5, 0.0, -1.0)), options=options)
    found = record_calibration(arm, calibration_poses(CENTER))
    assert found.mass_kg == pytest.approx(0.385, abs=0.01)
    np.testing.assert_allclose(found.com_m, [0.0, 0.0, -0.07], atol=0.005)
    np.testing.assert_allclose(found.bias[:3], [0.2, -0.1, 0.3], atol=0.06)
    arm.controller.use_calibration(found)
    arm.advance(0.3)
    assert np.abs(arm.state().wrench[:3]).max() < 0.15
