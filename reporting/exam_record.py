"""The record of an exam, `exam.json`: everything that the report, the pictures and the DICOM objects are made of."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.reporting.jsonable import dump, jsonable
from sonoreach.reporting.outlines import outlines
from sonoreach.types.exam import CapturedPlane, PlaneResult
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneSpec
from sonoreach.types.registration import PatientRegistration

SCHEMA = "sonoreach-exam/1"
SKIN_POINTS = 500
Record = dict[str, Any]


def build_record(
    header: ExamHeader,
    results: Sequence[PlaneResult],
    captures: Mapping[str, CapturedPlane],
    measurements: Sequence[Measurement],
    timeline: Sequence[Mapping[str, Any]],
    frames: Mapping[str, Sequence[Any]],
    start_stamp_s: float,
    ended: str,
    registration: Record | None = None,
) -> Record:
    """Put the record together; every value is JSON-like and the same for the same exam, wall clock left out.

    Args:
        header: what was told before the start.
        results: outcome of each plane; planes of the header that are missing count as not reached.
        captures: latest capture of each plane.
        measurements: all measurements, obtained or not.
        timeline: decisions in order, with `time_s` since the start.
        frames: columns of numbers, a value a frame.
        start_stamp_s: stamp of the exam's time zero [s].
        ended: "" when the exam came to its end, else why not.
        registration: where the patient lies, as `registration_record` gives it.
    """
    planes = [_plane(spec, results, captures, start_stamp_s, ended) for spec in header.planes]
    columns = dict(jsonable(frames))
    record = {
        "schema": SCHEMA,
        "protocol": header.protocol,
        "title": header.title,
        "title_zh": header.title_zh,
        "patient_id": header.patient_id,
        "patient_name": header.patient_name,
        "patient_seed": header.patient_seed,
        "simulated": header.simulated,
        "composition": header.composition,
        "model_hash": header.model_hash,
        "software_version": header.software_version,
        "station": header.station,
        "probe": header.probe,
        "seed": header.seed,
        "force_n": header.force_n,
        "parameters": header.parameters,
        "start_stamp_s": start_stamp_s,
        "ended": ended,
        "planes": planes,
        "measurements": [_measurement(m) for m in complete(header.planes, planes, measurements)],
        "timeline": list(timeline),
        "frames": columns,
        "summary": summary(planes, columns),
        "registration": registration or {},
    }
    record = dict(jsonable(record))
    # Exact stamps and hashes of the content, which also names the DICOM identifiers.
    record["start_stamp_s"] = float(start_stamp_s)
    record["content_sha256"] = content_sha256(record)
    return record


def content_sha256(record: Mapping[str, Any]) -> str:
    """Hash of everything in a record that is the same in each run of the same exam."""
    content = {key: value for key, value in record.items() if key not in ("content_sha256", "wall_clock")}
    return hashlib.sha256(dump(content).encode()).hexdigest()


def _plane(
    spec: PlaneSpec,
    results: Sequence[PlaneResult],
    captures: Mapping[str, CapturedPlane],
    start_stamp_s: float,
    ended: str,
) -> Record:
    result = next((r for r in reversed(results) if r.plane == spec.name), None)
    capture = captures.get(spec.name)
    obtained = result is not None and result.obtained and capture is not None
    reason = result.not_obtained_because if result else f"the exam ended before this plane was finished: {ended}"
    if not obtained and not reason:
        reason = "no image was captured"
    plane: Record = {
        "plane": spec.name,
        "title": spec.title,
        "title_zh": spec.title_zh,
        "orientation": spec.orientation,
        "side": spec.side,
        "obtained": obtained,
        "not_obtained_because": "" if obtained else reason,
        "seconds": result.seconds if result else None,
    }
    if obtained and capture is not None:
        plane.update(_capture(capture, start_stamp_s))
    return plane


def _capture(capture: CapturedPlane, start_stamp_s: float) -> Record:
    image, estimate, state = capture.image, capture.estimate, capture.state
    return {
        "frame_id": image.frame_id,
        "time_s": image.stamp_s - start_stamp_s,
        "quality": estimate.quality,
        "probability": estimate.probability,
        "acoustic_contact": estimate.contact,
        "force_n": state.force_n,
        "position_m": image.base_probe.position_m,
        "quaternion_xyzw": image.base_probe.quaternion,
        "model_hash": estimate.model_hash,
        "criteria": estimate.criteria,
        "structures": estimate.structures,
        "outlines_mm": outlines(estimate),
        "source": image.source,
        "center_frequency_hz": image.center_frequency_hz,
        "sound_speed_m_s": image.sound_speed_m_s,
        "dynamic_range_db": image.dynamic_range_db,
        "pixels_sha256": hashlib.sha256(np.ascontiguousarray(image.pixels).tobytes()).hexdigest(),
        "dicom_image": f"dicom/{capture.plane}.dcm",
        "dicom_cine": f"dicom/{capture.plane}_cine.dcm",
    }


def _measurement(measurement: Measurement) -> Record:
    value, truth = measurement.value, measurement.truth
    return {
        "name": measurement.name,
        "plane": measurement.plane,
        "value": value,
        "unit": measurement.unit,
        "uncertainty": measurement.uncertainty,
        "method": measurement.method,
        "source_frame_ids": measurement.source_frame_ids,
        "calipers_mm": [[x * 1e3, z * 1e3] for x, z in measurement.calipers_m],
        "not_obtained_because": measurement.not_obtained_because,
        "truth": truth,
        "error": value - truth if value is not None and truth is not None else None,
    }


def complete(
    specs: Sequence[PlaneSpec], planes: Sequence[Record], measurements: Sequence[Measurement]
) -> list[Measurement]:
    """The measurements in the protocol's order, volumes last, with a "not obtained" for each that nobody gave."""
    wanted = {
        name: Measurement(name, spec.name, None, "mm", "", not_obtained_because=_reason(plane))
        for spec, plane in zip(specs, planes, strict=True)
        for name in spec.measurements
    }
    for length in [name for name in wanted if name.endswith("_lobe_length")]:
        volume = f"{length.removesuffix('_length')}_volume"
        because = "the lobe's length was not obtained"
        wanted[volume] = Measurement(volume, "", None, "mL", "", not_obtained_because=because)
    return list((wanted | {m.name: m for m in measurements}).values())


