"""The DICOM study of an exam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sonoreach.reporting.dicom.study import Study
from sonoreach.reporting.record_file import start_of


def study_of(record: Mapping[str, Any]) -> Study:
    """The study of a record: identifiers follow from its content, in real time also from the clock."""
    start = start_of(record)
    clock = str(start) if start and record["composition"] != "lockstep" else ""
    return Study(
        key=f"{record['content_sha256']}/{clock}",
        patient_id=record["patient_id"],
        patient_name=record["patient_name"],
        simulated=record["simulated"],
        start=start,
        description=record["title"],
        station=record["station"],
        software_version=record["software_version"],
    )
