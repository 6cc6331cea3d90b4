"""The exam folder as a whole: complete, reproducible, all or nothing."""

import json

import pytest

from sonoreach.errors import InputError, SonoReachError
from sonoreach.reporting.exam_folder import ExamFolder


def test_every_file_is_there(exam_folder):
    names = {str(path.relative_to(exam_folder)) for path in exam_folder.rglob("*") if path.is_file()}
    assert names == {
        "exam.json",
        "exam.mp4",
        "overview.png",
        "report.pdf",
        "dicom/right_transverse.dcm",
        "dicom/right_transverse_cine.dcm",
        "dicom/isthmus_transverse.dcm",
        "dicom/isthmus_transverse_cine.dcm",
        "dicom/measurement_report.dcm",
        "dicom/report_pdf.dcm",
    }
    assert not list(exam_folder.parent.glob(".out.*")), "the sibling folder must be gone"


def test_same_exam_gives_the_same_bytes(new_folder, small):
    texts = []
    for name in ("first", "second"):
        folder = new_folder(name)
        record = json.loads((folder.finish(small.fill(folder)) / "exam.json").read_text())
        record.pop("wall_clock")
        texts.append(json.dumps(record))
    assert texts[0] == texts[1]


def test_another_image_gives_other_identifiers(new_folder, small):
    records = []
    for name, frames in (("first", 50), ("second", 51)):
        folder = new_folder(name)
        records.append(json.loads((folder.finish(small.fill(folder, frames)) / "exam.json").read_text()))
    assert records[0]["content_sha256"] != records[1]["content_sha256"]


def test_decisions_carry_their_source(exam_folder, small):
    record = json.loads((exam_folder / "exam.json").read_text())
    capture = next(event for event in record["timeline"] if event["kind"] == "capture")
    assert capture["frame_id"] == 10
    assert capture["model_hash"] == small.model_hash
    assert capture["force_n"] == pytest.approx(2.96, abs=0.01)
    assert len(capture["position_m"]) == 3 and len(capture["quaternion_xyzw"]) == 4
    assert capture["plane"] == "right_transverse"


def test_interrupted_exam_writes_what_it_has(new_folder, small):
    folder = new_folder()
    small.fill(folder, 20)
    out = folder.finish([], ended="stopped by the operator")
    record = json.loads((out / "exam.json").read_text())
    assert record["ended"] == "stopped by the operator"
    assert record["planes"][0]["not_obtained_because"].endswith("stopped by the operator")
    assert (out / "report.pdf").stat().st_size > 10_000


def test_exam_without_any_image_still_reports(new_folder):
    out = new_folder().finish([], ended="the arm did not start")
    assert (out / "report.pdf").is_file() and (out / "overview.png").is_file()
    assert (out / "dicom/measurement_report.dcm").is_file()
    assert not (out / "exam.mp4").exists()


def test_recorders_may_place_files(new_folder, small):
    folder = new_folder()
    (folder.path / "exam.mcap").write_bytes(b"topics")
    assert (folder.finish(small.fill(folder)) / "exam.mcap").read_bytes() == b"topics"


def test_nothing_appears_before_the_end(new_folder, tmp_path):
    folder = new_folder()
    assert not (tmp_path / "out").exists()
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_failure_while_writing_leaves_nothing(new_folder, small, tmp_path, monkeypatch):
    folder = new_folder()
    results = small.fill(folder)
    monkeypatch.setattr("sonoreach.reporting.pictures.overview.cjk_font", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        folder.finish(results)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_empty_is_refused(tmp_path, small):
    (tmp_path / "keep").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        ExamFolder(tmp_path, small.header())
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


def test_a_missing_font_is_said_before_the_exam(tmp_path, small, monkeypatch):
    monkeypatch.setattr("sonoreach.reporting.fonts.find_spec", lambda _: None)
    monkeypatch.setattr("sonoreach.reporting.fonts.DEBIAN", tmp_path / "none.ttc")
    with pytest.raises(SonoReachError, match="pip install mplfonts"):
        ExamFolder(tmp_path / "out", small.header())
    assert list(tmp_path.iterdir()) == []
