"""Plane estimates and measurements."""

from __future__ import annotations

import math

import numpy as np
from sonoreach_msgs.msg import Criterion as CriterionMsg
from sonoreach_msgs.msg import Measurement as MeasurementMsg
from sonoreach_msgs.msg import PlaneEstimate as PlaneEstimateMsg
from sonoreach_msgs.msg import PlaneOffset as PlaneOffsetMsg
from sonoreach_msgs.msg import SeenStructure as SeenStructureMsg

from sonoreach.errors import InputError
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import Criterion, PlaneEstimate, PlaneOffset, SeenStructure
from sonoreach_nodes.convert.common import from_array, pose_from_msg, set_array, set_header, set_pose, stamp_from_msg


def _offset_from_msg(msg: PlaneOffsetMsg) -> PlaneOffset:
    return PlaneOffset(msg.x_m, msg.y_m, msg.yaw_rad, msg.x_std_m, msg.y_std_m, msg.yaw_std_rad)


def _set_offset(msg: PlaneOffsetMsg, value: PlaneOffset) -> None:
    msg.x_m, msg.y_m, msg.yaw_rad = value.x_m, value.y_m, value.yaw_rad
    msg.x_std_m, msg.y_std_m, msg.yaw_std_rad = value.x_std_m, value.y_std_m, value.yaw_std_rad


def _structure_to_msg(value: SeenStructure) -> SeenStructureMsg:
    return SeenStructureMsg(
        structure=value.structure,
        area_m2=value.area_m2,
        x_m=value.x_m,
        z_m=value.z_m,
        edge_fraction=value.edge_fraction,
    )


def _criterion_to_msg(value: Criterion) -> CriterionMsg:
    return CriterionMsg(
        name=value.name, value=value.value, minimum=value.minimum, maximum=value.maximum, met=bool(value.met)
    )


def estimate_to_msg(value: PlaneEstimate) -> PlaneEstimateMsg:
    """What perception says of one image."""
    msg = PlaneEstimateMsg()
    set_header(msg.header, value.stamp_s, "probe")
    msg.frame_id = value.frame_id
    set_pose(msg.base_probe, value.base_probe)
    msg.wanted, msg.plane = value.wanted, value.plane
    msg.probability, msg.quality, msg.contact = value.probability, value.quality, value.contact
    msg.recognised = value.offset is not None
    if value.offset is not None:
        _set_offset(msg.offset, value.offset)
    msg.structures = [_structure_to_msg(s) for s in value.structures]
    msg.criteria = [_criterion_to_msg(c) for c in value.criteria]
    msg.qualified = value.qualified
    set_array(msg.labels, value.labels)
    msg.label_rows, msg.label_columns = value.labels.shape
    msg.label_x0_m, msg.label_dx_m = value.label_x0_m, value.label_dx_m
    msg.label_z0_m, msg.label_dz_m = value.label_z0_m, value.label_dz_m
    msg.model_hash = value.model_hash
    return msg


def estimate_from_msg(msg: PlaneEstimateMsg) -> PlaneEstimate:
    """What perception says of one image.

    Raises:
        InputError: probability, quality or contact is outside 0 to 1, or the label map does not fit its size.
    """
    for name in ("probability", "quality", "contact"):
        if not 0.0 <= getattr(msg, name) <= 1.0:
            raise InputError(f"an estimate's {name} must lie in 0 to 1, got {getattr(msg, name)}")
    return PlaneEstimate(
        stamp_s=stamp_from_msg(msg.header.stamp),
        frame_id=msg.frame_id,
        base_probe=pose_from_msg(msg.base_probe),
        wanted=msg.wanted,
        plane=msg.plane,
        probability=msg.probability,
        quality=msg.quality,
        contact=msg.contact,
        offset=_offset_from_msg(msg.offset) if msg.recognised else None,
        structures=tuple(SeenStructure(s.structure, s.area_m2, s.x_m, s.z_m, s.edge_fraction) for s in msg.structures),
        criteria=tuple(Criterion(c.name, c.value, c.minimum, c.maximum, c.met) for c in msg.criteria),
        labels=from_array(msg.labels, np.uint8, (msg.label_rows, msg.label_columns), "labels"),
        label_x0_m=msg.label_x0_m,
        label_dx_m=msg.label_dx_m,
        label_z0_m=msg.label_z0_m,
        label_dz_m=msg.label_dz_m,
        model_hash=msg.model_hash,
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def measurement_to_msg(value: Measurement) -> MeasurementMsg:
    """One measurement."""
    return MeasurementMsg(
        name=value.name,
        plane=value.plane,
        obtained=value.value is not None,
        value=_or_nan(value.value),
        unit=value.unit,
        method=value.method,
        uncertainty=_or_nan(value.uncertainty),
        source_frame_ids=[int(i) for i in value.source_frame_ids],
        calipers_m=[float(v) for point in value.calipers_m for v in point],
        not_obtained_because=value.not_obtained_because,
        truth=_or_nan(value.truth),
    )


def measurement_from_msg(msg: MeasurementMsg) -> Measurement:
    """One measurement; InputError when the calipers are not pairs."""
    calipers = from_array(msg.calipers_m, np.float64, (len(msg.calipers_m) // 2, 2), "calipers_m")
    return Measurement(
        name=msg.name,
        plane=msg.plane,
        value=_or_none(msg.value) if msg.obtained else None,
        unit=msg.unit,
        method=msg.method,
        uncertainty=_or_none(msg.uncertainty),
        source_frame_ids=tuple(int(i) for i in msg.source_frame_ids),
        calipers_m=tuple((float(x), float(z)) for x, z in calipers),
        not_obtained_because=msg.not_obtained_because,
        truth=_or_none(msg.truth),
    )
