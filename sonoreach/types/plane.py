"""Standard planes: what is wanted, and what an image shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.pose import Pose

Orientation = Literal["transverse", "longitudinal"]
Side = Literal["right", "left", "middle"]


@dataclass(frozen=True)
class StructureRule:
    """What a plane asks of one structure.

    Attributes:
        structure: lower-case name of a `Structure`.
        min_area_m2: least visible area [m²].
        max_edge_fraction: largest fraction of the structure's outline on the image's border (0 = whole).
        max_offset_m: largest lateral distance of its centroid from the image centre [m]; inf: anywhere.
    """

    structure: str
    min_area_m2: float = 0.0
    max_edge_fraction: float = 1.0
    max_offset_m: float = float("inf")


@dataclass(frozen=True)
class PlaneSpec:
    """One standard plane of a protocol.

    Attributes:
        name: identifier, e.g. "right_transverse".
        title: text for people (English), and title_zh (Chinese).
        orientation, side: how the probe lies on the neck.
        rules: structures that must be seen.
        min_probability: least probability of this plane from the network (0-1).
        min_quality: least image quality (0-1).
        min_contact: least fraction of the aperture in acoustic contact (0-1).
        max_offset_m, max_out_of_plane_m, max_yaw_rad: how far the estimated pose of the ideal plane may be.
        max_speed_m_s: probe speed below which a frame counts as still [m/s].
        hold_s: time during which all criteria must hold before capture [s].
        time_limit_s: time after which the plane is given up [s].
        measurements: names of the measurements taken on it.
    """

    name: str
    title: str
    title_zh: str
    orientation: Orientation
    side: Side
    rules: tuple[StructureRule, ...] = ()
    min_probability: float = 0.5
    min_quality: float = 0.5
    min_contact: float = 0.8
    max_offset_m: float = 0.005
    max_out_of_plane_m: float = 0.005
    max_yaw_rad: float = 0.2
    max_speed_m_s: float = 0.005
    hold_s: float = 0.4
    time_limit_s: float = 40.0
    measurements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """One named criterion of a plane, as judged on one image: met when minimum ≤ value ≤ maximum."""

    name: str
    value: float
    minimum: float
    maximum: float
    met: bool


@dataclass(frozen=True)
class SeenStructure:
    """A structure in one image: area [m²], centroid lateral/depth [m], fraction of outline on the border."""

    structure: str
    area_m2: float
    x_m: float
    z_m: float
    edge_fraction: float


@dataclass(frozen=True)
class PlaneOffset:
    """Pose of the wanted plane relative to the probe, with standard deviations.

    Attributes:
        x_m: along probe x [m]; y_m: along probe y (elevation) [m]; yaw_rad: about probe z [rad].
        x_std_m, y_std_m, yaw_std_rad: one standard deviation of each, as the network predicts it.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    x_std_m: float
    y_std_m: float
    yaw_std_rad: float


@dataclass(frozen=True, eq=False)
class PlaneEstimate:
    """What perception says of one image with respect to the wanted plane.

    Attributes:
        stamp_s, frame_id, base_probe: of the image.
        wanted: name of the plane that was asked for.
        plane: most probable plane name, "" when none.
        probability: probability of the wanted plane (0-1).
        quality: image quality (0-1).
        contact: fraction of the aperture in acoustic contact (0-1).
        offset: where the wanted plane lies; None when nothing is recognised.
        structures: structures seen.
        criteria: every criterion of the wanted plane, met or missed.
        labels: uint8 `Structure` map of the image plane, shape (n_depth, n_lateral), coarse grid.
        label_x0_m, label_dx_m, label_z0_m, label_dz_m: geometry of `labels` [m].
        model_hash: SHA-256 of the model file.
    """

    stamp_s: float
    frame_id: int
    base_probe: Pose
    wanted: str
    plane: str
    probability: float
    quality: float
    contact: float
    offset: PlaneOffset | None
    structures: tuple[SeenStructure, ...]
    criteria: tuple[Criterion, ...]
    labels: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    label_x0_m: float = 0.0
    label_dx_m: float = 0.0
    label_z0_m: float = 0.0
    label_dz_m: float = 0.0
    model_hash: str = ""

    @property
    def qualified(self) -> bool:
        """Whether every criterion is met (an estimate without criteria never qualifies)."""
        return bool(self.criteria) and all(c.met for c in self.criteria)
