"""Ultrasound Image Storage: one still image with its calibration (PS3.3 A.6, C.8.5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UltrasoundImageStorage

from sonoreach.reporting.dicom.codes import Code
from sonoreach.reporting.dicom.regions import RegionData, region_2d
from sonoreach.reporting.dicom.study import Study, save


@dataclass(frozen=True)
class ImageInfo:
    """What is said of an image besides its pixels.

    Attributes:
        dx_m, dz_m: pixel spacing, lateral and in depth [m].
        x0_m: lateral position of the first column's centre [m].
        z0_m: depth of the first row's centre [m].
        center_frequency_hz: transmit centre frequency [Hz], 0 when unknown.
        label: name of the view, e.g. "right_transverse".
        comment: free text, e.g. where the image comes from.
        probe: name of the probe.
        anatomy: code of the region shown, None when unknown.
        application: value 3 of Image Type (PS3.3 C.8.5.6.1.1), e.g. "THYROID".
    """

    dx_m: float
    dz_m: float
    x0_m: float = 0.0
    z0_m: float = 0.0
    center_frequency_hz: float = 0.0
    label: str = ""
    comment: str = ""
    probe: str = ""
    anatomy: Code | None = None
    application: str = ""


def write_ultrasound_image(
    path: Path,
    pixels: NDArray[np.uint8],
    dx_m: float,
    dz_m: float,
    *,
    x0_m: float | None = None,
    z0_m: float = 0.0,
    center_frequency_hz: float = 0.0,
    label: str = "",
    comment: str = "",
    study: Study | None = None,
    number: int = 1,
) -> Path:
    """Write a still image as a DICOM file; returns its path.

    Args:
        path: file to write.
        pixels: uint8, shape (n_depth, n_lateral) for B-mode or (n_depth, n_lateral, 3) RGB for colour Doppler.
        dx_m, dz_m: pixel spacing, lateral and in depth [m].
        x0_m: lateral position of column 0's centre [m]; None centres the image on the probe.
        z0_m: depth of row 0's centre [m].
        center_frequency_hz: transmit centre frequency [Hz].
        label, comment: name of the view, and where the image comes from.
        study: the study it belongs to; None makes one named by the file's name and comment.
        number: instance number within the series.
    """
    x0 = -0.5 * dx_m * (pixels.shape[1] - 1) if x0_m is None else x0_m
    info = ImageInfo(dx_m, dz_m, x0, z0_m, center_frequency_hz, label, comment)
    return save(ultrasound_image(pixels, info, study or Study(key=f"{path.name}/{comment}"), number), path)


def ultrasound_image(pixels: NDArray[np.uint8], info: ImageInfo, study: Study, number: int = 1) -> FileDataset:
    """Build a still image; `pixels` as in `write_ultrasound_image`, stored uncompressed."""
    dataset = study.instance(UltrasoundImageStorage, "Ultrasound images", 1, number, "US")
    add_image_modules(dataset, pixels.shape, info, study)
    dataset.LossyImageCompression = "00"
    data = np.ascontiguousarray(pixels).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB"
    return dataset


def add_image_modules(dataset: Dataset, shape: Sequence[int], info: ImageInfo, study: Study) -> None:
    """Fill General Image, Image Pixel, US Image and US Region Calibration; `shape` is that of one frame."""
    color = len(shape) == 3
    rows, columns = shape[:2]
    mode = "0010" if color else "0001"  # colour flow, 2D imaging (PS3.3 C.8.5.6.1.1)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", info.application, mode]
    dataset.ContentDate = study.date
    dataset.ContentTime = study.time
    dataset.PatientOrientation = ""
    if info.label or info.comment:
        dataset.ImageComments = ". ".join(t for t in (info.label, info.comment) if t)
    if info.probe:
        dataset.TransducerData = info.probe
    if info.anatomy is None:
        dataset.Laterality = ""
    else:
        dataset.AnatomicRegionSequence = [info.anatomy.dataset()]
    dataset.SamplesPerPixel = 3 if color else 1
    dataset.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
    if color:
        dataset.PlanarConfiguration = 0
    dataset.UltrasoundColorDataPresent = int(color)
    dataset.Rows, dataset.Columns = int(rows), int(columns)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    if abs(info.dx_m / info.dz_m - 1.0) > 1e-3:
        dataset.PixelAspectRatio = [round(info.dz_m * 1e9), round(info.dx_m * 1e9)]  # vertical \ horizontal
    dataset.DepthOfScanField = round((info.z0_m + (rows - 0.5) * info.dz_m) * 1e3)
    kind = RegionData.COLOR_FLOW if color else RegionData.TISSUE
    frequency = info.center_frequency_hz
    dataset.SequenceOfUltrasoundRegions = [
        region_2d(
            rows,
            columns,
            info.dx_m,
            info.dz_m,
            x0_m=info.x0_m,
            z0_m=info.z0_m,
            data=kind,
            transducer_frequency_hz=frequency,
        )
    ]
