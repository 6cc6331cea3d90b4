"""The exam: its phases, goals, captures and results."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeState


class ExamPhase(StrEnum):
    """Phases of an exam, in order, a plane at a time."""

    IDLE = "idle"
    APPROACH = "approach"
    CONTACT = "contact"
    SEARCH = "search"
    HOLD = "hold"
    CAPTURE = "capture"
    MEASURE = "measure"
    NEXT = "next"
    RETRACT = "retract"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class PlaneGoal:
    """What the exam asks of steering and perception: a plane and the phase it is in; "" when none."""

    plane: str = ""
    phase: ExamPhase = ExamPhase.IDLE
    stamp_s: float = 0.0


@dataclass(frozen=True)
class SteeringStatus:
    """What steering says of itself.

    Attributes:
        stamp_s: time [s].
        plane: plane it is working on.
        mode: "idle", "approach", "search", "servo", "hold" or "retract".
        exhausted: whether the search has covered its whole area without success.
        at_target: whether the probe has arrived where steering wants it.
        note: one sentence for people.
    """

    stamp_s: float
    plane: str
    mode: str
    exhausted: bool = False
    at_target: bool = False
    note: str = ""


@dataclass(frozen=True, eq=False)
class CapturedPlane:
    """A qualified plane: the image, its estimate, and the probe's state at the image's stamp."""

    plane: str
    image: BModeImage
    estimate: PlaneEstimate
    state: ProbeState
    stamp_s: float


@dataclass(frozen=True)
class PlaneResult:
    """Outcome of one plane: obtained with a frame, or not obtained because."""

    plane: str
    obtained: bool
    frame_id: int = -1
    quality: float = 0.0
    seconds: float = 0.0
    not_obtained_because: str = ""


@dataclass(frozen=True)
class ExamProgress:
    """Progress, as shown to people.

    Attributes:
        stamp_s: time [s].
        plane, phase: current plane and phase.
        planes_done, planes_total: count of planes finished, of planes in the protocol.
        elapsed_s: time since the start of the exam [s].
        quality: quality of the latest estimate (0-1).
        force_n: current pressing force [N].
        message: one sentence.
    """

    stamp_s: float
    plane: str
    phase: ExamPhase
    planes_done: int
    planes_total: int
    elapsed_s: float
    quality: float = 0.0
    force_n: float = 0.0
    message: str = ""


@dataclass(frozen=True, eq=False)
class ExamEvent:
    """One entry of the exam's timeline: a decision and what it rested on.

    Attributes:
        stamp_s: time of the decision [s].
        kind: "phase", "search", "criteria", "capture", "not_obtained", "stop" or "finished".
        plane: plane concerned, "" when none.
        frame_id: image frame on which it rests; -1 when on none.
        base_probe: pose of the probe at the decision.
        force_n: pressing force [N].
        model_hash: SHA-256 of the perception model, "" before its first estimate.
        details: everything else; keys carry units, values are what JSON can hold.
    """

    stamp_s: float
    kind: str
    plane: str
    frame_id: int
    base_probe: Pose
    force_n: float
    model_hash: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """Everything but stamp and kind, as the timeline of an exam folder keeps it."""
        return {
            "plane": self.plane,
            "frame_id": self.frame_id,
            "position_m": self.base_probe.position_m,
            "quaternion_xyzw": self.base_probe.quaternion,
            "force_n": self.force_n,
            "model_hash": self.model_hash,
        } | self.details
