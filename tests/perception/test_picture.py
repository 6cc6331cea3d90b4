"""Pictures from outside are read with their geometry, or refused."""

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, generate_uid

from sonoreach.errors import InputError
from sonoreach.perception.picture import read_picture


def ramp(rows: int = 80, columns: int = 100) -> np.ndarray:
    return np.add.outer(np.arange(rows), np.arange(columns)).astype(np.uint8)


def write_dicom(path: Path, calibrated: bool = True) -> None:
    pixels = ramp()
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = UltrasoundImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.PixelData = pixels.tobytes()
    if calibrated:
        region = Dataset()
        region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
        region.RegionLocationMinX0, region.RegionLocationMaxX1 = 10, 89
        region.RegionLocationMinY0, region.RegionLocationMaxY1 = 20, 79
        region.PhysicalDeltaX, region.PhysicalDeltaY = 0.05, 0.04
        data.SequenceOfUltrasoundRegions = [region]
    pydicom.dcmwrite(path, data, enforce_file_format=True)


def test_png_with_spacing(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), ramp())
    image = read_picture(path, 0.2)
    assert np.array_equal(image.pixels, ramp())
    assert (image.dx_m, image.dz_m) == pytest.approx((2e-4, 2e-4))
    assert image.x0_m == pytest.approx(-99 / 2 * 2e-4) and "SHA-256" in image.source


def test_dicom_region_is_cut_out(tmp_path: Path) -> None:
    write_dicom(tmp_path / "a.dcm")
    image = read_picture(tmp_path / "a.dcm")
    assert np.array_equal(image.pixels, ramp()[20:80, 10:90])
    assert (image.dx_m, image.dz_m) == pytest.approx((5e-4, 4e-4))


def test_bad_pictures_are_refused(tmp_path: Path) -> None:
    png, text, empty = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    cv2.imwrite(str(png), ramp())
    text.write_text("no picture")
    empty.touch()
    write_dicom(tmp_path / "bare.dcm", calibrated=False)
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "bare.dcm").read_bytes()[:400])
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), ramp(8, 8))
    cases = [
        (tmp_path / "none.png", None, "does not exist"),
        (text, 0.2, "neither DICOM"),
        (empty, 0.2, "neither DICOM"),
        (png, None, "--spacing-mm"),
        (png, -1.0, "spacing must be"),
        (png, float("nan"), "spacing must be"),
        (small, 0.2, "at least 32"),
        (tmp_path / "bare.dcm", None, "--spacing-mm"),
        (tmp_path / "cut.dcm", 0.2, "no readable picture"),
    ]
    for path, spacing, words in cases:
        with pytest.raises(InputError, match=words):
            read_picture(path, spacing)
