"""Comprehensive SR after TID 1500 "Measurement Report": one group for each part of the gland (PS3.16 TID 1500)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code as HighdicomCode
from pydicom.uid import ComprehensiveSRStorage

from sonoreach.reporting.dicom import codes
from sonoreach.reporting.dicom.codes import Code
from sonoreach.reporting.dicom.study import MANUFACTURER, Study
from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.vocabulary import measurement_title

# Part of the thyroid -> its code; a measurement belongs to the part that its name begins with.
SITES = {"right_lobe": codes.RIGHT_LOBE, "left_lobe": codes.LEFT_LOBE, "isthmus": codes.ISTHMUS}
QUANTITIES = {
    "length": codes.LENGTH,
    "width": codes.WIDTH,
    "depth": codes.DEPTH,
    "volume": codes.VOLUME,
    "thickness": codes.THICKNESS,
}
UNITS = {"mm": Code("mm", "UCUM", "millimeter"), "mL": Code("mL", "UCUM", "milliliter")}
SERIES = "Measurement report"


@dataclass(frozen=True)
class ReferencedImage:
    """A captured plane as the report refers to it: the DICOM image and the same image with its geometry."""

    dataset: Dataset
    display: DisplayImage


def structured_report(record: Mapping[str, Any], images: Mapping[str, ReferencedImage], study: Study) -> Dataset:
    """Build the measurement report.

    Args:
        record: the exam's record (exam.json).
        images: name of each captured plane -> its image.
        study: the study it belongs to.
    """
    evidence = [image.dataset for image in images.values()]
    content = sr.MeasurementReport(
        observation_context=_observers(record, study),
        procedure_reported=_code(codes.US_THYROID_REPORT),
        title=_code(codes.IMAGING_MEASUREMENT_REPORT),
        imaging_measurements=_groups(record, images, study),
        referenced_images=evidence or None,
    )
    report = sr.ComprehensiveSR(
        # Without any image there is still a report, of what was not obtained: patient and study come from a blank.
        evidence=evidence or [study.instance(ComprehensiveSRStorage, SERIES, 3, 1, "SR")],
        content=content,
        series_instance_uid=study.uid("series", SERIES),
        series_number=3,
        sop_instance_uid=study.uid("instance", SERIES, 1),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=not record["ended"],
        is_final=False,
        record_evidence=bool(evidence),
        series_description=SERIES,
        manufacturer_model_name=study.model_name,
        software_versions=study.software_version,
        device_serial_number=study.serial_number,
    )
    report.StationName = study.station[:16]
    # highdicom takes these from the clock; the exam's own time makes the same exam give the same file.
    for prefix in ("Content", "InstanceCreation"):
        setattr(report, f"{prefix}Date", study.date or report.ContentDate)
        setattr(report, f"{prefix}Time", study.time or report.ContentTime)
    for equipment in report.get("ContributingEquipmentSequence", ()):
        equipment.pop("ContributionDateTime", None)
    return report


def _observers(record: Mapping[str, Any], study: Study) -> sr.ObservationContext:
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=study.uid("device", record["station"]),
        name=record["station"],
        manufacturer_name=MANUFACTURER,
        model_name=study.model_name,
        serial_number=study.serial_number,
    )
    context = sr.ObserverContext(HighdicomCode("121007", "DCM", "Device"), device)
    return sr.ObservationContext(observer_device_context=context)


def _groups(record: Mapping[str, Any], images: Mapping[str, ReferencedImage], study: Study) -> list[Any]:
    algorithm = sr.AlgorithmIdentification(
        name="SonoReach measurement",
        version=record["software_version"],
        parameters=[f"perception model SHA-256 {record['model_hash']}"],
    )
    groups = []
    for part, site in SITES.items():
        rows = [m for m in record["measurements"] if m["name"].startswith(part)]
        rows = [m for m in rows if m["name"].rpartition("_")[2] in QUANTITIES and m["unit"] in UNITS]
        if not rows:
            continue
        group = sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=sr.TrackingIdentifier(uid=study.uid("tracking", part), identifier=part),
            finding_type=_code(codes.THYROID),
            finding_sites=[sr.FindingSite(_code(site))],
            algorithm_id=algorithm,
            measurements=[_measurement(row, images, study) for row in rows if row["value"] is not None],
            qualitative_evaluations=[_missing(row, images) for row in rows if row["value"] is None],
        )
        group[0].ContentSequence.extend(_comment(row) for row in rows)
        groups.append(group)
    return groups


def _measurement(row: Mapping[str, Any], images: Mapping[str, ReferencedImage], study: Study) -> sr.Measurement:
    quantity = row["name"].rpartition("_")[2]
    image = images.get(row["plane"])
    calipers = row["calipers_mm"]
    return sr.Measurement(
        name=_code(QUANTITIES[quantity]),
        value=float(f"{row['value']:.4g}"),
        unit=_code(UNITS[row["unit"]]),
        tracking_identifier=sr.TrackingIdentifier(uid=study.uid("tracking", row["name"]), identifier=row["name"]),
        method=_code(codes.ELLIPSOID_METHOD) if quantity == "volume" else None,
        properties=_uncertainty(row) if row["uncertainty"] is not None else None,
        referenced_images=[_source(image)] if image and not calipers else None,
        referenced_coordinates=[_caliper(calipers, image)] if image and calipers else None,
    )


def _missing(row: Mapping[str, Any], images: Mapping[str, ReferencedImage]) -> sr.QualitativeEvaluation:
    """Why there is no number, as a code of CID 42; the sentence stands in the group's comment.

    An empty NUM with a qualifier would be legal too, but common readers, highdicom among them, stumble over it.
    """
    why = codes.MEASUREMENT_FAILURE if row["plane"] in images else codes.MEASUREMENT_NOT_ATTEMPTED
    return sr.QualitativeEvaluation(name=_code(QUANTITIES[row["name"].rpartition("_")[2]]), value=_code(why))


def _uncertainty(row: Mapping[str, Any]) -> sr.MeasurementProperties:
    """Plus and minus one standard deviation, in the unit of the measurement (PS3.16 TID 310)."""
    deviation = float(f"{row['uncertainty']:.3g}")
    properties = sr.MeasurementProperties(
        upper_measurement_uncertainty=deviation, lower_measurement_uncertainty=deviation
    )
    for item in properties:  # highdicom writes them without a unit
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = [UNITS[row["unit"]].dataset()]
    return properties


def _source(image: ReferencedImage) -> sr.SourceImageForMeasurement:
    return sr.SourceImageForMeasurement(image.dataset.SOPClassUID, image.dataset.SOPInstanceUID)


def _caliper(calipers_mm: list[list[float]], image: ReferencedImage) -> sr.CoordinatesForMeasurement:
    """The caliper as a polyline; DICOM counts from the top left corner of the top left pixel (PS3.3 C.18.6.1.2)."""
    points = [image.display.to_pixel(x * 1e-3, z * 1e-3) for x, z in calipers_mm[:2]]
    return sr.CoordinatesForMeasurement(
        graphic_type=sr.GraphicTypeValues.POLYLINE,
        graphic_data=np.asarray(points, dtype=np.float64) + 0.5,
        source_image=sr.SourceImageForRegion(image.dataset.SOPClassUID, image.dataset.SOPInstanceUID),
    )


def _comment(row: Mapping[str, Any]) -> sr.TextContentItem:
    if row["value"] is None:
        text = f"{measurement_title(row['name']).en} not obtained: {row['not_obtained_because']}"
    else:
        frames = ", ".join(str(frame) for frame in row["source_frame_ids"])
        text = f"{measurement_title(row['name']).en}: {row['method']}. Source frames: {frames or 'none'}."
    return sr.TextContentItem(
        name=_code(codes.COMMENT), value=text, relationship_type=sr.RelationshipTypeValues.CONTAINS
    )


def _code(code: Code) -> HighdicomCode:
    return HighdicomCode(code.value, code.scheme, code.meaning)
