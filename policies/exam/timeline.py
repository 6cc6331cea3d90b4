"""Collects the exam's decisions as events, each with the frame, pose, force and model that it rests on."""

from __future__ import annotations

from typing import Any

from sonoreach.types.exam import ExamEvent, SteeringStatus
from sonoreach.types.probe import ProbeState


class Timeline:
    """Events of the present update.

    Attributes:
        model_hash: of the latest estimate; "" before the first.
    """

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.model_hash = ""
        self._events: list[ExamEvent] = []
        self._steering_mode = ""

    def add(
        self, now_s: float, state: ProbeState, kind: str, plane: str, frame_id: int, details: dict[str, Any]
    ) -> None:
        """Add one decision."""
        self._events.append(
            ExamEvent(now_s, kind, plane, frame_id, state.base_probe, state.force_n, self.model_hash, details)
        )

    def note_steering(self, now_s: float, state: ProbeState, status: SteeringStatus | None, frame_id: int) -> None:
        """Steering's changes of mind belong to the timeline too."""
        if status is None or not status.mode:
            return
        mode = f"{status.plane} {status.mode}"
        if mode != self._steering_mode:
            self._steering_mode = mode
            self.add(now_s, state, "steering", status.plane, frame_id, {"mode": status.mode, "note": status.note})

    def take(self) -> tuple[ExamEvent, ...]:
        """Hand the events over and begin anew."""
        events, self._events = tuple(self._events), []
        return events
