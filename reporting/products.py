"""What is made from a record and its images alone, and so can be made again: PDF, overview, DICOM documents."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sonoreach.reporting.dicom.exam_objects import PDF_FILE, REPORT_FILE, read_images, write_documents
from sonoreach.reporting.dicom.exam_study import study_of
from sonoreach.reporting.dicom.structured_report import ReferencedImage
from sonoreach.reporting.document.report import write_report
from sonoreach.reporting.pictures.overview import write_overview
from sonoreach.reporting.record_file import read_record

PRODUCTS = ("report.pdf", "overview.png", REPORT_FILE, PDF_FILE)


def write_products(record: Mapping[str, Any], images: Mapping[str, ReferencedImage], folder: Path) -> None:
    """Write the products into an exam folder.

    Args:
        record: the exam's record, with its wall clock.
        images: name of each obtained plane -> its image.
        folder: the exam folder.
    """
    displays = {plane: image.display for plane, image in images.items()}
    pdf = write_report(record, displays, folder / "report.pdf")
    write_overview(record, displays, folder / "overview.png")
    write_documents(record, images, pdf, study_of(record), folder)


def rewrite_products(folder: Path) -> tuple[str, ...]:
    """Write the products of an exam folder again; returns their paths within it.

    The new files replace the old ones only when all of them are there.

    Raises:
        InputError: the folder is no exam folder, or is damaged.
    """
    record = read_record(folder)
    images = read_images(record, folder)
    with tempfile.TemporaryDirectory(prefix=".report.", dir=folder) as name:
        write_products(record, images, Path(name))
        (folder / "dicom").mkdir(exist_ok=True)
        for product in PRODUCTS:
            os.replace(Path(name) / product, folder / product)
    return PRODUCTS
