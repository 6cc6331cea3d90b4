"""`overview.png`: one picture that tells the exam."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.fonts import FAMILY, cjk_font
from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.force_chart import draw_force, draw_timeline
from sonoreach.reporting.pictures.neck_chart import draw_neck
from sonoreach.reporting.pictures.palette import unit_rgb
from sonoreach.reporting.pictures.plane_picture import ENDS, plane_picture
from sonoreach.reporting.vocabulary import STRUCTURES, measurement_title, signed

Record = Mapping[str, Any]
WIDTH_PX, HEIGHT_PX, DPI = 1920, 1200, 100
CHARACTER_PX = 7.5  # mean width of a character of the reasons
Color = tuple[float, float, float]
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
        draw_neck(_panel(figure, (0.036, 0.055, 0.25, 0.43)), record, WIDTH_PX / HEIGHT_PX)
        draw_force(_panel(figure, (0.325, 0.245, 0.37, 0.24)), record)
        draw_timeline(_panel(figure, (0.325, 0.055, 0.37, 0.125)), record)
        _numbers(_panel(figure, (0.725, 0.055, 0.253, 0.43)), record)
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
    shape = next((d.pixels.shape[0] / d.pixels.shape[1] for d in displays.values()), 0.78)
    for index, plane in enumerate(planes):
        axes = figure.add_axes((left + index * (width + gap), 0.6, width, 0.255))
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
            reason = textwrap.fill(plane["not_obtained_because"], round(width * WIDTH_PX / CHARACTER_PX))
            axes.set_box_aspect(shape)
            _say(axes, 0.5, 0.6, "not obtained 未获得", unit_rgb(palette.BAD), 13, "center")
            _say(axes, 0.5, 0.48, reason, MUTED, 10, "center", "top")
    x = left
    for name, title in STRUCTURES.items():
        figure.text(x, 0.548, "●", color=unit_rgb(palette.STRUCTURES[name]), fontsize=12, va="center")
        figure.text(x + 0.011, 0.548, f"{title.en} {title.zh}", color=MUTED, fontsize=10.5, va="center")
        x += 0.103


def _image(axes: Axes, plane: Record, record: Record, display: DisplayImage) -> None:
    calipers = [m["calipers_mm"] for m in record["measurements"] if m["plane"] == plane["plane"] and m["calipers_mm"]]
    picture = plane_picture(
        display, 720, outlines=plane["outlines_mm"], calipers_mm=calipers, ends=ENDS.get(plane["orientation"], ())
    )
    axes.imshow(picture, aspect="equal", interpolation="antialiased")
    axes.set_xlabel(
        f"frame {plane['frame_id']}   t {plane['time_s']:.1f} s   quality {plane['quality']:.2f}   "
        f"{plane['force_n']:.1f} N",
        color=MUTED,
        fontsize=10,
        labelpad=5,
    )


def _numbers(axes: Axes, record: Record) -> None:
    """Measurements as a table; in simulation with the error."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title("Measurements  测量", color=TEXT, fontsize=12, pad=6, loc="left")
    rows = record["measurements"]
    truth_known = any(m["truth"] is not None for m in rows)
    step = min(0.088, 0.9 / max(len(rows), 1))
    if truth_known:
        _say(axes, 0.97, 0.955, "error 误差", MUTED, 9, "right")
    for index, m in enumerate(rows):
        y = 0.955 - step * (index + (1 if truth_known else 0.5))
        title = measurement_title(m["name"])
        _say(axes, 0.03, y, f"{title.en}  {title.zh}", TEXT, 10.5, "left")
        if m["value"] is None:
            _say(axes, 0.97, y, "not obtained 未获得", unit_rgb(palette.BAD), 10, "right")
            continue
        spread = f" ± {m['uncertainty']:.1f}" if m["uncertainty"] is not None else ""
        _say(axes, 0.80, y, f"{m['value']:.1f}{spread} {m['unit']}", unit_rgb(palette.CALIPER), 11, "right")
        _say(axes, 0.97, y, signed(m["error"]), MUTED, 10, "right")


def _say(
    axes: Axes, x: float, y: float, words: str, color: Color, size: float, align: str, vertical: str = "center"
) -> None:
    """Write at (x, y) of the axes' own 0-1 square."""
    axes.text(x, y, words, color=color, fontsize=size, ha=align, va=vertical, transform=axes.transAxes)
