"""Description of an arm with its probe, read from YAML: which URDF, which flange, which friction."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sonoreach.errors import InputError

BUILT_IN = Path(__file__).parent / "robots"


@dataclass(frozen=True)
class ToolConfig:
    """The probe with its bracket.

    Attributes:
        mass_kg: mass of everything beyond the flange's force sensor [kg].
        com_m: centre of mass in the probe frame [m].
        gyration_m: radii of gyration about the centre of mass along the probe's axes [m].
        flange_probe_m, flange_probe_rpy_rad: pose of the probe frame in the flange [m], [rad].
    """

    mass_kg: float = 0.35
    com_m: tuple[float, ...] = (0.0, 0.0, -0.07)
    gyration_m: tuple[float, ...] = (0.045, 0.045, 0.02)
    flange_probe_m: tuple[float, ...] = (0.0, 0.0, 0.15)
    flange_probe_rpy_rad: tuple[float, ...] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class FrictionConfig:
    """Joint friction, one number a joint (see `sonoreach.control.friction`)."""

    coulomb_nm: tuple[float, ...]
    static_nm: tuple[float, ...]
    stribeck_rad_s: tuple[float, ...]
    viscous_nm_s: tuple[float, ...]


@dataclass(frozen=True)
class RobotConfig:
    """An arm with its probe.

    Attributes:
        name: for people.
        urdf: file, relative to the YAML, or example-robot-data://… for a robot of that package.
        flange: URDF link that carries the force sensor and the probe.
        home_rad: posture preferred by the null space, also the start of the simulation [rad].
        armature_kg_m2: rotor inertia reflected to the joint [kg m²].
        friction: joint friction.
        tool: the probe.
        collision_urdf: file with simpler collision shapes; "": those of `urdf`.
        drop_links: URDF links left out (a gripper that is not mounted).
        torque_rate_nm_s: fastest change of a joint torque [N m/s].
        directory: where a relative `urdf` is looked for.
    """

    name: str
    urdf: str
    flange: str
    home_rad: tuple[float, ...]
    armature_kg_m2: tuple[float, ...]
    friction: FrictionConfig
    tool: ToolConfig = field(default_factory=ToolConfig)
    collision_urdf: str = ""
    drop_links: tuple[str, ...] = ()
    torque_rate_nm_s: float = 1000.0
    directory: Path = BUILT_IN

    @classmethod
    def load(cls, name_or_path: str | Path) -> RobotConfig:
        """Read a built-in robot by name ("panda", "ur5", "ur10", "xarm7") or a YAML file by path.

        Raises:
            InputError: no such robot, not YAML, a missing or unknown key.
        """
        path = BUILT_IN / f"{name_or_path}.yaml"
        if not path.is_file():
            path = Path(name_or_path)
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in BUILT_IN.glob("*.yaml")))
            raise InputError(f"no robot named '{name_or_path}': give a YAML file or one of {known}")
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not readable YAML: {error}") from error
        config: RobotConfig = _build(cls, content, str(path))
        return dataclasses.replace(config, directory=path.parent)


def _build(kind: Any, content: Any, where: str) -> Any:
    """Fill a dataclass from a mapping, refusing unknown and missing keys, nested dataclasses included."""
    if not isinstance(content, dict):
        raise InputError(f"{where} must be a mapping of keys, got {type(content).__name__}")
    fields = {f.name: f for f in dataclasses.fields(kind) if f.name != "directory"}
    unknown = sorted(set(content) - set(fields))
    if unknown:
        raise InputError(f"{where} has the unknown key '{unknown[0]}'; allowed are {', '.join(fields)}")
    nested = {"tool": ToolConfig, "friction": FrictionConfig}
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key in nested:
            values[key] = _build(nested[key], value, f"{where}: {key}")
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(f"{where} lacks a key: {str(error).split('missing ')[-1]}") from error
