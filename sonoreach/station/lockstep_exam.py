"""A whole exam in lock-step with the same result files as on the graph."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.policies.protocol import Protocol
from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.station.lockstep import LockstepResult, LockstepStation
from sonoreach.station.turn_recorder import TurnRecorder
from sonoreach.types.exam import ExamProgress
from sonoreach_nodes.interrupts import Interrupts
from sonoreach_nodes.open_exam import open_folder


def run_lockstep(
    protocol: Protocol,
    planes: Sequence[str],
    header: ExamHeader,
    out: Path,
    *,
    model: Path | None = None,
    record: bool = False,
    on_progress: Callable[[ExamProgress], None] | None = None,
) -> tuple[LockstepResult, Path]:
    """Run an exam and write its folder; Ctrl-C ends it in order, twice: at once, with nothing kept.

    Args:
        protocol: the examination.
        planes: names of the planes to take; empty: all.
        header: what the exam is; names the patient and the seed.
        out: folder to write; new or empty.
        model: another perception model.
        record: whether channel data are kept too.
        on_progress: called after each turn.

    Returns:
        The outcome and the folder.

    Raises:
        InputError: the folder is not empty or cannot be written, or the model is refused.
        KeyboardInterrupt: Ctrl-C twice.
    """
    detector = OnnxDetector(model) if model is not None else None
    folder = open_folder(out, header)
    station = LockstepStation(
        protocol, header.patient_seed or 0, detector=detector, planes=planes, seed=header.seed, recorder=folder
    )

    def look(progress: ExamProgress) -> None:
        if interrupts.count > 1:
            raise KeyboardInterrupt
        if interrupts.count:
            station.exam.abort(station.now_s, "cancelled by the operator")
        if on_progress is not None:
            on_progress(progress)

    try:
        with Interrupts(signal.SIGINT) as interrupts:  # while the report is written too: there it changes nothing
            with TurnRecorder(folder.path, header.protocol, station.patient.registration(), record) as recorder:
                result = station.run(look, recorder.take)
                recorder.take_measurements(result.measurements)
            return result, folder.finish(list(result.results), result.ended)
    except BaseException:
        folder.discard()
        raise
