"""The arm's rigid-body model: a URDF read by pinocchio, the probe added, and every number checked at the door."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pinocchio as pin
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sonoreach.control.robot_config import RobotConfig, ToolConfig
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]
SCHEME = "example-robot-data://"


@dataclass(frozen=True, eq=False)
class RobotModel:
    """A serial arm that holds the probe.

    Attributes:
        config: what it was built from.
        model: pinocchio model with the tool's inertia and the armature in it.
        urdf_xml: the URDF as used, without the dropped links.
        last_joint: index of the joint that carries the probe.
        link_probe: pose of the probe in that joint's frame.
        link_flange: pose of the flange in that joint's frame.
    """

    config: RobotConfig
    model: Any
    urdf_xml: str
    last_joint: int
    link_probe: Pose
    link_flange: Pose

    @classmethod
    def load(cls, name_or_path: str | Path = "panda") -> RobotModel:
        """Build a built-in robot, or one described by a YAML file.

        Raises:
            InputError: a file is missing or malformed, a link has no inertia, numbers do not fit the joints.
        """
        return cls.from_config(RobotConfig.load(name_or_path))

    @classmethod
    def from_config(cls, config: RobotConfig) -> RobotModel:
        """Build from a description; errors as `load`."""
        xml = _urdf_without(urdf_path(config, config.urdf), config.drop_links)
        try:
            model = pin.buildModelFromXML(xml)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"the URDF of '{config.name}' cannot be read: {error}") from error
        if not model.existFrame(config.flange):
            raise InputError(f"the URDF of '{config.name}' has no link '{config.flange}' to carry the probe")
        flange = model.frames[model.getFrameId(config.flange)]
        link_flange = Pose(flange.placement.translation.copy(), flange.placement.rotation.copy())
        rotation = Rotation.from_euler("xyz", config.tool.flange_probe_rpy_rad).as_matrix()
        link_probe = link_flange @ Pose(np.asarray(config.tool.flange_probe_m, dtype=np.float64), rotation)
        check_model(model, config)
        placement = pin.SE3(link_probe.rotation, link_probe.position_m)
        model.inertias[flange.parentJoint] += placement.act(tool_inertia(config.tool))
        model.addFrame(pin.Frame("probe", flange.parentJoint, placement, pin.FrameType.OP_FRAME))
        model.armature[:] = config.armature_kg_m2
        return cls(config, model, xml, int(flange.parentJoint), link_probe, link_flange)

    @property
    def n_joints(self) -> int:
        """Number of joints."""
        return int(self.model.nv)

    @property
    def home_rad(self) -> Array:
        """Home posture, shape (n_joints,) [rad]."""
        return np.asarray(self.config.home_rad, dtype=np.float64)

    def probe_pose(self, joint_position_rad: Array) -> Pose:
        """Pose of the probe in the base at a joint position, shape (n_joints,) [rad]; allocates: not for the loop."""
        data = self.model.createData()
        pin.forwardKinematics(self.model, data, joint_position_rad)
        link = data.oMi[self.last_joint]
        return Pose(link.translation.copy(), link.rotation.copy()) @ self.link_probe


def tool_inertia(tool: ToolConfig) -> Any:
    """Spatial inertia of the tool in the probe frame (pinocchio)."""
    xx, yy, zz = np.square(np.asarray(tool.gyration_m, dtype=np.float64)) * tool.mass_kg
    return pin.Inertia(float(tool.mass_kg), np.asarray(tool.com_m, dtype=np.float64), np.diag([xx, yy, zz]))


def urdf_path(config: RobotConfig, urdf: str) -> Path:
    """Where a URDF of a robot lies.

    Raises:
        InputError: it is not there.
    """
    if urdf.startswith(SCHEME):
        path = robot_data_directory() / "robots" / urdf.removeprefix(SCHEME)
    else:
        path = config.directory / urdf
    if not path.is_file():
        raise InputError(f"the URDF of '{config.name}' is not at {path}")
    return path


def collision_xml(config: RobotConfig) -> str:
    """The URDF that holds the collision shapes, without the dropped links."""
    return _urdf_without(urdf_path(config, config.collision_urdf or config.urdf), config.drop_links)


def robot_data_directory() -> Path:
    """Folder of the example-robot-data package, which is installed beside pinocchio."""
    for parent in Path(pin.__file__).resolve().parents:
        folder = parent / "share" / "example-robot-data"
        if folder.is_dir():
            return folder
    raise InputError("the package example-robot-data is not installed beside pinocchio")


def check_model(model: Any, config: RobotConfig) -> None:
    """Refuse a model whose numbers cannot be controlled.

    Raises:
        InputError: with the first thing that is wrong.
    """
    name, n = config.name, int(model.nv)
    if model.nq != model.nv or n < 6:
        raise InputError(f"robot '{name}' must have 6 or more revolute or prismatic joints with limits, got {n}")
    for joint in range(1, model.njoints):
        if not model.inertias[joint].mass > 0.0:
            raise InputError(f"the URDF of '{name}' gives no inertia for what joint '{model.names[joint]}' moves")
        if not model.lowerPositionLimit[joint - 1] < model.upperPositionLimit[joint - 1]:
            raise InputError(f"the URDF of '{name}' has inverted position limits at joint '{model.names[joint]}'")
    if not (np.all(model.effortLimit > 0) and np.all(model.velocityLimit > 0)):
        raise InputError(f"the URDF of '{name}' must give positive effort and velocity limits for every joint")
    lists = {"home_rad": config.home_rad, "armature_kg_m2": config.armature_kg_m2, **vars(config.friction)}
    for key, values in lists.items():
        numbers = np.asarray(values, dtype=np.float64)
        if numbers.shape != (n,):
            raise InputError(f"robot '{name}' has {n} joints, but {key} has {numbers.size} numbers")
        if not np.isfinite(numbers).all() or (key != "home_rad" and (numbers < 0).any()):
            raise InputError(f"{key} of robot '{name}' must be finite and not negative, got {list(values)}")
    if not 0.0 < config.tool.mass_kg < 5.0:
        raise InputError(f"the tool of '{name}' must weigh between 0 and 5 kg, got {config.tool.mass_kg}")
    home = np.asarray(config.home_rad)
    if (home < model.lowerPositionLimit).any() or (home > model.upperPositionLimit).any():
        raise InputError(f"home_rad of robot '{name}' lies outside its joint limits")


def _urdf_without(path: Path, drop_links: tuple[str, ...]) -> str:
    """The URDF's text without some links and the joints that lead to or from them."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise InputError(f"{path} is not XML: {error}") from error
    for element in list(root):
        ends = [e.get("link") for tag in ("parent", "child") if (e := element.find(tag)) is not None]
        if (element.tag == "link" and element.get("name") in drop_links) or any(end in drop_links for end in ends):
            root.remove(element)
    return ElementTree.tostring(root, encoding="unicode")
