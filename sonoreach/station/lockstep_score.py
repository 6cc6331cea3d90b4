"""One lock-step exam, judged against the truth that the station itself never sees."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from sonoreach.policies.protocol import Protocol
from sonoreach.simulation.patient.truth import judge_plane
from sonoreach.station.lockstep import LockstepStation, Turn
from sonoreach.types.exam import PlaneResult
from sonoreach.types.probe import ContactState

NO_FORCE_N = 0.2  # below it the probe is taken to have left the skin


@dataclass(frozen=True)
class PlaneScore:
    """One plane of an exam: its result, and how far a capture lies from the truth (nan without one).

    Attributes:
        result: as the exam gave it.
        error_mm, error_deg: see `sonoreach.simulation.patient.truth.judge_plane`.
        standard: whether it is captured and truly the standard plane.
    """

    result: PlaneResult
    error_mm: float = math.nan
    error_deg: float = math.nan
    standard: bool = False


@dataclass
class ForceScore:
    """Force over one exam, from the arm's states.

    Attributes:
        squares_n2, samples: sum of squared errors while the force is under control, and their number.
        peak_n: largest pressing force.
        loss_s: longest time without contact between the first firm contact and the retract.
    """

    squares_n2: float = 0.0
    samples: int = 0
    peak_n: float = 0.0
    loss_s: float = 0.0
    _lost_since_s: float | None = None
    _touched: bool = False

    def add(self, turn: Turn) -> None:
        """Take the states of one turn."""
        for state in turn.states:
            self.peak_n = max(self.peak_n, state.force_n)
            if state.contact == ContactState.SCAN:
                self._touched = True
                self.squares_n2 += (state.force_n - state.target_force_n) ** 2
                self.samples += 1
            if state.contact in (ContactState.RETRACT, ContactState.STOPPED):
                self._touched = False
            lost = self._touched and (state.force_n < NO_FORCE_N or state.contact == ContactState.RECOVER)
            if not lost:
                self._lost_since_s = None
                continue
            self._lost_since_s = state.stamp_s if self._lost_since_s is None else self._lost_since_s
            self.loss_s = max(self.loss_s, state.stamp_s - self._lost_since_s)


@dataclass
class ExamScore:
    """One exam: planes, force, reason of an early end, simulated and wall time [s]."""

    patient: int
    planes: list[PlaneScore] = field(default_factory=list)
    force: ForceScore = field(default_factory=ForceScore)
    ended: str = ""
    simulated_s: float = 0.0
    wall_s: float = 0.0


def score_exam(station: LockstepStation) -> ExamScore:
    """Run a station's exam and judge it."""
    force, start = ForceScore(), time.perf_counter()
    result = station.run(on_turn=force.add)
    score = ExamScore(station.patient.seed, [], force, result.ended, result.duration_s, time.perf_counter() - start)
    captures = {capture.plane: capture for capture in result.captures}
    for plane in result.results:
        if not plane.obtained:
            score.planes.append(PlaneScore(plane))
            continue
        image, spec = captures[plane.plane].image, station.protocol.plane(plane.plane).spec
        truth = judge_plane(station.patient, spec, image.base_probe, image.stamp_s)
        score.planes.append(PlaneScore(plane, truth.error_mm, truth.error_deg, truth.standard))
    return score


def failed_exam(protocol: Protocol, patient: int, reason: str) -> ExamScore:
    """Score of an exam that broke: every plane counts as failed."""
    planes = [PlaneScore(PlaneResult(p.spec.name, False, not_obtained_because=reason)) for p in protocol.planes]
    return ExamScore(patient, planes, ended=reason)
