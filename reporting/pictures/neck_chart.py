"""The probe's way over the neck, as a chart of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from scipy.spatial.transform import Rotation

from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.neck_map import NeckMap, path_m, touching_rows
from sonoreach.reporting.pictures.palette import unit_rgb

Record = Mapping[str, Any]
SKIN = LinearSegmentedColormap.from_list("skin", ["#161d2d", "#3a3f4e", "#7a6a66", "#a98c80"])
TEXT, MUTED = unit_rgb(palette.TEXT), unit_rgb(palette.MUTED)


def draw_neck(axes: Axes, record: Record, figure_aspect: float) -> None:
    """The skin as a relief, the probe's path on it coloured by plane, a bar where each plane was captured.

    Args:
        axes: where to draw; it is filled at the same scale in both directions.
        record: the exam's record.
        figure_aspect: width / height of the whole figure.
    """
    neck = NeckMap.of(record)
    box = axes.get_position()
    aspect = box.width / box.height * figure_aspect
    left, right, bottom, top = neck.extent(record, aspect)
    if len(neck.skin_m) > 10:
        axes.contourf(*neck.relief((left, right, bottom, top)), levels=24, cmap=SKIN)
    frames = record["frames"]
    positions = np.asarray(frames.get("position_m", ()), dtype=np.float64).reshape(-1, 3)
    touching = touching_rows(frames)
    wanted = np.array(frames.get("wanted", ()), dtype=object)
    for index, plane in enumerate(record["planes"]):
        rows = (wanted == plane["plane"]) & touching if len(wanted) else np.zeros(0, bool)
        points = neck.to_map(positions[rows]) if len(rows) else np.zeros((0, 2))
        color = unit_rgb(palette.plane_color(index))
        axes.plot(points[:, 0], points[:, 1], color=color, linewidth=1.6, alpha=0.9)
        if plane["obtained"]:
            _footprint(axes, neck, plane, color)
    for name, point in neck.landmarks_m.items():
        x, y = neck.to_map(point)[0]
        if left < x < right and bottom < y < top:
            axes.plot(x, y, "+", color=TEXT, markersize=8)
            axes.annotate(name.replace("_", " "), (x, y), (5, 4), textcoords="offset points", color=TEXT, fontsize=9)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_title("Probe on the neck, seen from the front  探头路径", color=TEXT, fontsize=12, pad=6, loc="left")
    axes.set_xlabel("patient's right  ←   mm   →  patient's left", color=MUTED, fontsize=10)
    axes.set_ylabel("mm, head up", color=MUTED, fontsize=10, labelpad=-2)
    if not len(path_m(record)):
        axes.text(0.5, 0.5, "no image", color=MUTED, ha="center", transform=axes.transAxes)


def _footprint(axes: Axes, neck: NeckMap, plane: Record, color: tuple[float, float, float]) -> None:
    """The probe's face at the capture, 50 mm long, as a bar with a dot at its centre."""
    center = np.asarray(plane["position_m"], dtype=np.float64)
    along = Rotation.from_quat(plane["quaternion_xyzw"]).as_matrix()[:, 0]
    ends = neck.to_map(np.stack([center - 0.025 * along, center + 0.025 * along]))
    middle = neck.to_map(center)[0]
    axes.plot(ends[:, 0], ends[:, 1], color=color, linewidth=5, solid_capstyle="round", alpha=0.55)
    axes.plot(*middle, "o", color=color, markersize=8, markeredgecolor=unit_rgb(palette.BACKGROUND))
