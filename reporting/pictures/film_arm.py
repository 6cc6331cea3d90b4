"""Where the arm and the probe are: the film's panels of the arm and of the path on the neck."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sonoreach.reporting.frame_log import FilmFrame
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image
from sonoreach.reporting.pictures.film_panel import Box, Panel, Record
from sonoreach.reporting.pictures.neck_map import NeckMap

Array = NDArray[np.float64]


class ArmPanel(Panel):
    """The arm from the side (base x to the right, z up), the skin and the probe."""

    title = "Arm 机械臂"

    def __init__(self, box: Box, record: Record, skeleton: Callable[[Array], Array] | None) -> None:
        """`skeleton` maps joint angles [rad] to points along the arm, shape (n, 3) [m]."""
        super().__init__(box, record)
        self.skeleton = skeleton
        self.skin = np.asarray(record["registration"].get("skin_points_m", ()), dtype=np.float64).reshape(-1, 3)
        self.scale = 0.0
        self.corner = (0.0, 0.0)
        points = [np.asarray(self.frames["position_m"], dtype=np.float64), np.zeros((1, 3)), self.skin]
        self._fit(np.concatenate(points)[:, [0, 2]], top_m=0.75 if skeleton else 0.0)

    def _fit(self, points: Array, top_m: float) -> None:
        low, high = points.min(axis=0), np.maximum(points.max(axis=0), (-np.inf, top_m))
        span = np.maximum(high - low, 0.1)
        inner = np.array([self.width - 40.0, self.height - 60.0])
        self.scale = float((inner / span).min())
        middle = (low + high) / 2
        self.corner = (
            self.x + self.width / 2 - middle[0] * self.scale,
            self.y + 10 + self.height / 2 + middle[1] * self.scale,
        )

    def _pixels(self, points_m: Array) -> Array:
        x = self.corner[0] + points_m[:, 0] * self.scale
        y = self.corner[1] - points_m[:, 2] * self.scale
        return np.column_stack([x, y])

    def draw_ground(self, picture: Image) -> None:
        """Draw the skin."""
        super().draw_ground(picture)
        for x, y in self._pixels(self.skin):
            canvas.dot(picture, x, y, 0.8, palette.LINE)

    def draw(self, picture: Image, frame: FilmFrame) -> None:
        """Draw the links and the probe."""
        position = np.asarray(self.frames["position_m"][frame.row], dtype=np.float64)
        if self.skeleton is not None and frame.joints_rad:
            links = self._pixels(np.asarray(self.skeleton(np.array(frame.joints_rad)), dtype=np.float64))
            canvas.lines(picture, links, palette.MUTED, 5)
            for x, y in links:
                canvas.dot(picture, x, y, 4, palette.TEXT)
        x, y = self._pixels(position[None])[0]
        canvas.dot(picture, x, y, 6, self._color(frame.row))


class PathPanel(Panel):
    """The probe's way over the neck, seen from the front."""

    title = "Path on the neck 探头路径"

    def __init__(self, box: Box, record: Record) -> None:
        super().__init__(box, record)
        self.neck = NeckMap.of(record)
        positions = np.asarray(self.frames["position_m"], dtype=np.float64)
        inner_width, inner_height = self.width - 20, self.height - 44
        left, right, _, top = self.neck.extent(record, inner_width / inner_height)
        self.scale = inner_width / (right - left)
        self.corner = (self.x + 10 - left * self.scale, self.y + 36 + top * self.scale)
        self.window = (self.x + 4, self.y + 32, self.x + self.width - 4, self.y + self.height - 4)
        self.points = self._pixels(positions)
        self.done = 0

    def _pixels(self, points_m: Array) -> Array:
        flat = self.neck.to_map(points_m)
        return np.column_stack([self.corner[0] + flat[:, 0] * self.scale, self.corner[1] - flat[:, 1] * self.scale])

    def draw_ground(self, picture: Image) -> None:
        """Draw the skin cloud and keep the ground, on which the path grows."""
        super().draw_ground(picture)
        for x, y in self._pixels(self.neck.skin_m):
            if self._inside(x, y):
                canvas.dot(picture, x, y, 1.0, palette.LINE)
        self.ground = picture[self.y : self.y + self.height, self.x : self.x + self.width].copy()

    def _inside(self, x: float, y: float) -> bool:
        left, top, right, bottom = self.window
        return bool(left < x < right and top < y < bottom)

    def draw(self, picture: Image, frame: FilmFrame) -> None:
        """Grow the path up to this frame; show where the probe is and how its face lies."""
        while self.done < frame.row:
            first, second = self.points[self.done], self.points[self.done + 1]
            if self._inside(*first) and self._inside(*second):
                offset = (self.x, self.y)
                canvas.lines(self.ground, [first - offset, second - offset], self._color(self.done + 1), 2)
            self.done += 1
        canvas.paste(picture, self.ground, self.x, self.y)
        x, y = self.points[frame.row]
        if self._inside(x, y):
            canvas.dot(picture, x, y, 6, palette.TEXT, 2)
