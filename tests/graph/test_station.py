"""A station that runs on: one exam after another, each in a folder of its own, nothing carried over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcap.reader import make_reader
from running import Station
from sonoreach_msgs.action import RunExam
from sonoreach_msgs.srv import AcknowledgeStop
from std_srvs.srv import Trigger

pytestmark = pytest.mark.system

FIRST, SECOND = "right_transverse", "isthmus_transverse"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    running = Station("simulation.launch.xml", tmp_path_factory.mktemp("station") / "exams", patient="10012")
    yield running
    running.close()
    assert not list(running.out.glob(".*")), "nothing half-written is left behind"


def test_each_exam_has_a_folder_of_its_own_and_remembers_nothing(station: Station) -> None:
    results = [station.exam(plane) for plane in (FIRST, SECOND)]
    folders = [Path(result.folder) for result in results]
    assert len(set(folders)) == 2 and all(folder.parent == station.out for folder in folders)
    for result, folder, plane in zip(results, folders, (FIRST, SECOND), strict=True):
        assert result.error_code in (RunExam.Result.DONE, RunExam.Result.ENDED_EARLY)
        assert [r.plane for r in result.results] == [plane]
        for name in ("report.pdf", "overview.png", "exam.mp4", "exam.mcap", "dicom"):
            assert (folder / name).exists(), name
        record = json.loads((folder / "exam.json").read_text())
        assert [p["plane"] for p in record["planes"]] == [plane]
        assert {m["plane"] for m in record["measurements"] if not m["name"].endswith("_volume")} == {plane}
        assert record["timeline"][0]["phase"] == "approach" and record["timeline"][0]["time_s"] == 0.0
        assert set(record["frames"]["wanted"]) <= {plane, ""}
        with (folder / "exam.mcap").open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        assert "/patient/registration" in {channel.topic for channel in summary.channels.values()}


def test_a_goal_that_makes_no_sense_is_refused_and_leaves_nothing(station: Station) -> None:
    before = sorted(station.out.glob("*"))
    assert "no plane 'sagittal'" in station.exam("sagittal").error_text
    assert "unknown protocol 'knee'" in station.exam(protocol="knee").error_text
    assert sorted(station.out.glob("*")) == before


def test_after_a_stop_the_next_exam_waits_for_a_person(station: Station) -> None:
    assert station.call(Trigger, "/safety/stop").success
    station.client.spin(0.5)
    refused = station.exam(SECOND)
    assert refused.error_code == RunExam.Result.REFUSED and "nobody has acknowledged" in refused.error_text
    assert station.call(AcknowledgeStop, "/safety/acknowledge", acknowledged_by="Dr Li").success
    station.client.spin(0.5)
    result = station.exam(SECOND)
    assert result.error_code != RunExam.Result.REFUSED and Path(result.folder).is_dir()
