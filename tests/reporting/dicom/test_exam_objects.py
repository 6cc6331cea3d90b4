"""The DICOM objects of an exam: valid, calibrated, linked."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit

from sonoreach.errors import InputError
from sonoreach.reporting.dicom.exam_objects import read_images
from sonoreach.reporting.display_image import display_image
from sonoreach.reporting.record_file import read_record

FILES = (
    "right_transverse.dcm",
    "right_transverse_cine.dcm",
    "isthmus_transverse.dcm",
    "isthmus_transverse_cine.dcm",
    "measurement_report.dcm",
    "report_pdf.dcm",
)


@pytest.mark.parametrize("name", FILES)
def test_no_validator_finds_an_error(exam_folder, dciodvfy, name):
    assert dciodvfy(exam_folder / "dicom" / name) == []


def test_validator_would_find_an_error(exam_folder, dciodvfy, tmp_path):
    dataset = pydicom.dcmread(exam_folder / "dicom" / FILES[0])
    del dataset.Rows
    dataset.save_as(tmp_path / "broken.dcm")
    assert dciodvfy(tmp_path / "broken.dcm")


def test_one_study_one_patient_unique_instances(exam_folder):
    datasets = [pydicom.dcmread(exam_folder / "dicom" / name) for name in FILES]
    assert len({d.StudyInstanceUID for d in datasets}) == 1
    assert {d.PatientID for d in datasets} == {"SIM-007"}
    assert len({d.SOPInstanceUID for d in datasets}) == len(FILES)
    assert len({d.SeriesInstanceUID for d in datasets}) == 4
    assert all(d.StudyDate == "20260301" and d.StudyTime == "093000" for d in datasets)
    assert all(d.SOPInstanceUID.startswith("2.25.") and len(d.SOPInstanceUID) <= 64 for d in datasets)


def test_still_holds_the_pixels_and_their_size(exam_folder, small):
    dataset = pydicom.dcmread(exam_folder / "dicom" / FILES[0])
    display = display_image(small.image(10))
    assert np.array_equal(dataset.pixel_array, display.pixels)
    region = dataset.SequenceOfUltrasoundRegions[0]
    assert region.PhysicalDeltaX == pytest.approx(display.spacing_m * 100)
    assert region.PhysicalDeltaY == pytest.approx(display.spacing_m * 100)
    assert region.PhysicalUnitsXDirection == 3
    assert region.ReferencePixelPhysicalValueY == pytest.approx(display.z0_m * 100)
    assert "Frame 10" in dataset.ImageComments
    assert dataset.QualityControlSubject == "YES"


def test_cine_holds_the_frames_with_their_times(exam_folder, small):
    dataset = pydicom.dcmread(exam_folder / "dicom" / FILES[1])
    assert dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert dataset.NumberOfFrames == 19  # frames 0 to 10 and 8 after
    assert [float(t) for t in dataset.FrameTimeVector[:3]] == pytest.approx([0.0, 66.667, 66.667])
    dataset.decompress(decoding_plugin="pillow")
    captured = display_image(small.image(10)).pixels.astype(float)
    assert np.abs(dataset.pixel_array[10] - captured).mean() < 6.0, "JPEG may lose a little, not the image"


def test_pdf_is_inside(exam_folder):
    dataset = pydicom.dcmread(exam_folder / "dicom/report_pdf.dcm")
    pdf = (exam_folder / "report.pdf").read_bytes()
    assert dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength] == pdf
    images = {pydicom.dcmread(exam_folder / "dicom" / name).SOPInstanceUID for name in (FILES[0], FILES[2])}
    assert {item.ReferencedSOPInstanceUID for item in dataset.SourceInstanceSequence} == images


def test_images_read_back_with_their_geometry(exam_folder, small):
    images = read_images(read_record(exam_folder), exam_folder)
    display, original = images["right_transverse"].display, display_image(small.image(10))
    assert np.array_equal(display.pixels, original.pixels)
    assert (display.x0_m, display.z0_m) == pytest.approx((original.x0_m, original.z0_m))


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"x" * 400)])
def test_damaged_images_are_refused(copied_folder, damage):
    damage(copied_folder / "dicom" / FILES[0])
    with pytest.raises(InputError, match=r"right_transverse\.dcm"):
        read_images(read_record(copied_folder), copied_folder)


def test_image_without_calibration_is_refused(copied_folder):
    path = copied_folder / "dicom" / FILES[0]
    dataset = pydicom.dcmread(path)
    del dataset.SequenceOfUltrasoundRegions
    dataset.save_as(path)
    with pytest.raises(InputError, match="not a calibrated ultrasound image"):
        read_images(read_record(copied_folder), copied_folder)
