"""The launch files of the station, read without ROS 2's launch package."""

from pathlib import Path

import pytest

from sonoreach.errors import InputError
from sonoreach.station.launch_reader import read_launch

LAUNCH = Path(__file__).parents[2] / "launch"
NODES = {"registration", "arm", "front_end", "beamformer", "perception", "steering", "exam", "measurement", "report"}


def write(folder: Path, body: str) -> Path:
    path = folder / "x.launch.xml"
    path.write_text(f"<launch>{body}</launch>", encoding="utf-8")
    return path


def test_the_simulation_starts_every_node_once() -> None:
    processes = read_launch(LAUNCH / "simulation.launch.xml", {"patient": "12", "out": "/tmp/x", "epoch_s": "5.0"})
    nodes = [name for process in processes for name in process.arguments]
    assert sorted(nodes) == sorted(NODES | {"safety"})
    arm = processes[0]
    assert arm.arguments == ("arm",), "the 1 kHz loop shares its interpreter with nobody"
    assert arm.parameters["patient"] == 12
    assert arm.parameters["epoch_s"] == 5.0
    assert arm.parameters["arm"] == "simulated"
    for process in processes:
        profile = Path(process.environment["FASTDDS_DEFAULT_PROFILES_FILE"]).read_text()
        assert "<address>127.0.0.1</address>" in profile, "nothing leaves this host"
        shares_memory = "<type>SHM</type>" in profile
        assert shares_memory != (process.arguments in (("arm",), ("safety",))), "what stops the arm waits for no lock"
    assert arm.environment["NUMBA_NUM_THREADS"] == "1"
    shared = {"RMW_IMPLEMENTATION", "ROS_AUTOMATIC_DISCOVERY_RANGE", "FASTDDS_DEFAULT_PROFILES_FILE"}
    assert set(arm.ros_environment) == shared


def test_both_compositions_have_the_same_processes() -> None:
    real = read_launch(LAUNCH / "station.launch.xml", {"arm": "my:Arm", "front_end": "my:Scanner"})
    simulated = read_launch(LAUNCH / "simulation.launch.xml")
    assert [p.arguments for p in real] == [p.arguments for p in simulated]
    assert real[0].parameters["arm"] == "my:Arm"
    assert simulated[0].parameters["epoch_s"] > 1.7e9


def test_a_text_parameter_stays_text(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '<arg name="id" default="007"/><node pkg="p" exec="e" args="a b">'
        '<param name="id" value="$(var id)" type="str"/><param name="n" value="3"/>'
        '<param name="on" value="true"/></node>',
    )
    (process,) = read_launch(path)
    assert process.parameters == {"id": "007", "n": 3, "on": True}
    assert process.title == "a, b"


@pytest.mark.parametrize(
    ("body", "given", "words"),
    [
        ("<group/>", {}, "<group> is not known"),
        ('<arg name="a" description="the arm"/>', {}, "needs the argument a: the arm"),
        ('<arg name="a" default="1"/>', {"b": "2"}, "no argument b, known: a"),
        ('<node pkg="p" exec="e" if="true"/>', {}, "<node> with if"),
        ('<node pkg="p" exec="$(find x)"/>', {}, "unknown substitution"),
        ('<node exec="e"/>', {}, "needs the attribute pkg"),
        ("<node", {}, "cannot be read"),
    ],
)
def test_what_it_does_not_know_is_refused(tmp_path: Path, body: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_launch(write(tmp_path, body), given)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_launch(tmp_path / "none.launch.xml")
