"""What the lock-step station asks of a recorder; `sonoreach.reporting.exam_folder.ExamFolder` is one."""

from __future__ import annotations

from typing import Any, Protocol

from sonoreach.types.exam import CapturedPlane
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ProbeState


class Recorder(Protocol):
    """Takes what happens, in order."""

    def add_image(self, image: BModeImage, estimate: PlaneEstimate | None, state: ProbeState | None) -> None:
        """Take one image with its estimate and the probe's state."""

    def add_event(self, stamp_s: float, kind: str, **fields: Any) -> None:
        """Take one decision."""

    def add_capture(self, capture: CapturedPlane) -> None:
        """Take a captured plane."""

    def add_measurement(self, measurement: Measurement) -> None:
        """Take a measurement."""
