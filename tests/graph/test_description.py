"""The URDF that viewers see is the arm that the controller believes in."""

from pathlib import Path

import numpy as np
import pinocchio as pin

from sonoreach.control.robot import RobotModel

URDF = Path(__file__).parents[2] / "ros_ws" / "src" / "sonoreach_description" / "urdf" / "panda_l50.urdf"


def test_the_probe_is_where_the_controller_has_it() -> None:
    robot, model = RobotModel.load("panda"), pin.buildModelFromUrdf(str(URDF))
    assert list(model.names) == list(robot.model.names)
    np.testing.assert_allclose(model.lowerPositionLimit, robot.model.lowerPositionLimit)
    data, q = model.createData(), robot.home_rad + 0.1
    pin.framesForwardKinematics(model, data, q)
    pose, expected = data.oMf[model.getFrameId("probe")], robot.probe_pose(q)
    np.testing.assert_allclose(pose.translation, expected.position_m, atol=1e-6)
    np.testing.assert_allclose(pose.rotation, expected.rotation, atol=1e-6)
    masses = [sum(i.mass for i in m.inertias) for m in (model, robot.model)]
    np.testing.assert_allclose(masses[0], masses[1], rtol=1e-6)


def test_the_image_plane_has_depth_as_its_second_axis() -> None:
    model = pin.buildModelFromUrdf(str(URDF))
    data = model.createData()
    pin.framesForwardKinematics(model, data, pin.neutral(model))
    probe, image = (data.oMf[model.getFrameId(name)] for name in ("probe", "image"))
    np.testing.assert_allclose(image.rotation[:, 0], probe.rotation[:, 0], atol=1e-6)
    np.testing.assert_allclose(image.rotation[:, 1], probe.rotation[:, 2], atol=1e-6)
