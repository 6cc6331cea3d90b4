"""Writing the report again, as `sonoreach report` does."""

import json

import pytest

from sonoreach.cli.main import main
from sonoreach.reporting.products import PRODUCTS


def test_it_writes_the_same_again(copied_folder, exam_folder, capsys):
    for product in PRODUCTS:
        (copied_folder / product).write_bytes(b"old")
    assert main(["report", str(copied_folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [str(copied_folder / product) for product in PRODUCTS]
    assert (copied_folder / "report.pdf").read_bytes() == (exam_folder / "report.pdf").read_bytes()
    assert (copied_folder / PRODUCTS[2]).read_bytes() == (exam_folder / PRODUCTS[2]).read_bytes()
    assert not list(copied_folder.glob(".report*"))


def edit(folder, change):
    path = folder / "exam.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


BAD = {
    "no exam.json": (lambda d: (d / "exam.json").unlink(), "holds no exam.json"),
    "no JSON": (lambda d: (d / "exam.json").write_text("{"), "not valid JSON"),
    "a list": (lambda d: (d / "exam.json").write_text("[]"), "has the schema None"),
    "other schema": (lambda d: edit(d, lambda r: r.update(schema="x/9")), "has the schema 'x/9'"),
    "missing field": (lambda d: edit(d, lambda r: r.pop("timeline")), "lacks 'timeline'"),
    "wrong type": (lambda d: edit(d, lambda r: r.update(planes="all")), "'planes' of type str"),
    "bad plane": (lambda d: edit(d, lambda r: r["planes"][0].pop("frame_id")), "lacks 'frame_id'"),
    "bad measurement": (lambda d: edit(d, lambda r: r["measurements"].append(3)), "is int, not an object"),
    "ragged frames": (lambda d: edit(d, lambda r: r["frames"]["time_s"].pop()), "2 different lengths"),
    "bad clock": (lambda d: edit(d, lambda r: r["wall_clock"].update(start="noon")), "ISO 8601"),
    "altered": (lambda d: edit(d, lambda r: r.update(force_n=4.5)), "was altered"),
    "missing image": (lambda d: (d / "dicom/right_transverse.dcm").unlink(), "is missing"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_folders_are_refused_and_left_alone(copied_folder, capsys, case):
    damage, words = BAD[case]
    damage(copied_folder)
    before = {path: path.read_bytes() for path in copied_folder.rglob("*") if path.is_file()}
    assert main(["report", str(copied_folder)]) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
    assert {path: path.read_bytes() for path in copied_folder.rglob("*") if path.is_file()} == before


def test_no_folder(tmp_path, capsys):
    assert main(["report", str(tmp_path / "nothing")]) == 2
    assert "is not a folder" in capsys.readouterr().err
