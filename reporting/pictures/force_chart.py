"""Force over time and the exam's timeline, as charts of the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.palette import unit_rgb

Record = Mapping[str, Any]
TEXT, MUTED = unit_rgb(palette.TEXT), unit_rgb(palette.MUTED)


def numbers(values: Sequence[Any]) -> np.ndarray:
    """A column with its gaps (null) as NaN."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def spans(wanted: Sequence[str], times_s: np.ndarray) -> list[tuple[str, float, float]]:
    """Stretches of time during which the same plane was wanted: plane, begin, end [s]."""
    found: list[tuple[str, float, float]] = []
    for name, time in zip(wanted, times_s, strict=True):
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1], time)
        else:
            if found:
                found[-1] = (found[-1][0], found[-1][1], time)
            found.append((name, time, time))
    return [span for span in found if span[0]]


def draw_force(axes: Axes, record: Record) -> None:
    """Measured and asked force [N], shaded by the plane that was wanted, captures as points."""
    frames = record["frames"]
    times = numbers(frames.get("time_s", ()))
    force, target = numbers(frames.get("force_n", ())), numbers(frames.get("target_force_n", ()))
    index_of = {plane["plane"]: index for index, plane in enumerate(record["planes"])}
    for name, begin, end in spans(frames.get("wanted", ()), times):
        if name in index_of:
            axes.axvspan(begin, end, color=unit_rgb(palette.plane_color(index_of[name])), alpha=0.13, linewidth=0)
    axes.plot(times, target, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), label="asked 目标")
    axes.plot(times, force, color=unit_rgb(palette.FORCE), linewidth=1.5, label="measured 实测")
    for index, plane in enumerate(record["planes"]):
        if plane["obtained"]:
            color = unit_rgb(palette.plane_color(index))
            axes.plot(
                plane["time_s"],
                plane["force_n"],
                "o",
                color=color,
                markersize=9,
                markeredgecolor=unit_rgb(palette.BACKGROUND),
                zorder=5,
            )
    summary = record["summary"]
    words = "Force on the skin  接触力"
    if summary["force_rmse_n"] is not None:
        words += f"   RMSE {summary['force_rmse_n']:.2f} N, peak {summary['force_peak_n']:.1f} N"
    axes.set_title(words, color=TEXT, fontsize=12, pad=6, loc="left")
    axes.set_ylabel("N", color=MUTED, fontsize=10)
    axes.set_xlim(*_limits(times))
    top = np.nanmax(force) if np.isfinite(force).any() else 1.0
    axes.set_ylim(min(-0.3, np.nanmin(force)) if np.isfinite(force).any() else -0.3, max(1.0, 1.2 * top))
    axes.grid(color=unit_rgb(palette.LINE), linewidth=0.6)
    _legend(axes)


def draw_timeline(axes: Axes, record: Record) -> None:
    """Quality and probability of the wanted plane over time, over a band that names the plane."""
    frames = record["frames"]
    times = numbers(frames.get("time_s", ()))
    for name, key, color in (
        ("probability 概率", "probability", palette.GOOD),
        ("quality 质量", "quality", palette.CALIPER),
    ):
        axes.plot(times, numbers(frames.get(key, ())), color=unit_rgb(color), linewidth=1.2, label=name)
    planes = {plane["plane"]: (index, plane) for index, plane in enumerate(record["planes"])}
    for name, begin, end in spans(frames.get("wanted", ()), times):
        if name in planes:
            index, _ = planes[name]
            axes.axvspan(begin, end, ymax=0.09, color=unit_rgb(palette.plane_color(index)), linewidth=0)
    for _, plane in planes.values():
        if plane["obtained"]:
            axes.axvline(plane["time_s"], color=TEXT, linewidth=0.8, alpha=0.6)
    axes.set(xlim=_limits(times), ylim=(-0.12, 1.05))
    axes.set_xlabel("s", color=MUTED, fontsize=10, labelpad=0)
    axes.grid(color=unit_rgb(palette.LINE), linewidth=0.6)
    axes.set_title("What the network sees of the wanted plane  识别", color=TEXT, fontsize=12, pad=6, loc="left")
    _legend(axes)


def _legend(axes: Axes) -> None:
    """The names of the curves, above the chart's right end."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.99), fontsize=9, labelcolor=MUTED, frameon=False, ncols=2)


def _limits(times: np.ndarray) -> tuple[float, float]:
    if not len(times) or times[-1] <= times[0]:
        return 0.0, 1.0
    return float(times[0]), float(times[-1])
