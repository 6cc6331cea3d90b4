"""The plant: contact against its formula, energy, friction at rest, and MuJoCo as an independent judge."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pinocchio as pin
import pytest

from sonoreach.control.robot import RobotModel
from sonoreach.simulation.arm.plant import ArmPlant, PlantOptions
from sonoreach.simulation.arm.surfaces import BreathingBody

FAR = BreathingBody(top_m=(0.5, 0.0, -5.0))


@pytest.fixture(scope="module")
def robot() -> RobotModel:
    return RobotModel.load()


def gravity(robot: RobotModel, q: np.ndarray) -> np.ndarray:
    return np.array(pin.computeGeneralizedGravity(robot.model, robot.model.createData(), q))


def test_friction_holds_an_arm_at_rest(robot: RobotModel) -> None:
    plant = ArmPlant(robot, FAR, PlantOptions())
    torque = gravity(robot, plant.q) + 0.5 * np.array(robot.config.friction.coulomb_nm)
    for k in range(1000):
        plant.step(torque, 1e-3 * k)
    assert np.abs(plant.v).max() < 2e-3


def test_pressed_face_feels_the_stiffness_and_its_tilt(robot: RobotModel) -> None:
    depth_m = 0.005
    pose = robot.probe_pose(robot.home_rad)
    body = BreathingBody(top_m=(0.5, 0.0, float(pose.position_m[2]) + depth_m), stiffness_n_m=600.0, damping_s_m=0.0)
    plant = ArmPlant(robot, body, PlantOptions(rate_hz=1e6))
    plant.step(gravity(robot, plant.q), 0.0)
    assert plant.wrench[2] == pytest.approx(600.0 * depth_m, rel=1e-3)
    assert np.abs(plant.wrench[3:]).max() < 1e-3
    tilted = robot.home_rad.copy()
    tilted[5] += 0.05
    plant.reset(tilted)
    plant.step(gravity(robot, tilted), 0.0)
    assert np.abs(plant.wrench[3:5]).max() > 1e-4


def test_firm_layer_adds_its_own_stiffness(robot: RobotModel) -> None:
    top = (0.5, 0.0, float(robot.probe_pose(robot.home_rad).position_m[2]) + 0.008)
    body = BreathingBody(top_m=top, stiffness_n_m=300.0, damping_s_m=0.0, firm_depth_m=0.005, firm_stiffness_n_m=900.0)
    plant = ArmPlant(robot, body, PlantOptions(rate_hz=1e6))
    plant.step(gravity(robot, plant.q), 0.0)
    assert plant.wrench[2] == pytest.approx(300.0 * 0.005 + 900.0 * 0.003, rel=1e-3)


def test_compiled_and_generic_surface_agree(robot: RobotModel) -> None:
    class Plain:
        """The same body without its compiled function."""

        def __init__(self, body: BreathingBody) -> None:
            self.gap, self.stiffness_n_m, self.damping_s_m = body.gap, body.stiffness_n_m, body.damping_s_m

    body = BreathingBody(top_m=(0.5, 0.0, 0.302), radius_m=0.1, breath_m=0.002)
    ends = []
    for surface in (body, Plain(body)):
        plant = ArmPlant(robot, surface, PlantOptions())  # type: ignore[arg-type]
        for k in range(300):
            plant.step(gravity(robot, robot.home_rad), 1e-3 * k)
        ends.append(plant.q.copy())
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-12)


def test_free_motion_agrees_with_mujoco(robot: RobotModel, tmp_path: Path) -> None:
    """Half a second of free fall under a torque, without friction, from the same URDF in both engines."""
    mujoco = pytest.importorskip("mujoco", reason="mujoco comes with the extra 'bench'")
    xml = re.sub(r"<(visual|collision)>.*?</\1>", "", robot.urdf_xml, flags=re.S)
    tool = robot.model.inertias[robot.last_joint]
    compiler = '<mujoco><compiler fusestatic="true" discardvisual="true" balanceinertia="false"/></mujoco></robot>'
    (tmp_path / "arm.urdf").write_text(xml.replace("</robot>", compiler))
    judge = mujoco.MjModel.from_xml_path(str(tmp_path / "arm.urdf"))
    judge.opt.timestep, judge.opt.integrator = 1e-4, mujoco.mjtIntegrator.mjINT_EULER
    judge.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    judge.dof_armature[:] = robot.config.armature_kg_m2
    judge.dof_damping[:] = 0.0
    body = judge.nbody - 1
    judge.body_mass[body], judge.body_ipos[body] = tool.mass, tool.lever
    moments, axes = np.linalg.eigh(tool.inertia)
    axes[:, 2] *= np.sign(np.linalg.det(axes))
    judge.body_inertia[body] = moments
    mujoco.mju_mat2Quat(judge.body_iquat[body], axes.ravel())
    data = mujoco.MjData(judge)
    mujoco.mj_setConst(judge, data)
    data.qpos[:] = robot.home_rad
    plant = ArmPlant(robot, FAR, PlantOptions(rate_hz=10_000.0, torque_lag_hz=1e7, friction_scale=0.0))
    torque = gravity(robot, robot.home_rad) + np.array([1.0, -2.0, 1.0, 2.0, 0.3, -0.3, 0.1])
    for k in range(5000):
        plant.step(torque, 1e-4 * k)
        data.qfrc_applied[:] = torque
        mujoco.mj_step(judge, data)
    assert np.abs(plant.q - robot.home_rad).max() > 0.1
    np.testing.assert_allclose(plant.q, data.qpos, atol=2e-4)
    np.testing.assert_allclose(plant.v, data.qvel, atol=2e-3)
