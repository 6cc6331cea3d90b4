"""Processes of the graph: domains of their own, and families that are known after a death."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sonoreach.station.launch_reader import ProcessSpec
from sonoreach.station.processes import Domain, Processes

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", flush=True)
time.sleep(60)
"""


def until(what: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if what():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    package = tmp_path / "parent_package"
    package.mkdir()
    (package / "parent.py").write_text(PARENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Processes([ProcessSpec("parent_package", "parent", ("one", "two"), {"patient": 7})], domain=1)


def test_two_stations_never_share_a_domain() -> None:
    first, second = Domain(), Domain()
    assert first.number != second.number
    first.close()
    third = Domain()
    assert third.number != second.number
    second.close()
    third.close()


def test_nor_with_a_station_that_has_folders_of_its_own(tmp_path: Path) -> None:
    """As another user or a container on the host's network does."""
    mine = Domain()
    command = [sys.executable, "-c", "from sonoreach.station.processes import Domain; print(Domain().number)"]
    theirs = subprocess.run(command, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, check=True)
    mine.close()
    assert int(theirs.stdout) != mine.number


def test_a_family_outlives_its_parent_and_ends_with_the_graph(processes: Processes) -> None:
    (process,) = processes.running
    assert process.title == "one, two"
    assert until(lambda: process.last_words() == "ready")
    assert len(process.family()) == 2
    assert processes.memory_mb() > 1.0
    assert processes.dead == []
    process.popen.kill()
    assert until(lambda: processes.dead == [process])
    assert len(process.family()) == 1
    processes.close()
    assert until(lambda: process.family() == [])
