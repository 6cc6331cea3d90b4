"""What the exam runner gives back on each update."""

from __future__ import annotations

from dataclasses import dataclass

from sonoreach.types.exam import CapturedPlane, ExamEvent, ExamProgress, PlaneGoal, PlaneResult


@dataclass(frozen=True, eq=False)
class ExamStep:
    """One step of the exam.

    Attributes:
        goal: what steering and perception shall work on now.
        progress: for people.
        events: decisions taken in this update, in order.
        captures: planes captured in this update.
        results: outcome of every plane that is finished, in order.
        finished: whether the exam is over; the arm is off the patient, or has been stopped.
        ended: "" while it runs and after a full exam, else why it ended early.
    """

    goal: PlaneGoal
    progress: ExamProgress
    events: tuple[ExamEvent, ...]
    captures: tuple[CapturedPlane, ...]
    results: tuple[PlaneResult, ...]
    finished: bool
    ended: str = ""
