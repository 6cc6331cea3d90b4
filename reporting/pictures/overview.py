"""`overview.png`: one picture that tells the exam."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.fonts import FAMILY, cjk_font
from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.force_chart import draw_force, draw_timeline
from sonoreach.reporting.pictures.neck_map import NeckMap, path_m, touching_rows
from sonoreach.reporting.pictures.palette import unit_rgb
from sonoreach.reporting.pictures.plane_picture import plane_picture
from sonoreach.reporting.vocabulary import STRUCTURES, measurement_title

Record = Mapping[str, Any]
WIDTH_PX, HEIGHT_PX, DPI = 1920, 1200, 100
TEXT, MUTED = unit_rgb(palette.TEXT), unit_rgb(palette.MUTED)


def write_overview(record: Record, displays: Mapping[str, DisplayImage], path: Path) -> None:
    """Draw the overview.

    Args:
        record: the exam's record.
        displays: name of each obtained plane -> its image.
        path: PNG file to write.
    """
    font = cjk_font()
    if FAMILY not in {entry.name for entry in fontManager.ttflist}:
        fontManager.addfont(str(font))
    family = FontProperties(fname=str(font)).get_name()
    style = {"font.family": [family], "axes.unicode_minus": False, "font.size": 11}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=unit_rgb(palette.BACKGROUND))
        FigureCanvasAgg(figure)
        _title(figure, record)
        _planes(figure, record, displays)
        _path(_panel(figure, (0.036, 0.055, 0.245, 0.415)), record)
        draw_force(_panel(figure, (0.325, 0.235, 0.37, 0.235)), record)
        draw_timeline(_panel(figure, (0.325, 0.055, 0.37, 0.12)), record)
        _numbers(_panel(figure, (0.725, 0.055, 0.253, 0.415)), record)
        figure.savefig(path, dpi=DPI, facecolor=figure.get_facecolor(), metadata={"Software": None})


def _panel(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(box, facecolor=unit_rgb(palette.PANEL))
    axes.tick_params(colors=MUTED, labelsize=10, length=3)
    for spine in axes.spines.values():
        spine.set_color(unit_rgb(palette.LINE))
    return axes


def _title(figure: Figure, record: Record) -> None:
    summary = record["summary"]
    figure.text(0.022, 0.955, f"{record['title']}  {record['title_zh']}", fontsize=24, color=TEXT, va="center")
    who = f"simulated patient {record['patient_seed']}" if record["simulated"] else f"patient {record['patient_id']}"
    ended = f"ended early: {record['ended']}" if record["ended"] else "complete"
    words = f"{who}   ·   {summary['planes_obtained']} of {summary['planes_total']} planes   ·   "
    words += f"{summary['duration_s']:.0f} s   ·   {summary['frames']} images   ·   {ended}"
    figure.text(0.022, 0.917, words, fontsize=13, color=MUTED, va="center")
    if record["simulated"]:
        figure.text(
            0.978,
            0.955,
            "SIMULATED PATIENT 模拟患者",
            fontsize=13,
            color=unit_rgb(palette.CALIPER),
            va="center",
            ha="right",
        )
    figure.text(
        0.978,
        0.917,
        f"SonoReach {record['software_version']}   model {record['model_hash'][:12]}",
        fontsize=11,
        color=MUTED,
        va="center",
        ha="right",
    )


def _planes(figure: Figure, record: Record, displays: Mapping[str, DisplayImage]) -> None:
    planes = record["planes"]
    gap, left = 0.012, 0.022
    width = (0.978 - left - gap * (len(planes) - 1)) / max(len(planes), 1)
    for index, plane in enumerate(planes):
        axes = figure.add_axes((left + index * (width + gap), 0.575, width, 0.285))
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_facecolor(unit_rgb(palette.PANEL))
        color = unit_rgb(palette.plane_color(index))
        for spine in axes.spines.values():
            spine.set_color(color)
            spine.set_linewidth(1.6)
        axes.set_title(f"{plane['title']}  {plane['title_zh']}", color=TEXT, fontsize=12, pad=6)
        if plane["plane"] in displays:
            _image(axes, plane, record, displays[plane["plane"]])
        else:
            axes.text(
                0.5,
                0.6,
                "not obtained 未获得",
                color=unit_rgb(palette.BAD),
                ha="center",
                fontsize=13,
                transform=axes.transAxes,
            )
            axes.text(
                0.5,
                0.48,
                plane["not_obtained_because"],
                color=MUTED,
                ha="center",
                va="top",
                fontsize=10,
                wrap=True,
                transform=axes.transAxes,
            )
    x = left
    for name, title in STRUCTURES.items():
        figure.text(x, 0.527, "●", color=unit_rgb(palette.STRUCTURES[name]), fontsize=12, va="center")
        figure.text(x + 0.011, 0.527, f"{title.en} {title.zh}", color=MUTED, fontsize=10.5, va="center")
        x += 0.103


def _image(axes: Axes, plane: Record, record: Record, display: DisplayImage) -> None:
    calipers = [m["calipers_mm"] for m in record["measurements"] if m["plane"] == plane["plane"] and m["calipers_mm"]]
    picture = plane_picture(
        display, 720, outlines=plane["outlines_mm"], calipers_mm=calipers, orientation=plane["orientation"]
    )
    axes.imshow(picture, aspect="equal", interpolation="antialiased")
    axes.set_xlabel(
        f"frame {plane['frame_id']}   t {plane['time_s']:.1f} s   quality {plane['quality']:.2f}   "
        f"{plane['force_n']:.1f} N",
        color=MUTED,
        fontsize=10,
        labelpad=5,
    )


def _path(axes: Axes, record: Record) -> None:
    """The skin as a relief, the probe's path on it coloured by plane, a bar where each plane was captured."""
    neck = NeckMap.of(record)
    box = axes.get_position()
    aspect = box.width * WIDTH_PX / (box.height * HEIGHT_PX)
    left, right, bottom, top = neck.extent(record, aspect)
    if len(neck.skin_m) > 10:
        skin = neck.to_map(neck.skin_m)
        axes.tricontourf(skin[:, 0], skin[:, 1], neck.height_mm(neck.skin_m), levels=18, cmap="bone", alpha=0.55)
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
            axes.annotate(name.replace("_", " "), (x, y), (5, 4), textcoords="offset points", color=MUTED, fontsize=9)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_title("Probe on the neck, seen from the front  探头路径", color=TEXT, fontsize=12, pad=6)
    axes.set_xlabel("patient's right  ←   mm   →  patient's left", color=MUTED, fontsize=10)
    axes.set_ylabel("mm, head up", color=MUTED, fontsize=10, labelpad=-2)
    if not len(path_m(record)):
        axes.text(0.5, 0.5, "no image", color=MUTED, ha="center", transform=axes.transAxes)


