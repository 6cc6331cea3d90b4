"""What the network says and how hard the probe presses: the film's panels of the plane and of the force."""

from __future__ import annotations

import numpy as np

from sonoreach.reporting.frame_log import FilmFrame
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image
from sonoreach.reporting.pictures.film_panel import Panel
from sonoreach.reporting.vocabulary import plane_title


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
