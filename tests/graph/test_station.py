"""A station that runs on: one exam after another, each in a folder of its own, nothing carried over."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from mcap.reader import make_reader
from rclpy.signals import SignalHandlerOptions
from sonoreach_msgs.action import RunExam
from sonoreach_msgs.srv import AcknowledgeStop
from std_srvs.srv import Trigger

from sonoreach.station.exam_client import ExamClient
from sonoreach.station.graph import launch_folder
from sonoreach.station.launch_reader import read_launch
from sonoreach.station.processes import Domain, Processes

pytestmark = pytest.mark.system

FIRST, SECOND = "right_transverse", "isthmus_transverse"


class Station:
    """Every process of the simulation, and somebody who asks for exams."""

    def __init__(self, out: Path) -> None:
        self.out, epoch_s = out, repr(time.time())
        given = {"patient": "10012", "out": str(out), "silence_s": "3.0", "epoch_s": epoch_s}
        specs = read_launch(launch_folder() / "simulation.launch.xml", given)
        self._domain = Domain()
        os.environ.update(specs[0].ros_environment | {"ROS_DOMAIN_ID": str(self._domain.number)})
        self._processes = Processes(specs, self._domain.number)
        arguments = ["--ros-args", "-p", f"epoch_s:={epoch_s}"]
        self._context = rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
        self.client = ExamClient()

    def close(self) -> None:
        self.client.close()
        rclpy.try_shutdown()
        self._processes.close()
        self._domain.close()

    def until(self, what: Callable[[], bool], timeout_s: float = 120.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not what():
            assert time.monotonic() < end_s
            assert not self._processes.dead, [p.last_words() for p in self._processes.dead]
            self.client.spin(0.05)

    def call(self, kind: Any, name: str, **fields: str) -> Any:
        client = self.client.create_client(kind, name)
        self.until(client.service_is_ready)
        future = client.call_async(kind.Request(**fields))
        self.until(future.done)
        return future.result()

    def exam(self, *planes: str, protocol: str = "thyroid") -> RunExam.Result:
        self.until(lambda: self.client.ready)
        self.client.outcome = None
        self.client.start(protocol, planes)
        self.until(lambda: self.client.outcome is not None)
        assert self.client.outcome is not None
        return self.client.outcome


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    running = Station(tmp_path_factory.mktemp("station") / "exams")
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
