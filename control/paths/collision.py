"""Self-collision of arm and probe, with the collision shapes of the URDF (coal through pinocchio)."""

from __future__ import annotations

import coal
import numpy as np
import pinocchio as pin
from numpy.typing import NDArray

from sonoreach.control.robot import RobotModel, collision_xml, robot_data_directory

Array = NDArray[np.float64]
PROBE_RADIUS_M = 0.03
NEIGHBOURS = 1  # links this many joints apart always touch


class SelfCollision:
    """Checks a joint position for links that touch.

    Pairs of neighbouring links, and pairs that touch in the home posture, are left out.

    Args:
        robot: the arm.
        security_margin_m: distance below which links count as touching [m].
    """

    def __init__(self, robot: RobotModel, security_margin_m: float = 0.01) -> None:
        self._model, self._data = robot.model, robot.model.createData()
        folders = [str(robot_data_directory().parent), str(robot.config.directory)]
        self._geometry = pin.buildGeomFromUrdfString(
            self._model, collision_xml(robot.config), pin.GeometryType.COLLISION, package_dirs=folders
        )
        self._add_probe(robot)
        objects = self._geometry.geometryObjects
        for i in range(len(objects)):
            for j in range(i + 1, len(objects)):
                if abs(objects[i].parentJoint - objects[j].parentJoint) > NEIGHBOURS:
                    self._geometry.addCollisionPair(pin.CollisionPair(i, j))
        self._geometry_data = self._geometry.createData()
        for request in self._geometry_data.collisionRequests:
            request.security_margin = security_margin_m
        self._ignored = frozenset(self._touching(robot.home_rad))

    def touching(self, q: Array) -> str:
        """The first pair of links that touch at a joint position, shape (n_joints,) [rad]; "" when none do."""
        pairs = [pair for pair in self._touching(q) if pair not in self._ignored]
        return pairs[0] if pairs else ""

    def _touching(self, q: Array) -> list[str]:
        """Names of all pairs that touch."""
        pin.computeCollisions(self._model, self._data, self._geometry, self._geometry_data, q, False)
        objects = self._geometry.geometryObjects
        return [
            f"{objects[pair.first].name} and {objects[pair.second].name}"
            for pair, result in zip(self._geometry.collisionPairs, self._geometry_data.collisionResults, strict=True)
            if result.isCollision()
        ]

    def _add_probe(self, robot: RobotModel) -> None:
        """A capsule from the flange to the face."""
        length = float(np.linalg.norm(robot.config.tool.flange_probe_m))
        straight = max(length - 2.0 * PROBE_RADIUS_M, 0.01)
        middle = robot.link_probe.position_m - robot.link_probe.rotation[:, 2] * 0.5 * length
        placement = pin.SE3(robot.link_probe.rotation, middle)
        shape = coal.Capsule(PROBE_RADIUS_M, straight)
        frame = robot.model.getFrameId("probe")
        self._geometry.addGeometryObject(pin.GeometryObject("probe", robot.last_joint, frame, placement, shape))
