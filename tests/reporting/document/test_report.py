"""The PDF."""

import re

import pytest

from sonoreach.reporting.dicom.exam_objects import read_images
from sonoreach.reporting.document.report import report_data, write_report
from sonoreach.reporting.record_file import read_record


@pytest.fixture(scope="module")
def data(exam_folder):
    return report_data(read_record(exam_folder), {"right_transverse": "a.png", "isthmus_transverse": "b.png"})


def test_pages_and_fonts(exam_folder):
    pdf = (exam_folder / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert max(int(n) for n in re.findall(rb"/Count (\d+)", pdf)) == 4, "two pages a language"
    assert b"NotoSansCJK" in pdf and b"/FontFile3" in pdf, "the Chinese font is embedded"


def test_same_record_gives_the_same_pdf(exam_folder, tmp_path):
    record = read_record(exam_folder)
    displays = {plane: image.display for plane, image in read_images(record, exam_folder).items()}
    assert write_report(record, displays, tmp_path / "r.pdf") == (exam_folder / "report.pdf").read_bytes()


def test_shown_figures(data):
    width = data["measurements"][0]
    assert (width["en"], width["zh"]) == ("Right lobe width", "右叶横径")
    assert (width["value"], width["uncertainty"], width["error"], width["frames"]) == ("18.1", "0.6", "+0.5", "10")
    missing = data["measurements"][2]
    assert missing["value"] == "" and missing["reason"]["en"] == "the lobe is cut"


def test_sources_are_numbered_as_cited(data):
    cited = [f["source"] for f in data["findings"] if f["source"]]
    assert sorted(set(cited)) == list(range(1, len(data["sources"]) + 1))


def test_planes_name_their_calipers(data):
    assert [c["en"] for c in data["planes"][0]["calipers"]] == [
        "1: Right lobe width 18.1 mm",
        "2: Right lobe depth 16.0 mm",
    ]
    assert not data["planes"][1]["obtained"]
    assert data["planes"][1]["reason"]["en"] == "time limit of 40 s reached"
