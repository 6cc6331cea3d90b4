"""What is kept of every frame: a row of numbers for all, a small picture for the film, a cine around captures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.reporting.jpeg import encode_jpeg
from sonoreach.reporting.outlines import Outline, outlines
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ProbeState

FILM_FRAMES = 600  # when more come, every second one is dropped: memory and time to write stay bounded
CINE_BEFORE = 16
CINE_AFTER = 8


@dataclass(frozen=True)
class FilmFrame:
    """One picture of the film.

    Attributes:
        row: the frame's row in the log.
        jpeg: its grey image as beamformed, compressed.
        geometry_m: x0, dx, z0, dz of the image [m].
        estimate: what perception saw; the outlines are drawn from it when the exam is over.
        joints_rad: joint angles of the arm [rad], empty when not known.
    """

    row: int
    jpeg: bytes
    geometry_m: tuple[float, float, float, float]
    estimate: PlaneEstimate | None
    joints_rad: tuple[float, ...]

    @property
    def outlines(self) -> dict[str, list[Outline]]:
        """Structures seen, as `outlines` gives them."""
        return outlines(self.estimate) if self.estimate is not None else {}

    @property
    def criteria(self) -> tuple[tuple[str, bool], ...]:
        """Each criterion's name and whether it is met."""
        return tuple((c.name, c.met) for c in self.estimate.criteria) if self.estimate is not None else ()


@dataclass
class Cine:
    """Frames around one capture."""

    plane: str
    images: list[BModeImage]
    wanted: int = CINE_AFTER


@dataclass
class FrameLog:
    """Collects frames in bounded memory.

    Attributes:
        rows: columns of numbers, a value a frame: name -> list.
        film: pictures for the film, evenly thinned.
        cines: name of the plane -> frames around its latest capture.
        last_state: latest state of the probe.
    """

    rows: dict[str, list[Any]] = field(default_factory=dict)
    film: list[FilmFrame] = field(default_factory=list)
    cines: dict[str, Cine] = field(default_factory=dict)
    last_state: ProbeState | None = None
    _recent: deque[BModeImage] = field(default_factory=lambda: deque(maxlen=CINE_BEFORE))
    _stride: int = 1

    def __len__(self) -> int:
        """Number of frames seen."""
        return len(self.rows.get("frame_id", ()))

    def add(self, image: BModeImage, time_s: float, estimate: PlaneEstimate | None, state: ProbeState | None) -> None:
        """Take one frame; `time_s` since the start of the exam."""
        self.last_state = state or self.last_state
        for name, value in _row(image, time_s, estimate, self.last_state).items():
            self.rows.setdefault(name, []).append(value)
        self._recent.append(image)
        for cine in self.cines.values():
            last = cine.images[-1]
            if cine.wanted > 0 and image.frame_id > last.frame_id and image.pixels.shape == last.pixels.shape:
                cine.images.append(image)
                cine.wanted -= 1
        if (len(self) - 1) % self._stride == 0:
            self._film(image, estimate)

    def open_cine(self, plane: str, image: BModeImage) -> None:
        """Begin the cine of a capture with the frames up to it; those that follow are added as they come."""
        images = [i for i in self._recent if i.frame_id <= image.frame_id and i.pixels.shape == image.pixels.shape]
        if not images or images[-1].frame_id != image.frame_id:
            images.append(image)
        self.cines[plane] = Cine(plane, images)

    def _film(self, image: BModeImage, estimate: PlaneEstimate | None) -> None:
        if len(self.film) >= FILM_FRAMES:
            self.film = self.film[::2]
            self._stride *= 2
            if (len(self) - 1) % self._stride:
                return
        state = self.last_state
        self.film.append(
            FilmFrame(
                row=len(self) - 1,
                jpeg=encode_jpeg(image.pixels, quality=85),
                geometry_m=(image.x0_m, image.dx_m, image.z0_m, image.dz_m),
                estimate=estimate,
                joints_rad=tuple(float(q) for q in state.joint_position_rad) if state is not None else (),
            )
        )


def _row(image: BModeImage, time_s: float, estimate: PlaneEstimate | None, state: ProbeState | None) -> dict[str, Any]:
    pose = image.base_probe
    return {
        "frame_id": image.frame_id,
        "time_s": time_s,
        "position_m": _rounded(pose.position_m),
        "quaternion_xyzw": _rounded(pose.quaternion),
        "force_n": round(state.force_n, 4) if state else None,
        "target_force_n": round(state.target_force_n, 4) if state else None,
        "contact_state": state.contact.name.lower() if state else "",
        "wanted": estimate.wanted if estimate else "",
        "plane": estimate.plane if estimate else "",
        "probability": round(estimate.probability, 4) if estimate else None,
        "quality": round(estimate.quality, 4) if estimate else None,
        "acoustic_contact": round(estimate.contact, 4) if estimate else None,
        "qualified": estimate.qualified if estimate else False,
        "missed": " ".join(c.name for c in estimate.criteria if not c.met) if estimate else "",
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 6) for v in values]
