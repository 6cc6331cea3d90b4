"""`sonoreach bench steering`: whole exams on simulated patients in lock-step, judged against the truth."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sonoreach.errors import InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.station.lockstep_score import ExamScore, PlaneScore, failed_exam, score_exam

MAX_SEED = 2**31 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's arguments."""
    parser.add_argument("--protocol", default="thyroid", help="name or YAML file (default %(default)s)")
    parser.add_argument("--patients", default="10000-10009", metavar="A-B", help="seeds (default %(default)s)")
    parser.add_argument("--jobs", default=1, type=int, metavar="N", help="exams side by side (default %(default)s)")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the first patient's exam")
    parser.add_argument("--model", metavar="ONNX", help="another perception model, its card beside it")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Run an exam for each patient; returns the figures."""
    protocol, seeds = Protocol.load(args.protocol), parse_seeds(args.patients)
    cores = os.cpu_count() or 1
    if not 1 <= args.jobs <= cores:
        raise InputError(f"--jobs is {args.jobs}, allowed 1 to {cores} on this machine")
    scores = []
    for score in _exams(protocol, args.protocol, seeds, args.model, args.jobs):
        print(line(score), file=sys.stderr, flush=True)
        scores.append(score)
    if args.picture is not None:
        picture(protocol, seeds[0], args.model, args.picture)
    alone = scores
    if args.jobs > 1:  # side by side they slow each other down: the factor is that of one exam alone
        alone = [exam(protocol, seeds[0], args.model)]
    return figures(scores, alone)


def parse_seeds(text: str) -> range:
    """Seeds from "A-B", both included, or "A".

    Raises:
        InputError: anything else, or seeds out of range.
    """
    first, dash, last = text.partition("-")
    ok = first.isdecimal() and (last.isdecimal() or not dash)
    if not ok or not int(first) <= int(last or first) <= MAX_SEED:
        raise InputError(f"--patients is '{text}', allowed A or A-B with 0 <= A <= B <= {MAX_SEED}, e.g. 10000-10009")
    return range(int(first), int(last or first) + 1)


def exam(protocol: Protocol, seed: int, model: str | None) -> ExamScore:
    """One exam; one that breaks counts as failed in every plane.

    Raises:
        InputError: the model is unusable, which is nobody's failure but the caller's.
    """
    from sonoreach.perception.onnx_detector import OnnxDetector
    from sonoreach.station.lockstep import LockstepStation

    detector = OnnxDetector(model)
    try:
        return score_exam(LockstepStation(protocol, seed, detector=detector))
    except Exception as error:  # whatever breaks in one exam must not hide the other exams' results
        return failed_exam(protocol, seed, f"{type(error).__name__}: {error}")


def picture(protocol: Protocol, seed: int, model: str | None, path: Path) -> None:
    """Draw one exam into a PNG."""
    from sonoreach.perception.onnx_detector import OnnxDetector
    from sonoreach.station.lockstep import LockstepStation
    from sonoreach.station.lockstep_picture import Trace, draw

    station, trace = LockstepStation(protocol, seed, detector=OnnxDetector(model)), Trace()
    station.run(on_turn=lambda turn: trace.take(station, turn))
    draw(station, trace, path)


def figures(scores: Sequence[ExamScore], alone: Sequence[ExamScore]) -> dict[str, Any]:
    """Sum up exams.

    Args:
        scores: all exams.
        alone: those that had the machine for themselves, for the real-time factor.

    Returns:
        Times in s of simulated time, errors in mm and degrees, forces in N; `planes_qualified_fraction` counts
        captures, `planes_standard_fraction` those that are truly standard, `false_qualified_fraction` is the part
        of the captures that are not.
    """
    planes = [plane for score in scores for plane in score.planes]
    captured = [plane for plane in planes if plane.result.obtained]
    seconds = [plane.result.seconds for plane in captured]
    squares = sum(score.force.squares_n2 for score in scores)
    samples = sum(score.force.samples for score in scores)
    factors = [score.simulated_s / score.wall_s for score in alone if score.wall_s > 0.0]
    return {
        "patients": len(scores),
        "planes_total": len(planes),
        "planes_qualified_fraction": len(captured) / len(planes),
        "planes_standard_fraction": sum(plane.standard for plane in planes) / len(planes),
        "false_qualified_fraction": _mean([not plane.standard for plane in captured]),
        "time_to_plane_median_s": _percentile(seconds, 50),
        "time_to_plane_p95_s": _percentile(seconds, 95),
        "plane_error_median_mm": _percentile([plane.error_mm for plane in captured], 50),
        "plane_error_median_deg": _percentile([plane.error_deg for plane in captured], 50),
        "force_rmse_n": float(np.sqrt(squares / samples)) if samples else None,
        "force_peak_n": max(score.force.peak_n for score in scores),
        "contact_loss_max_s": max(score.force.loss_s for score in scores),
        "exams_ended_early": sum(bool(score.ended) for score in scores),
        "realtime_factor": _percentile(factors, 50),
    }


def line(score: ExamScore) -> str:
    """One exam in one line."""
    words = [f"patient {score.patient}:"]
    words += [_word(plane) for plane in score.planes]
    words.append(f"| {score.simulated_s:.0f} s simulated in {score.wall_s:.0f} s, peak {score.force.peak_n:.1f} N")
    reasons = dict.fromkeys(p.result.not_obtained_because for p in score.planes if not p.result.obtained)
    return " ".join(words) + "".join(f"\n    not obtained: {reason}" for reason in reasons)


def _word(plane: PlaneScore) -> str:
    name = "".join(part[0] for part in plane.result.plane.split("_"))
    if not plane.result.obtained:
        return f"{name} -"
    mark = "" if plane.standard else "!"
    return f"{name} {plane.result.seconds:.1f}s {plane.error_mm:.1f}mm {plane.error_deg:.0f}°{mark}"


def _exams(protocol: Protocol, name: str, seeds: range, model: str | None, jobs: int) -> Iterator[ExamScore]:
    """Exams in the order of the seeds."""
    if jobs == 1:
        yield from (exam(protocol, seed, model) for seed in seeds)
        return
    os.environ["NUMBA_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // jobs))  # read by the fresh processes
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(_one, [(name, seed, model) for seed in seeds])


def _one(job: tuple[str, int, str | None]) -> ExamScore:
    name, seed, model = job
    return exam(Protocol.load(name), seed, model)


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None
