"""Ctrl-C during an exam: once ends it in order, twice at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

PLANE = "right_transverse"


def interrupt(out: Path, times: int, *options: str) -> subprocess.Popen[str]:
    """Start an exam, press Ctrl-C when it searches and again when it retracts; no process may outlive it."""
    command = [sys.executable, "-m", "sonoreach.cli.main", "exam", "--patient", "10012", "--planes", PLANE]
    exam = subprocess.Popen(
        [*command, "--out", str(out), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert exam.stdout is not None
    family: list[psutil.Process] = []
    for phase in (" search ", " retract ")[:times]:  # two that come together would be one to the system
        for line in exam.stdout:
            if phase in line:
                break
        family = family or psutil.Process(exam.pid).children(recursive=True)
        exam.send_signal(signal.SIGINT)
    exam.stdout.read()
    exam.wait(120)
    _, alive = psutil.wait_procs(family, timeout=20.0)
    assert not alive
    return exam


@pytest.mark.system
@pytest.mark.parametrize("options", [(), ("--lockstep",)], ids=["graph", "lockstep"])
def test_once_the_report_is_written_with_what_there_is(tmp_path: Path, options: tuple[str, ...]) -> None:
    exam = interrupt(tmp_path / "exam", 1, *options)
    assert exam.returncode == 3
    assert exam.stderr is not None
    assert "cancelled by the operator" in exam.stderr.read()
    assert "cancelled by the operator" in json.loads((tmp_path / "exam" / "exam.json").read_text())["ended"]
    assert (tmp_path / "exam" / "report.pdf").is_file()


@pytest.mark.system
@pytest.mark.parametrize("options", [(), ("--lockstep",)], ids=["graph", "lockstep"])
def test_twice_it_ends_at_once_and_keeps_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    exam = interrupt(tmp_path / "exam", 2, *options)
    assert exam.returncode == 130, exam.stderr and exam.stderr.read()
    assert list(tmp_path.iterdir()) == []
