"""The ROS graph: the same parts as the lock-step station, in real time, in processes of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rclpy
from rclpy.signals import SignalHandlerOptions

import sonoreach
from sonoreach.errors import EndedEarly, InputError, SonoReachError
from sonoreach.station.exam_client import ExamClient
from sonoreach.station.launch_reader import read_launch
from sonoreach.station.processes import Domain, Process, Processes
from sonoreach.types.exam import ExamProgress, PlaneResult
from sonoreach_nodes.convert.exam import result_from_msg
from sonoreach_nodes.interrupts import Interrupts
from sonoreach_nodes.shared_memory import sweep_shared_memory

START_S = 60.0
RETRACT_S = 3.0
FEEDBACK_S = 0.3
REPORT_S = 180.0
ANSWER_S = 20.0
TICK_S = 0.02


@dataclass
class GraphResult:
    """Outcome of an exam on the graph.

    Attributes:
        results: outcome of each plane.
        folder: the result folder, None when none was written.
        ended: "" after a full exam, else why it ended early.
        off_patient_s: after the death of a process: time until the arm was off the patient [s].
    """

    results: list[PlaneResult] = field(default_factory=list)
    folder: Path | None = None
    ended: str = ""
    off_patient_s: float | None = None


def launch_folder() -> Path:
    """Where the launch files are: beside the source tree, or in an installed ROS package.

    Raises:
        InputError: they are in neither place.
    """
    prefixes = [p for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    places = [Path(sonoreach.__file__).resolve().parents[1] / "launch"]
    places += [Path(prefix) / "share" / "sonoreach" / "launch" for prefix in prefixes]
    for place in places:
        if (place / "simulation.launch.xml").is_file():
            return place
    raise InputError(f"the launch files are in none of {', '.join(map(str, places))}")


class Graph:
    """A running graph; use it as a context manager.

    Attributes:
        processes: its processes.
        client: the command line's node, on which others may listen too.
        result: what is known of the exam so far.
    """

    def __init__(
        self,
        launch_file: str,
        arguments: dict[str, str],
        on_progress: Callable[[ExamProgress], None] | None = None,
    ) -> None:
        """Start the processes of a launch file and wait for nothing.

        Args:
            launch_file: its name in the launch folder.
            arguments: its arguments; the epoch is now, and `out` the folder of the only exam.
            on_progress: called with each progress report.

        Raises:
            InputError: the launch file is missing or refuses the arguments.
        """
        epoch_s = time.time()
        given = arguments | {"epoch_s": repr(epoch_s), "one_exam": "true"}
        specs = read_launch(launch_folder() / launch_file, given)
        self._domain = Domain()
        self._out = Path(os.path.abspath(arguments["out"]))
        os.environ.update(specs[0].ros_environment | {"ROS_DOMAIN_ID": str(self._domain.number)})
        self.processes = Processes(specs, self._domain.number)
        self._ros = contextlib.ExitStack()
        ros_arguments = ["--ros-args", "-p", f"epoch_s:={epoch_s!r}"]
        self._ros.enter_context(rclpy.init(args=ros_arguments, signal_handler_options=SignalHandlerOptions.NO))
        self.client = ExamClient(on_progress)
        self.result = GraphResult()
        self._interrupts = Interrupts(signal.SIGINT)

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything; a folder that a killed report node left half-written goes too."""
        self.client.close()
        self._ros.close()
        self.processes.close()
        sweep_shared_memory()
        self._domain.close()
        for rest in self._out.parent.glob(f".{self._out.name}.*.partial"):
            shutil.rmtree(rest, ignore_errors=True)

    def wait_until_ready(self) -> None:
        """Wait until every node is heard and images come.

        Raises:
            InputError: a node refused its parameters.
            EndedEarly: a process died, or a node stayed silent.
        """
        wanted = {name for process in self.processes.running for name in process.spec.arguments}
        deadline_s = time.monotonic() + START_S
        while not (self.client.ready and wanted <= self.client.heard.keys()):
            for process in self.processes.dead:
                refused = process.popen.returncode == InputError.exit_code
                kind: type[SonoReachError] = InputError if refused else EndedEarly
                raise kind(process.last_words() or f"{process.title} ended at once ({_how(process)})")
            if time.monotonic() > deadline_s:
                silent = sorted(wanted - self.client.heard.keys()) or ["the front end (no image)"]
                raise EndedEarly(f"no sign of life from {', '.join(silent)} within {START_S:.0f} s of the start")
            self.client.spin(TICK_S)

    def run(self, protocol: str, planes: Sequence[str] = ()) -> GraphResult:
        """Run one exam.

        Ctrl-C once ends it in order: the arm retracts, the report is written with what there is. Twice: at once.

        Args:
            protocol: name or file.
            planes: names of planes to take; empty: all.

        Raises:
            InputError: the exam was refused.
            EndedEarly: the exam node does not answer.
            KeyboardInterrupt: Ctrl-C twice.
        """
        self.client.start(protocol, planes)
        deadline_s = time.monotonic() + ANSWER_S
        cancelled = False
        with self._interrupts:
            while self.client.outcome is None:
                self._spin()
                if self.processes.dead:
                    return self._after_death(self.processes.dead)
                if self._interrupts.count and not cancelled:
                    cancelled = self.client.cancel()
                if not self.client.answered and time.monotonic() > deadline_s:
                    raise EndedEarly(f"the exam node has not answered within {ANSWER_S:.0f} s of being asked")
        return self._conclude()

    def _spin(self) -> None:
        """Let the client hear what there is; KeyboardInterrupt after the second Ctrl-C."""
        self.client.spin(TICK_S)
        if self._interrupts.count > 1:
            raise KeyboardInterrupt

    def _after_death(self, dead: list[Process]) -> GraphResult:
        """Get the arm off the patient, then save what can be saved."""
        died_s = time.monotonic()
        names = [name for process in dead for name in process.spec.arguments]
        cause = "; ".join(f"{process.title} died ({_how(process)})" for process in dead)
        self.client.stop_arm()  # two ways at once: what a dying process held may hold up either message
        arm = next((process for process in dead if "arm" in process.spec.arguments), None)
        while time.monotonic() - died_s < RETRACT_S:
            self.client.tell_broken(names, f"its process died ({_how(dead[0])})")
            self._spin()
            # A simulated arm's drive outlives its node, leaves the patient, and ends.
            if self.client.off_patient if arm is None else not arm.family():
                self.result.off_patient_s = time.monotonic() - died_s
                break
        self.client.spin(FEEDBACK_S)
        self.result.results = self.client.results
        if "exam" in names:
            report = self.client.ask_for_report(cause)
            deadline_s = time.monotonic() + REPORT_S
            while report is not None and not report.done() and time.monotonic() < deadline_s:
                self._spin()
            answer = report.result() if report is not None and report.done() else None
            self.result.folder = Path(answer.folder) if answer is not None and answer.folder else None
        elif "report" not in names:
            deadline_s = time.monotonic() + REPORT_S
            while self.client.outcome is None and time.monotonic() < deadline_s:
                self._spin()
            if self.client.outcome is not None:
                self._conclude()
        self.result.ended = cause
        return self.result

    def _conclude(self) -> GraphResult:
        outcome = self.client.outcome
        assert outcome is not None
        if outcome.error_code == outcome.REFUSED:
            raise InputError(outcome.error_text)
        self.result.results = [result_from_msg(r) for r in outcome.results]
        self.result.folder = Path(outcome.folder) if outcome.folder else None
        self.result.ended = outcome.error_text
        return self.result


def _how(process: Process) -> str:
    """How a process ended, for people."""
    code = process.popen.returncode
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}, {process.last_words()}" if process.last_words() else f"exit code {code}"