def _reason(plane: Record) -> str:
    return "the exam ended before it was measured" if plane["obtained"] else "its plane was not obtained"


def registration_record(registration: PatientRegistration) -> Record:
    """Landmarks, directions and a thinned skin cloud, for the pictures [m]."""
    step = max(1, len(registration.skin_points_m) // SKIN_POINTS)
    return {
        "landmarks_m": {name: np.round(point, 5) for name, point in registration.landmarks_m.items()},
        "superior": registration.superior,
        "left": registration.left,
        "skin_points_m": np.round(registration.skin_points_m[::step], 4),
    }


def summary(planes: Sequence[Record], frames: Mapping[str, Sequence[Any]]) -> Record:
    """Figures of the whole exam: planes, frames, seconds, and the force while it was under control [N]."""
    times = [t for t in frames.get("time_s", ()) if t is not None]
    rows = zip(
        frames.get("force_n", ()), frames.get("target_force_n", ()), frames.get("contact_state", ()), strict=True
    )
    pressed = [(f, t) for f, t, state in rows if state == "scan" and f is not None and t is not None]
    forces = [f for f in frames.get("force_n", ()) if f is not None]
    return {
        "planes_total": len(planes),
        "planes_obtained": sum(plane["obtained"] for plane in planes),
        "frames": len(times),
        "duration_s": times[-1] - times[0] if times else 0.0,
        "force_peak_n": max(forces) if forces else None,
        "force_mean_n": sum(f for f, _ in pressed) / len(pressed) if pressed else None,
        "force_rmse_n": math.sqrt(sum((f - t) ** 2 for f, t in pressed) / len(pressed)) if pressed else None,
    }
