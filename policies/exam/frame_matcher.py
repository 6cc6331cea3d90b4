"""Brings an estimate together with its image and the probe's state at that time; they arrive one after another."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ProbeState

KEPT = 24  # images and states that wait for their estimate


@dataclass(frozen=True, eq=False)
class Frame:
    """An image with its estimate and the probe's state at its stamp."""

    image: BModeImage
    estimate: PlaneEstimate
    state: ProbeState


class FrameMatcher:
    """Keeps the latest images and states.

    Attributes:
        last_frame: frame id of the latest match; -1 before the first.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self.last_frame = -1
        self._images: deque[BModeImage] = deque(maxlen=KEPT)
        self._states: deque[ProbeState] = deque(maxlen=KEPT)

    def add(self, state: ProbeState, image: BModeImage | None) -> None:
        """Take the latest state, and the latest image if there is one (again: ignored)."""
        self._states.append(state)
        if image is not None and (not self._images or self._images[-1].frame_id != image.frame_id):
            self._images.append(image)

    def match(self, estimate: PlaneEstimate | None, wanted: str) -> Frame | None:
        """The frame of a new estimate; None when it is old, of another plane, or its image is gone."""
        if estimate is None or estimate.frame_id <= self.last_frame or estimate.wanted != wanted:
            return None
        image = next((i for i in self._images if i.frame_id == estimate.frame_id), None)
        if image is None:
            return None
        self.last_frame = estimate.frame_id
        return Frame(image, estimate, min(self._states, key=lambda s: abs(s.stamp_s - image.stamp_s)))
