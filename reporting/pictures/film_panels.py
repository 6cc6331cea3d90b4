"""The panels of the film beside the image: arm, path on the neck, plane estimate, force."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.reporting.frame_log import FilmFrame
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image
from sonoreach.reporting.pictures.neck_map import NeckMap
from sonoreach.reporting.vocabulary import plane_title

Record = Mapping[str, Any]
Box = tuple[int, int, int, int]
Array = NDArray[np.float64]


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


class EstimatePanel(Panel):
    """What the network says: the wanted plane, its figures, its criteria."""

    title = "Plane 切面"
    bars = (("probability 概率", "probability"), ("quality 质量", "quality"), ("contact 耦合", "acoustic_contact"))

    def draw(self, picture: Image, frame: FilmFrame) -> None:
        """Draw the names, the bars and the criteria."""
        row, left, right = frame.row, self.x + 14, self.x + self.width - 14
        wanted, seen = self.frames["wanted"][row], self.frames["plane"][row]
        plane = self.planes[wanted][1] if wanted in self.planes else None
        y = self.y + 56
        title = plane["title"] if plane else "no plane wanted"
        canvas.text(picture, title, left, y, 20, self._color(row), bold=True)
        canvas.text(picture, plane["title_zh"] if plane else "", left, y + 26, 17, palette.TEXT)
        canvas.text(picture, f"seen: {plane_title(seen) if seen else 'none'}", left, y + 50, 14, palette.MUTED)
        y += 78
        for name, key in self.bars:
            self._bar(picture, name, self.frames[key][row], left, right, y)
            y += 36
        if self.frames["qualified"][row]:
            canvas.panel(picture, right - 96, self.y + 10, 96, 24, palette.GOOD, 8)
            canvas.text(picture, "qualified", right - 48, self.y + 27, 15, palette.BACKGROUND, True, "center")
        bottom = self.y + self.height
        for name, met in frame.criteria:
            if y > bottom - 8:
                break
            canvas.dot(picture, left + 5, y - 5, 5, palette.GOOD if met else palette.BAD)
            words = canvas.fitted(name.replace("_", " "), 14, right - left - 20)
            canvas.text(picture, words, left + 18, y, 14, palette.TEXT if met else palette.MUTED)
            y += 19

    def _bar(self, picture: Image, name: str, value: float | None, left: int, right: int, y: int) -> None:
        canvas.text(picture, name, left, y, 14, palette.MUTED)
        canvas.text(picture, "-" if value is None else f"{value:.2f}", right, y, 14, palette.TEXT, align="right")
        canvas.panel(picture, left, y + 6, right - left, 6, palette.LINE, 3)
        if value is not None and value > 0.03:
            canvas.panel(picture, left, y + 6, round((right - left) * min(value, 1.0)), 6, palette.GOOD, 3)


class ForcePanel(Panel):
    """Force over the whole exam, a cursor at the frame, points where planes were captured."""

    title = "Force on the skin 接触力 (N)"

    def draw_ground(self, picture: Image) -> None:
        """Draw the curves dimly and the captures."""
        super().draw_ground(picture)
        times = np.array(self.frames["time_s"], dtype=np.float64)
        force = np.array([np.nan if v is None else v for v in self.frames["force_n"]], dtype=np.float64)
        asked = np.array([np.nan if v is None else v for v in self.frames["target_force_n"]], dtype=np.float64)
        finite = np.concatenate([force[np.isfinite(force)], asked[np.isfinite(asked)], [1.0]])
        high, low = float(finite.max()) * 1.1, min(0.0, float(finite.min()))
        left, right = self.x + 44, self.x + self.width - 70
        top, bottom = self.y + 36, self.y + self.height - 14
        seconds = max(float(times[-1] - times[0]), 1e-3)
        x = left + (times - times[0]) / seconds * (right - left)
        self.curve = np.column_stack([x, bottom - (np.nan_to_num(force) - low) / (high - low) * (bottom - top)])
        target = np.column_stack([x, bottom - (np.nan_to_num(asked) - low) / (high - low) * (bottom - top)])
        for value in range(0, int(high) + 1, max(1, int(high) // 4)):
            y = bottom - (value - low) / (high - low) * (bottom - top)
            canvas.lines(picture, [(left, y), (right, y)], palette.LINE)
            canvas.text(picture, str(value), left - 10, y + 5, 13, palette.MUTED, align="right")
        canvas.lines(picture, target, palette.MUTED)
        canvas.lines(picture, self.curve, palette.FORCE_DIM)
        for index, plane in self.planes.values():
            if plane["obtained"]:
                at = left + (plane["time_s"] - times[0]) / seconds * (right - left)
                y = float(np.interp(at, x, self.curve[:, 1]))
                canvas.dot(picture, at, y, 6, palette.plane_color(index))
        self.box = (left, right, top, bottom)

    def draw(self, picture: Image, frame: FilmFrame) -> None:
        """Draw the curve up to the frame, and the value."""
        _, right, top, bottom = self.box
        canvas.lines(picture, self.curve[: frame.row + 1], palette.FORCE, 2)
        x, y = self.curve[frame.row]
        canvas.lines(picture, [(x, top), (x, bottom)], palette.MUTED)
        canvas.dot(picture, x, y, 5, palette.FORCE)
        value = self.frames["force_n"][frame.row]
        words = "-" if value is None else f"{value:.1f} N"
        canvas.text(picture, words, right + 8, y + 6, 17, palette.FORCE, bold=True)
