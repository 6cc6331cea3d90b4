"""Resolution and contrast of each way to beamform, on simulated phantoms, with pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.adaptive.capon import capon
from sonoreach.beamform.adaptive.generalised_coherence import generalised_coherence
from sonoreach.beamform.adaptive.multiply_and_sum import delay_multiply_and_sum
from sonoreach.beamform.adaptive.short_lag import short_lag_coherence
from sonoreach.beamform.adaptive.sign_coherence import sign_coherence
from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.compounding import SpatialCompounder
from sonoreach.beamform.compression import power_db, to_grey
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.image_quality import contrast, disc_and_ring, half_width_m
from sonoreach.beamform.picture import write_bmode_picture
from sonoreach.beamform.probes import l38_probe
from sonoreach.beamform.refocus import refocus
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import PICMUS_CYSTS, Phantom, points, speckle
from sonoreach.types.channel_data import ChannelData
from sonoreach.types.image import BModeImage
from sonoreach.types.pose import Pose

ANGLES = {"1pw": (0.0,), "11pw": tuple(np.linspace(-12, 12, 11).tolist())}
POINT_M = (0.0, 0.0, 0.025)
Method = Callable[[ChannelData, Grid], NDArray[Any]]


def _das(window: Window = Window.BOXCAR, *, coherence_factor: bool = False) -> Method:
    """Delay-and-sum at f/1.5."""
    aperture = ReceiveAperture(1.5, window)
    return lambda data, grid: DelayAndSum(grid, aperture, coherence_factor=coherence_factor, device="cpu")(data)


METHODS: dict[str, Method] = {
    "boxcar": _das(),
    "tukey": _das(Window.TUKEY),
    "hann": _das(Window.HANN),
    "coherence": _das(coherence_factor=True),
    "generalised": generalised_coherence,
    "sign": sign_coherence,
    "slsc": lambda data, grid: np.maximum(short_lag_coherence(data, grid), 0.01),  # less is noise
    "dmas": delay_multiply_and_sum,
    "capon": capon,
}
COMPOUND_METHODS: dict[str, Method] = {
    "refocus": lambda data, grid: _das()(refocus(data), grid),
    "compounding": lambda data, grid: SpatialCompounder(grid, ReceiveAperture(1.5))(data),
}


def quality_figures(folder: Path | None) -> dict[str, Any]:
    """Widths at half maximum [mm], and CR [dB], CNR, gCNR averaged over nine echo-free cysts, by method."""
    figures: dict[str, Any] = {}
    grid = Grid.cartesian(np.arange(-18e-3, 18e-3, 1.5e-4), np.arange(8e-3, 50e-3, 1e-4))
    for waves, angles in ANGLES.items():
        point = _acquire(points([POINT_M], 20.0), angles)
        cysts = _acquire(speckle(per_mm3=30.0), angles)
        for name, method in (METHODS | (COMPOUND_METHODS if len(angles) > 1 else {})).items():
            key = f"{waves}_{name}"
            lateral, axial = point_widths_m(point, method)
            figures |= {f"{key}_lateral_mm": lateral * 1e3, f"{key}_axial_mm": axial * 1e3}
            image = method(cysts, grid)
            each = [contrast(image, *disc_and_ring(grid, c.x_m, c.z_m, c.radius_m)) for c in PICMUS_CYSTS]
            figures[f"{key}_cr_db"] = float(np.mean([c.ratio_db for c in each]))
            figures[f"{key}_cnr"] = float(np.mean([c.cnr for c in each]))
            figures[f"{key}_gcnr"] = float(np.mean([c.gcnr for c in each]))
            if folder is not None:
                write_bmode_picture(folder / f"beamforming-{waves}-{name}.png", _image(image, grid), f"{waves} {name}")
    return figures


def point_widths_m(data: ChannelData, method: Method) -> tuple[float, float]:
    """Lateral and axial full width at half maximum of the point [m]."""
    step = 1e-5
    x = Grid.cartesian(POINT_M[0] + np.arange(-150, 151) * step, POINT_M[2] + np.arange(-30, 31) * step)
    image = np.abs(method(data, x))
    line, row = np.unravel_index(np.argmax(image), image.shape)
    z = Grid.cartesian([x.x_m[line] - step, x.x_m[line]], POINT_M[2] + np.arange(-150, 151) * step)
    return half_width_m(image[:, row], step), half_width_m(np.abs(method(data, z))[1], step)


def _acquire(phantom: Phantom, angles_deg: tuple[float, ...]) -> ChannelData:
    """Channel data of a phantom: 5.208 MHz, IQ at four times that, one count of noise."""
    probe = l38_probe()
    front_end = SimulatedFrontEnd(
        phantom,
        probe=probe,
        angles_deg=angles_deg,
        sampling_frequency_hz=4 * probe.center_frequency_hz,
        demodulation_frequency_hz=probe.center_frequency_hz,
        depth_m=0.052,
    )
    data = front_end.acquire(0.0, 0, Pose())
    assert data is not None  # it is not frozen
    return data


def _image(image: np.ndarray[Any, Any], grid: Grid) -> BModeImage:
    """Grey image of 60 dB, white at the 99.7th percentile."""
    level = np.empty(image.shape[::-1], np.float32)
    power_db(level, image, np.zeros(image.shape, np.float32))
    pixels = np.empty(level.shape, np.uint8)
    to_grey(pixels, level, np.float32(np.percentile(level, 99.7)), np.float32(60.0))
    dx, dz = float(grid.x_m[1] - grid.x_m[0]), float(grid.z_m[1] - grid.z_m[0])
    return BModeImage(pixels, float(grid.x_m[0]), dx, float(grid.z_m[0]), dz)
