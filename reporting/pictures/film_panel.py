"""One rectangle of the film."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from sonoreach.reporting.frame_log import FilmFrame
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image

Record = Mapping[str, Any]
Box = tuple[int, int, int, int]


class Panel(ABC):
    """One rectangle of the film: a ground that is drawn once, and what changes with the frame."""

    title = ""

    def __init__(self, box: Box, record: Record) -> None:
        self.x, self.y, self.width, self.height = box
        self.record = record
        self.frames = record["frames"]
        self.planes = {plane["plane"]: (index, plane) for index, plane in enumerate(record["planes"])}

    def draw_ground(self, picture: Image) -> None:
        """Draw what never changes."""
        canvas.panel(picture, self.x, self.y, self.width, self.height)
        canvas.text(picture, self.title, self.x + 14, self.y + 24, 15, palette.MUTED, bold=True)

    @abstractmethod
    def draw(self, picture: Image, frame: FilmFrame) -> None:
        """Draw what belongs to one frame."""

    def _color(self, row: int) -> palette.Rgb:
        wanted = self.frames["wanted"][row]
        return palette.plane_color(self.planes[wanted][0]) if wanted in self.planes else palette.MUTED