def _footprint(axes: Axes, neck: NeckMap, plane: Record, color: tuple[float, float, float]) -> None:
    """The probe's face at the capture, 50 mm long, as a bar with a dot at its centre."""
    from scipy.spatial.transform import Rotation

    center = np.asarray(plane["position_m"], dtype=np.float64)
    along = Rotation.from_quat(plane["quaternion_xyzw"]).as_matrix()[:, 0]
    ends = neck.to_map(np.stack([center - 0.025 * along, center + 0.025 * along]))
    middle = neck.to_map(center)[0]
    axes.plot(ends[:, 0], ends[:, 1], color=color, linewidth=5, solid_capstyle="round", alpha=0.55)
    axes.plot(*middle, "o", color=color, markersize=8, markeredgecolor=unit_rgb(palette.BACKGROUND))


def _numbers(axes: Axes, record: Record) -> None:
    """Measurements as a table; in simulation with the error."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title("Measurements  测量", color=TEXT, fontsize=12, pad=6)
    rows = record["measurements"]
    step = min(0.088, 0.9 / max(len(rows), 1))
    truth_known = any(m["truth"] is not None for m in rows)
    if truth_known:
        axes.text(0.97, 0.955, "error 误差", color=MUTED, ha="right", va="center", fontsize=9, transform=axes.transAxes)
    for index, m in enumerate(rows):
        y = 0.955 - step * (index + (1 if truth_known else 0.5))
        title = measurement_title(m["name"])
        axes.text(0.03, y, f"{title.en}  {title.zh}", color=TEXT, va="center", fontsize=10.5, transform=axes.transAxes)
        if m["value"] is None:
            axes.text(
                0.97,
                y,
                "not obtained 未获得",
                color=unit_rgb(palette.BAD),
                ha="right",
                va="center",
                fontsize=10,
                transform=axes.transAxes,
            )
            continue
        spread = f" ± {m['uncertainty']:.1f}" if m["uncertainty"] is not None else ""
        axes.text(
            0.80,
            y,
            f"{m['value']:.1f}{spread} {m['unit']}",
            color=unit_rgb(palette.CALIPER),
            ha="right",
            va="center",
            fontsize=11,
            transform=axes.transAxes,
        )
        if m["error"] is not None:
            axes.text(
                0.97,
                y,
                f"{m['error']:+.1f}",
                color=MUTED,
                ha="right",
                va="center",
                fontsize=10,
                transform=axes.transAxes,
            )
