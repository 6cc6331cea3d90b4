"""A station for a person: arm, scanner and depth camera of a user's own, found by their names; no simulated patient."""

import json
import os
from pathlib import Path

import pydicom
import pytest
from running import Station
from sonoreach_msgs.action import RunExam

pytestmark = pytest.mark.system

PLANE, ADDRESS = "isthmus_transverse", "10012"


def test_a_persons_exam_runs_on_devices_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", path)
    devices = {"arm": "OwnArm", "front_end": "OwnScanner", "registration": "look"}
    arguments = {argument: f"own_devices:{name}" for argument, name in devices.items()}
    arguments |= {f"{argument}_address": ADDRESS for argument in devices}
    station = Station(
        "station.launch.xml",
        tmp_path / "exams",
        patient_id="P-17",
        patient_name="Li^Na",
        epoch_s="0.0",
        **arguments,
    )
    try:
        result = station.exam(PLANE)
    finally:
        station.close()
    assert result.error_code in (RunExam.Result.DONE, RunExam.Result.ENDED_EARLY), result.error_text
    folder = Path(result.folder)
    record = json.loads((folder / "exam.json").read_text())
    assert (record["patient_id"], record["patient_name"], record["patient_seed"]) == ("P-17", "Li^Na", None)
    assert record["composition"] == "graph" and len(record["frames"]["frame_id"]) > 10
    assert record["planes"][0]["obtained"], record["planes"][0]
    assert record["measurements"], "the plane is measured"
    assert all(m["truth"] is None and m["error"] is None for m in record["measurements"])
    objects = [pydicom.dcmread(path) for path in (folder / "dicom").glob("*.dcm")]
    assert objects and {(str(o.PatientID), str(o.PatientName)) for o in objects} == {("P-17", "Li^Na")}
