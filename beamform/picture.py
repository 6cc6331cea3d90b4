"""Pictures of images with scales, for people and documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.doppler.overlay import flow_colours
from sonoreach.types.image import BModeImage


def write_bmode_picture(path: Path, image: BModeImage, title: str = "") -> None:
    """Write a B-mode image with axes in millimetres and its scale in dB as PNG."""
    figure, axes = _figure(image)
    shown = axes.imshow(image.pixels, cmap="gray", extent=_extent_mm(image), vmin=0, vmax=255, interpolation="nearest")
    bar = figure.colorbar(shown, ax=axes, label="dB", shrink=0.8)
    ticks = np.linspace(0, 255, 5)
    bar.set_ticks(ticks.tolist(), labels=[f"{(t / 255 - 1) * image.dynamic_range_db:.0f}" for t in ticks])
    _finish(figure, axes, path, title)


def write_flow_picture(
    path: Path, image: BModeImage, rgb: NDArray[np.uint8], limit_m_s: float | None, title: str = ""
) -> None:
    """Write a colour Doppler image with axes in millimetres and its scale in cm/s as PNG.

    Without a limit, because the pulse rate is not known, the scale is in parts of the Nyquist velocity.
    """
    from matplotlib.colors import ListedColormap

    figure, axes = _figure(image)
    axes.imshow(rgb, extent=_extent_mm(image), interpolation="nearest")
    scale = ListedColormap(flow_colours(np.linspace(-1, 1, 256), 1.0) / 255.0)
    limit, unit = (1.0, "parts of the Nyquist velocity") if limit_m_s is None else (limit_m_s * 100, "cm/s")
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure.colorbar(
        ScalarMappable(Normalize(-limit, limit), scale),
        ax=axes,
        label=f"{unit}, towards the probe positive",
        shrink=0.8,
    )
    _finish(figure, axes, path, title)


def _figure(image: BModeImage) -> tuple[Any, Any]:
    """A figure that belongs to no window system."""
    from matplotlib.figure import Figure

    left, right, bottom, top = _extent_mm(image)
    height = 5.0 * (bottom - top) / (right - left)
    figure = Figure(figsize=(6.5, min(max(height, 2.5), 12.0) + 0.8), dpi=110, layout="constrained")
    return figure, figure.add_subplot()


def _extent_mm(image: BModeImage) -> tuple[float, float, float, float]:
    """Edges left, right, bottom, top [mm]."""
    n_depth, n_lateral = image.pixels.shape[:2]
    left, top = image.x0_m - image.dx_m / 2, image.z0_m - image.dz_m / 2
    return left * 1e3, (left + n_lateral * image.dx_m) * 1e3, (top + n_depth * image.dz_m) * 1e3, top * 1e3


def _finish(figure: Any, axes: Any, path: Path, title: str) -> None:
    axes.set(xlabel="lateral (mm)", ylabel="depth (mm)", title=title)
    axes.set_aspect("equal")
    figure.savefig(path)
