"""The measurement report, read back with highdicom."""

import pydicom
import pytest
from highdicom.sr import srread

from sonoreach.reporting.dicom import codes
from sonoreach.reporting.dicom.structured_report import SITES, structured_report
from sonoreach.reporting.dicom.study import Study, save


@pytest.fixture(scope="module")
def report(exam_folder):
    return srread(exam_folder / "dicom/measurement_report.dcm")


def test_it_is_a_measurement_report(report):
    content = report.content
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert content is not None
    assert report.ConceptNameCodeSequence[0].CodeValue == codes.IMAGING_MEASUREMENT_REPORT.value
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")


def groups(report):
    """Measurement groups by part of the gland: tracking identifier -> container."""
    container = next(
        item
        for item in report.ContentSequence
        if item.ConceptNameCodeSequence[0].CodeValue == "126010"  # Imaging Measurements
    )
    return {
        next(i.TextValue for i in group.ContentSequence if i.ConceptNameCodeSequence[0].CodeValue == "112039"): group
        for group in container.ContentSequence
    }


def test_numbers_units_uncertainty_and_site(report):
    group = groups(report)["right_lobe"]
    numbers = [item for item in group.ContentSequence if item.ValueType == "NUM"]
    width = next(item for item in numbers if item.ConceptNameCodeSequence[0].CodeValue == codes.WIDTH.value)
    value = width.MeasuredValueSequence[0]
    assert (float(value.NumericValue), value.MeasurementUnitsCodeSequence[0].CodeValue) == (18.1, "mm")
    spread = next(i for i in width.ContentSequence if i.ConceptNameCodeSequence[0].CodeValue == "371886008")
    assert float(spread.MeasuredValueSequence[0].NumericValue) == 0.6
    assert spread.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "mm"
    sites = [i.ConceptCodeSequence[0].CodeValue for i in group.ContentSequence if i.ValueType == "CODE"]
    assert codes.RIGHT_LOBE.value in sites


def test_caliper_lies_on_the_image(report, exam_folder):
    group = groups(report)["right_lobe"]
    width = next(
        i
        for i in group.ContentSequence
        if i.ValueType == "NUM" and i.ConceptNameCodeSequence[0].CodeValue == codes.WIDTH.value
    )
    caliper = next(item for item in width.ContentSequence if item.ValueType == "SCOORD")
    image = pydicom.dcmread(exam_folder / "dicom/right_transverse.dcm")
    reference = caliper.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert reference == image.SOPInstanceUID
    x0, y0, x1, y1 = caliper.GraphicData
    delta_mm = image.SequenceOfUltrasoundRegions[0].PhysicalDeltaX * 10
    assert (x1 - x0) * delta_mm == pytest.approx(18.0, abs=0.01)
    assert y0 == pytest.approx(y1)
    assert (x0 + x1) / 2 == pytest.approx(image.Columns / 2, abs=0.6), "centred, from the pixel's corner"


def test_not_obtained_is_said_in_code_and_words(report):
    group = groups(report)["right_lobe"]
    numbers = [i.ConceptNameCodeSequence[0].CodeValue for i in group.ContentSequence if i.ValueType == "NUM"]
    assert codes.LENGTH.value not in numbers
    code = next(
        i
        for i in group.ContentSequence
        if i.ValueType == "CODE" and i.ConceptNameCodeSequence[0].CodeValue == codes.LENGTH.value
    )
    assert code.ConceptCodeSequence[0].CodeValue == codes.MEASUREMENT_NOT_ATTEMPTED.value
    texts = [i.TextValue for i in group.ContentSequence if i.ValueType == "TEXT"]
    assert "Right lobe length not obtained: the lobe is cut" in texts


def test_report_without_images_is_valid(tmp_path, dciodvfy):
    record = {
        "station": "s", "software_version": "1", "model_hash": "", "ended": "stopped",
        "measurements": [
            {"name": "isthmus_thickness", "plane": "isthmus_transverse", "value": None, "unit": "mm", "method": "",
             "uncertainty": None, "source_frame_ids": [], "calipers_mm": [], "not_obtained_because": "stopped"},
        ],
    }  # fmt: skip
    report = structured_report(record, {}, Study(key="k", patient_id="p", patient_name="A^B"))
    assert report.CompletionFlag == "PARTIAL"
    assert dciodvfy(save(report, tmp_path / "sr.dcm")) == []


def test_codes_are_those_of_the_standard():
    from pydicom.sr.codedict import codes as standard

    known = {
        codes.RIGHT_LOBE: standard.SCT.RightLobeOfThyroid,
        codes.LEFT_LOBE: standard.SCT.LeftLobeOfThyroid,
        codes.ISTHMUS: standard.SCT.ThyroidIsthmus,
        codes.LENGTH: standard.SCT.Length,
        codes.WIDTH: standard.SCT.Width,
        codes.DEPTH: standard.SCT.Depth,
        codes.THICKNESS: standard.LN.Thickness,
        codes.VOLUME: standard.SCT.Volume,
        codes.ELLIPSOID_METHOD: standard.DCM.LWHMethodForVolumeOfEllipsoid,
        codes.US_THYROID_REPORT: standard.LN.USThyroidReport,
        codes.MEASUREMENT_FAILURE: standard.DCM.MeasurementFailure,
        codes.MEASUREMENT_NOT_ATTEMPTED: standard.DCM.MeasurementNotAttempted,
    }
    for ours, theirs in known.items():
        assert (ours.value, ours.scheme, ours.meaning) == (theirs.value, theirs.scheme_designator, theirs.meaning)
    assert set(SITES) == {"right_lobe", "left_lobe", "isthmus"}
