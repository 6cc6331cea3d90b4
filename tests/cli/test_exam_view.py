"""What the terminal shows of an exam."""

import io
from pathlib import Path

from rich.console import Console

from sonoreach.cli.exam_view import ExamView
from sonoreach.types.exam import ExamPhase, ExamProgress, PlaneResult

PLANES = {"a": "Right lobe, transverse", "b": "Left lobe, transverse"}


def progress(phase: ExamPhase, elapsed_s: float) -> ExamProgress:
    return ExamProgress(elapsed_s, "a", phase, 0, 2, elapsed_s, 0.84, 3.02, f"In {phase.value}.")


def shown(terminal: bool) -> str:
    stream = io.StringIO()
    view = ExamView("Thyroid", PLANES, Console(file=stream, force_terminal=terminal, width=100))
    with view:
        view.say("starting the nodes")
        view.show(progress(ExamPhase.SEARCH, 1.0))
        view.show(progress(ExamPhase.SEARCH, 2.0))
        view.show(progress(ExamPhase.HOLD, 3.0))
    done = PlaneResult("a", True, 57, 0.84, 3.5)
    view.conclude([done, PlaneResult("b", False, not_obtained_because="no time")], Path("out"))
    return stream.getvalue()


def test_without_a_terminal_a_line_a_change() -> None:
    lines = shown(False).splitlines()
    assert lines[0] == "starting the nodes"
    assert [line.split()[2] for line in lines[1:3]] == ["search", "hold"]
    assert "3.02 N" in lines[1] and "quality 0.84" in lines[1]
    assert "obtained in 3.5 s, frame 57" in lines[3]
    assert "not obtained: no time" in lines[4]
    assert lines[5].endswith("out/report.pdf")


def test_in_a_terminal_plane_quality_force_and_time() -> None:
    text = shown(True)
    for word in ("Right lobe, transverse", "3.02 N", "3.0 s", "0 of 2"):
        assert word in text
