"""`sonoreach exam`: one exam from approach to report, on the ROS graph or in lock-step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sonoreach.cli.exam_view import ExamView
from sonoreach.errors import EndedEarly, InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.reporting.staged_folder import check_output
from sonoreach.types.exam import PlaneResult
from sonoreach_nodes.open_exam import exam_header

MAX_SEED = 2**31 - 1


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "exam",
        help=summary,
        description="Scan a patient, measure, and write a report. Ctrl-C ends the exam in order: the arm leaves "
        "the patient and the report is written with what there is.",
        epilog="example: sonoreach exam --protocol thyroid --patient 7 --out exam-out",
    )
    parser.add_argument("--protocol", default="thyroid", help="name or YAML file (default %(default)s)")
    parser.add_argument("--patient", type=int, default=7, metavar="SEED", help="which simulated patient (default 7)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; new or empty")
    parser.add_argument("--planes", default="", metavar="A,B", help="planes to take; all when not given")
    parser.add_argument("--model", type=Path, metavar="ONNX", help="another perception model, its card beside it")
    parser.add_argument("--lockstep", action="store_true", help="one process, simulated time, reproducible")
    parser.add_argument("--record", action="store_true", help="keep the channel data too, in DIR/recording.h5")
    parser.add_argument(
        "--play", type=Path, metavar="H5", help="play a recording of this patient instead of simulating echoes"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one exam; returns 0 when every plane was obtained.

    Raises:
        InputError: before anything starts.
        EndedEarly: the exam ended early, or a plane was not obtained.
    """
    protocol, planes = check(args)
    titles = {p.spec.name: p.spec.title for p in protocol.planes if not planes or p.spec.name in planes}
    view = ExamView(f"{protocol.title}, simulated patient {args.patient}", titles)
    with view:
        results, ended, folder = (_lockstep if args.lockstep else _graph)(args, protocol, planes, view)
    view.conclude(results, folder)
    missing = [r.plane for r in results if not r.obtained]
    if ended or missing:
        raise EndedEarly(ended or f"not obtained: {', '.join(missing)}")
    return 0


def check(args: argparse.Namespace) -> tuple[Protocol, list[str]]:
    """Refuse bad arguments before anything starts; returns the protocol and the names of the planes.

    Raises:
        InputError: unknown protocol, plane or patient, a missing or altered model or recording, or an output
            folder that is not empty or cannot be written.
    """
    protocol = Protocol.load(args.protocol)
    planes = [name for name in args.planes.split(",") if name]
    check_patient(args.patient)
    if args.play is not None:
        if args.lockstep:
            raise InputError("--play needs the ROS graph; leave --lockstep away")
        check_playable(args.play, args.patient)
    exam_header(protocol, planes, args.patient, "check", model=str(args.model or ""))
    check_output(args.out)
    return protocol, planes


def check_patient(seed: int) -> None:
    """Refuse the seed of no patient.

    Raises:
        InputError: a seed out of range.
    """
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"unknown patient {seed}, allowed 0 to {MAX_SEED}")


def check_playable(path: Path, patient: int) -> None:
    """Refuse a recording that is not of an exam of this patient; reads every frame.

    Raises:
        InputError: no recording in SonoReach's layout, a damaged frame, or another simulated patient.
    """
    from sonoreach.beamform.recording.hdf5_layout import Hdf5Recording

    recording = Hdf5Recording(path)
    try:
        sources = {recording.frame(index).source for index in range(recording.n_frames)}
    finally:
        recording.close()
    for source in sources:
        if source.startswith("simulated patient ") and source != f"simulated patient {patient}":
            raise InputError(f"{path} is of {source}, not of patient {patient}; give its --patient")


def _graph(
    args: argparse.Namespace, protocol: Protocol, planes: Sequence[str], view: ExamView
) -> tuple[Sequence[PlaneResult], str, Path | None]:
    """Run on the ROS graph."""
    from sonoreach.station.graph import Graph

    name = str(args.protocol if Path(args.protocol).suffix == "" else Path(args.protocol).resolve())
    arguments = {
        "protocol": name,
        "patient": str(args.patient),
        "out": str(args.out.resolve()),
        "record": str(args.record).lower(),
        "model": str(args.model.resolve()) if args.model else "",
    }
    if args.play is not None:
        arguments |= {"front_end": "recording", "front_end_address": str(args.play.resolve())}
    with Graph("simulation.launch.xml", arguments, view.show) as graph:
        view.say("starting the nodes")
        graph.wait_until_ready()
        outcome = graph.run(name, planes)
    ended = outcome.ended
    if outcome.off_patient_s is not None:
        ended += f"; the arm was off the patient {outcome.off_patient_s:.1f} s later"
    return outcome.results, ended, outcome.folder


def _lockstep(
    args: argparse.Namespace, protocol: Protocol, planes: Sequence[str], view: ExamView
) -> tuple[Sequence[PlaneResult], str, Path | None]:
    """Run in one process, in simulated time."""
    from sonoreach.station.lockstep_exam import run_lockstep

    header = exam_header(protocol, planes, args.patient, "lockstep", model=str(args.model or ""))
    result, folder = run_lockstep(
        protocol, planes, header, args.out, model=args.model, record=args.record, on_progress=view.show
    )
    return result.results, result.ended, folder
