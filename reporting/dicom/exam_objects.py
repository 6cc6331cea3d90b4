"""The `dicom/` folder of an exam: stills, cine loops, measurement report and encapsulated PDF of one study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError

from sonoreach.errors import InputError
from sonoreach.reporting.dicom.codes import THYROID, US_THYROID_REPORT
from sonoreach.reporting.dicom.encapsulated_pdf import encapsulated_pdf
from sonoreach.reporting.dicom.structured_report import ReferencedImage, structured_report
from sonoreach.reporting.dicom.study import Study, save
from sonoreach.reporting.dicom.ultrasound_cine import ultrasound_cine
from sonoreach.reporting.dicom.ultrasound_image import ImageInfo, ultrasound_image
from sonoreach.reporting.display_image import DisplayImage, display_image
from sonoreach.reporting.frame_log import Cine
from sonoreach.reporting.jpeg import encode_jpeg
from sonoreach.types.exam import CapturedPlane

Record = Mapping[str, Any]
REPORT_FILE = "dicom/measurement_report.dcm"
PDF_FILE = "dicom/report_pdf.dcm"


def write_images(
    record: Record, captures: Mapping[str, CapturedPlane], cines: Mapping[str, Cine], study: Study, folder: Path
) -> dict[str, ReferencedImage]:
    """Write still and cine of every obtained plane; returns the stills, by plane."""
    written = {}
    for number, plane in enumerate(record["planes"], start=1):
        if not plane["obtained"]:
            continue
        capture = captures[plane["plane"]]
        display = display_image(capture.image)
        info = _info(plane, record, display)
        dataset = ultrasound_image(display.pixels, info, study, number)
        save(dataset, folder / plane["dicom_image"])
        written[plane["plane"]] = ReferencedImage(dataset, display)
        images = cines[plane["plane"]].images
        frames = [encode_jpeg(display_image(image).pixels) for image in images]
        shape = (display.pixels.shape[0], display.pixels.shape[1])
        stamps = [image.stamp_s for image in images]
        save(ultrasound_cine(frames, stamps, shape, info, study, number), folder / plane["dicom_cine"])
    return written


def read_images(record: Record, folder: Path) -> dict[str, ReferencedImage]:
    """Read the stills of the obtained planes back.

    Raises:
        InputError: a file is missing, is no DICOM, or lacks pixels or calibration.
    """
    return {p["plane"]: _read_image(folder / p["dicom_image"]) for p in record["planes"] if p["obtained"]}


def write_documents(
    record: Record, images: Mapping[str, ReferencedImage], pdf: bytes, study: Study, folder: Path
) -> None:
    """Write the structured report and the encapsulated PDF."""
    save(structured_report(record, images, study), folder / REPORT_FILE)
    sources = [image.dataset for image in images.values()]
    title = f"{record['title']} report"
    save(encapsulated_pdf(pdf, title, US_THYROID_REPORT, sources, study), folder / PDF_FILE)


def _info(plane: Record, record: Record, display: DisplayImage) -> ImageInfo:
    pose = " ".join(f"{1e3 * v:.1f}" for v in plane["position_m"])
    return ImageInfo(
        dx_m=display.spacing_m,
        dz_m=display.spacing_m,
        x0_m=display.x0_m,
        z0_m=display.z0_m,
        center_frequency_hz=plane["center_frequency_hz"],
        label=plane["title"],
        comment=f"Frame {plane['frame_id']}, {plane['source']}, probe at {pose} mm, force {plane['force_n']:.2f} N, "
        f"model {plane['model_hash'][:12]}",
        probe=record["probe"],
        anatomy=THYROID,
        application="THYROID",
    )


def _read_image(path: Path) -> ReferencedImage:
    if not path.is_file():
        raise InputError(f"{path} is missing; the exam folder is damaged")
    try:
        dataset = pydicom.dcmread(path)
        region = dataset.SequenceOfUltrasoundRegions[0]
        display = DisplayImage(
            np.asarray(dataset.pixel_array, dtype=np.uint8),
            float(region.PhysicalDeltaX) * 1e-2,
            float(region.ReferencePixelPhysicalValueX) * 1e-2,
            float(region.ReferencePixelPhysicalValueY) * 1e-2,
        )
    except (InvalidDicomError, AttributeError, KeyError, IndexError, ValueError, EOFError) as error:
        raise InputError(
            f"{path} is not a calibrated ultrasound image ({error}); the exam folder is damaged"
        ) from error
    return ReferencedImage(dataset, display)
