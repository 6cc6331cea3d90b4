"""The ROS graph as a whole: one plane from approach to report, and the death of each process in mid-scan."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from mcap.reader import make_reader

from sonoreach.beamform.recording.open import open_recording
from sonoreach.errors import InputError
from sonoreach.station.graph import Graph, GraphResult
from sonoreach.types.probe import ContactState

pytestmark = pytest.mark.system

PLANE = "isthmus_transverse"
# Other tests may keep the machine busy; the time within which a death must be answered is not touched by this.
PATIENCE_S = "3.0"


def run(out: Path, during: Callable[[Graph], None] | None = None, **arguments: str) -> GraphResult:
    """Run one plane of a validation patient; `during` is called in a thread once the probe presses."""
    given = {"patient": "10012", "out": str(out), "silence_s": PATIENCE_S} | arguments
    with Graph("simulation.launch.xml", given) as graph:
        graph.wait_until_ready()
        stops = [p.popen.pid for p in graph.processes.running if p.spec.arguments in (("arm",), ("safety",))]
        assert not any(shares_memory(pid) for pid in [os.getpid(), *stops]), "what stops the arm waits for no lock"

        def act() -> None:
            deadline_s = time.monotonic() + 30.0
            while time.monotonic() < deadline_s:
                state = graph.client.state
                if state is not None and state.contact == ContactState.SCAN:
                    break
                time.sleep(0.05)
            if during is not None:
                during(graph)

        threading.Thread(target=act, daemon=True).start()
        return graph.run("thyroid", [PLANE])


def shares_memory(pid: int) -> bool:
    """Whether Fast DDS listens to shared memory in a process."""
    return any("dds.shm" in task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/comm"))


def kill(node: str) -> Callable[[Graph], None]:
    def act(graph: Graph) -> None:
        process = next(p for p in graph.processes.running if node in p.spec.arguments)
        os.kill(process.popen.pid, signal.SIGKILL)

    return act


def nothing_half_written(out: Path) -> bool:
    return not list(out.parent.glob(f".{out.name}.*"))


def test_one_plane_leaves_a_whole_folder_and_its_recording_plays_back(tmp_path: Path) -> None:
    out = tmp_path / "exam"
    result = run(out, record="true")
    assert [r.plane for r in result.results] == [PLANE]
    assert result.results[0].obtained or result.results[0].not_obtained_because
    assert result.folder == out
    record = json.loads((out / "exam.json").read_text())
    assert record["composition"] == "graph"
    assert record["timeline"][0]["phase"] == "approach"
    with (out / "exam.mcap").open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None and summary.statistics is not None
    counts = {c.topic: summary.statistics.channel_message_counts.get(i, 0) for i, c in summary.channels.items()}
    assert counts["/beamformer/image"] > 10
    assert counts["/arm/probe_state"] > 100
    recording = open_recording(out / "recording.h5")
    assert recording.n_frames > 10
    recording.close()

    again = tmp_path / "again"
    played = run(
        again,
        lambda graph: graph.client.cancel(),
        front_end="recording",
        front_end_address=str(out / "recording.h5"),
    )
    assert "cancelled" in played.ended
    frames = json.loads((again / "exam.json").read_text())["frames"]
    assert len(frames["frame_id"]) > 3


@pytest.mark.parametrize("node", ["arm", "safety", "front_end", "perception", "report"])
def test_a_death_in_mid_scan_is_named_and_the_arm_leaves(tmp_path: Path, node: str) -> None:
    out = tmp_path / "exam"
    result = run(out, kill(node))
    assert node in result.ended
    assert "died (killed by SIGKILL)" in result.ended
    assert nothing_half_written(out)
    assert result.off_patient_s is not None
    print(f"off the patient {result.off_patient_s:.2f} s after the death of {node}")
    assert result.off_patient_s < 1.0
    if node == "report":
        assert result.folder is None and not out.exists()
    else:
        assert result.folder == out
        assert json.loads((out / "exam.json").read_text())["ended"]


def test_the_command_names_the_dead_node_with_code_3(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sonoreach.cli.main", "exam", "--patient", "10012", "--planes", PLANE]
    command += ["--out", str(tmp_path / "exam")]
    station = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert station.stdout is not None and station.stderr is not None
    for line in station.stdout:
        if " search " in line:
            break
    victim = next(p for p in psutil.Process(station.pid).children() if "beamformer" in p.cmdline())
    victim.kill()
    assert station.wait(120) == 3
    assert "beamformer died" in station.stderr.read()


def test_the_nodes_end_when_the_command_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sonoreach.cli.main", "exam", "--patient", "10012", "--planes", PLANE]
    station = subprocess.Popen([*command, "--out", str(tmp_path / "exam")], stdout=subprocess.PIPE, text=True)
    assert station.stdout is not None
    for line in station.stdout:
        if " search " in line:
            break
    nodes = psutil.Process(station.pid).children(recursive=True)
    assert len(nodes) >= 6
    station.kill()
    station.wait()
    _, alive = psutil.wait_procs(nodes, timeout=20.0)
    assert not alive
    assert nothing_half_written(tmp_path / "exam")


def test_a_node_that_refuses_its_parameters_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam" / "old.txt").write_text("someone's file")
    with pytest.raises(InputError, match="not empty"):
        run(tmp_path / "exam")
