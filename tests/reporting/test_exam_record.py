"""The record: every plane and every measurement has a value or a reason."""

import json

import pytest

from sonoreach.reporting.exam_record import build_record, summary
from sonoreach.types.exam import PlaneResult


def test_planes_and_measurements(exam_folder):
    record = json.loads((exam_folder / "exam.json").read_text())
    obtained = {plane["plane"]: plane["obtained"] for plane in record["planes"]}
    assert obtained == {"right_transverse": True, "right_longitudinal": False, "isthmus_transverse": True}
    assert record["planes"][1]["not_obtained_because"] == "time limit of 40 s reached"
    assert record["planes"][0]["criteria"][1] == {
        "name": "thyroid_area", "value": 0.00022, "minimum": 8e-05, "maximum": None, "met": True,
    }  # fmt: skip
    width = next(m for m in record["measurements"] if m["name"] == "right_lobe_width")
    assert width["error"] == pytest.approx(0.5)
    assert width["calipers_mm"] == [[-9, 16], [9, 16]]
    assert width["source_frame_ids"] == [10]
    length = next(m for m in record["measurements"] if m["name"] == "right_lobe_length")
    assert length["value"] is None and length["not_obtained_because"] == "the lobe is cut"


def test_frames_are_columns_of_one_length(exam_folder):
    frames = json.loads((exam_folder / "exam.json").read_text())["frames"]
    assert {len(column) for column in frames.values()} == {50}
    assert frames["time_s"][0] == 0.0
    assert frames["time_s"][-1] == pytest.approx(49 / 15, abs=1e-5)
    assert frames["qualified"].count(True) == 2
    assert frames["missed"][0] == "probability"


def test_measurements_that_nobody_gave_are_not_obtained(small):
    record = build_record(small.header(), [], {}, [], [], {}, 0.0, "stopped")
    asked = [n for p in small.planes for n in p.measurements]
    assert [m["name"] for m in record["measurements"]] == [*asked, "right_lobe_volume"]
    assert all(m["value"] is None for m in record["measurements"])
    assert {m["not_obtained_because"] for m in record["measurements"][:-1]} == {"its plane was not obtained"}


def test_obtained_without_an_image_is_not_obtained(small):
    record = build_record(small.header(), [PlaneResult("right_transverse", True, 3)], {}, [], [], {}, 0.0, "")
    assert not record["planes"][0]["obtained"]
    assert record["planes"][0]["not_obtained_because"] == "no image was captured"


def test_summary_counts_force_only_under_control():
    frames = {
        "time_s": [0.0, 1.0, 2.0, 3.0],
        "force_n": [0.0, 9.0, 3.3, 2.7],
        "target_force_n": [0.0, 3.0, 3.0, 3.0],
        "contact_state": ["free", "touch", "scan", "scan"],
    }
    figures = summary([{"obtained": True}, {"obtained": False}], frames)
    assert figures["force_rmse_n"] == pytest.approx(0.3)
    assert figures["force_mean_n"] == pytest.approx(3.0)
    assert figures["force_peak_n"] == 9.0
    assert (figures["planes_obtained"], figures["planes_total"], figures["duration_s"]) == (1, 2, 3.0)
