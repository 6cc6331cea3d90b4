"""The lock-step station: an exam from the channel data on, twice the same, and its scores."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from oracle import Oracle

from sonoreach.errors import InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.simulation.patient.patient import Patient
from sonoreach.station.lockstep import LockstepStation
from sonoreach.station.lockstep_score import failed_exam, score_exam
from sonoreach.types.exam import ExamPhase

PROTOCOL = Protocol.load("thyroid")
SEED, PLANE = 10003, "isthmus_transverse"


class Notes:
    """A recorder that keeps plain notes of everything."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def add_image(self, image: Any, estimate: Any, state: Any) -> None:
        self.notes.append(("image", image.frame_id, image.pixels.tobytes(), state.wrench.tobytes()))

    def add_event(self, stamp_s: float, kind: str, **fields: Any) -> None:
        self.notes.append(("event", stamp_s, kind, str({k: fields[k] for k in sorted(fields)})))

    def add_capture(self, capture: Any) -> None:
        self.notes.append(("capture", capture.plane, capture.image.frame_id))

    def add_measurement(self, measurement: Any) -> None:
        self.notes.append(("measurement", dataclasses.astuple(measurement)))


def station(**options: Any) -> LockstepStation:
    return LockstepStation(PROTOCOL, SEED, detector=Oracle(Patient.from_seed(SEED)), planes=(PLANE,), **options)


@pytest.fixture(scope="module")
def runs() -> list[tuple[Notes, Any]]:
    """The same exam twice."""
    out = []
    for _ in range(2):
        notes = Notes()
        out.append((notes, score_exam(station(recorder=notes))))
    return out


def test_the_plane_is_captured_where_it_truly_is(runs: list[tuple[Notes, Any]]) -> None:
    score = runs[0][1]
    assert [plane.result.plane for plane in score.planes] == [PLANE]
    assert score.planes[0].result.obtained and score.planes[0].standard
    assert score.planes[0].error_mm < 5.0
    assert score.planes[0].result.seconds < 12.0


def test_the_force_is_kept(runs: list[tuple[Notes, Any]]) -> None:
    force = runs[0][1].force
    assert force.samples > 100
    assert np.sqrt(force.squares_n2 / force.samples) < 0.3
    assert force.peak_n < 8.0
    assert force.loss_s < 0.5


def test_the_same_arguments_give_the_same_exam(runs: list[tuple[Notes, Any]]) -> None:
    assert runs[0][0].notes == runs[1][0].notes


def test_the_recorder_sees_captures_measurements_and_decisions_with_their_source(
    runs: list[tuple[Notes, Any]],
) -> None:
    notes = runs[0][0].notes
    assert [n[1] for n in notes if n[0] == "capture"] == [PLANE]
    measured = [n[1] for n in notes if n[0] == "measurement"]
    assert [m[0] for m in measured] == ["isthmus_thickness"]
    capture = next(n for n in notes if n[0] == "event" and n[2] == "capture")
    for word in ("frame_id", "position_m", "quaternion_xyzw", "force_n", "'model_hash': 'oracle'"):
        assert word in capture[3]


def test_a_safety_stop_ends_the_exam_with_its_cause() -> None:
    it = station()
    while it.turn().step.goal.phase != ExamPhase.SEARCH:
        pass
    it.safety.stop("a person said stop")
    for _ in range(5):
        step = it.turn().step
        if step.finished:
            break
    assert step.finished and step.ended == "a person said stop"
    assert "a person said stop" in step.results[0].not_obtained_because
    for _ in range(10):
        turn = it.turn()
    face = turn.states[-1].base_probe.position_m
    assert it.patient.gap(face[None], it.now_s)[0][0] > 0.02  # off the patient


def test_a_bad_patient_or_plane_is_refused() -> None:
    with pytest.raises(InputError, match="patient seed"):
        LockstepStation(PROTOCOL, -1, detector=Oracle(Patient.from_seed(SEED)))
    with pytest.raises(InputError, match="no plane 'spleen'"):
        LockstepStation(PROTOCOL, SEED, detector=Oracle(Patient.from_seed(SEED)), planes=("spleen",))


def test_an_exam_that_broke_counts_as_failed_in_every_plane() -> None:
    score = failed_exam(PROTOCOL, SEED, "it broke")
    assert len(score.planes) == len(PROTOCOL.planes)
    assert not any(plane.standard or plane.result.obtained for plane in score.planes)
