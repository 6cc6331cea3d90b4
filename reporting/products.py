"""What is made from a record and its images alone, and so can be made again: PDF, overview, DICOM documents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sonoreach.reporting.document.report import write_report
from sonoreach.reporting.pictures.overview import write_overview

from sonoreach.reporting.dicom.exam_objects import write_documents
from sonoreach.reporting.dicom.exam_study import study_of
from sonoreach.reporting.dicom.structured_report import ReferencedImage

PRODUCTS = ("report.pdf", "overview.png")


def write_products(record: Mapping[str, Any], images: Mapping[str, ReferencedImage], folder: Path) -> None:
    """Write report.pdf, overview.png and the DICOM documents into an exam folder.

    Args:
        record: the exam's record, with its wall clock.
        images: name of each obtained plane -> its image.
        folder: the exam folder.
    """
    displays = {plane: image.display for plane, image in images.items()}
    pdf = write_report(record, displays, folder / "report.pdf")
    write_overview(record, displays, folder / "overview.png")
    write_documents(record, images, pdf, study_of(record), folder)
