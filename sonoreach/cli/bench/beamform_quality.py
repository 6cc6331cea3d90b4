"""Resolution and contrast of each way to beamform, on simulated phantoms, with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.compression import power_db, to_grey
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.image_quality import contrast, disc_and_ring, half_width_m
from sonoreach.beamform.picture import write_bmode_picture
from sonoreach.beamform.probes import l38_probe
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import PICMUS_CYSTS, Phantom, points, speckle
from sonoreach.types.channel_data import ChannelData
from sonoreach.types.image import BModeImage
from sonoreach.types.pose import Pose

ANGLES = {"1pw": (0.0,), "11pw": tuple(np.linspace(-12, 12, 11).tolist())}
METHODS: dict[str, dict[str, Any]] = {
    "boxcar": {"aperture": ReceiveAperture(1.5)},
    "tukey": {"aperture": ReceiveAperture(1.5, Window.TUKEY)},
    "hann": {"aperture": ReceiveAperture(1.5, Window.HANN)},
    "coherence": {"aperture": ReceiveAperture(1.5), "coherence_factor": True},
}
POINT_M = (0.0, 0.0, 0.025)


def quality_figures(folder: Path | None) -> dict[str, Any]:
    """Widths at half maximum [mm], and CR [dB], CNR, gCNR averaged over nine echo-free cysts, by method."""
    figures: dict[str, Any] = {}
    for waves, angles in ANGLES.items():
        point = _acquire(points([POINT_M], 20.0), angles)
        cysts = _acquire(speckle(per_mm3=30.0), angles)
        for name, settings in METHODS.items():
            key = f"{waves}_{name}"
            lateral, axial = point_widths_m(point, settings)
            figures |= {f"{key}_lateral_mm": lateral * 1e3, f"{key}_axial_mm": axial * 1e3}
            grid = Grid.cartesian(np.arange(-18e-3, 18e-3, 1e-4), np.arange(8e-3, 50e-3, 1e-4))
            image = DelayAndSum(grid, check_record=False, **settings)(cysts)
            each = [contrast(image, *disc_and_ring(grid, c.x_m, c.z_m, c.radius_m)) for c in PICMUS_CYSTS]
            figures[f"{key}_cr_db"] = float(np.mean([c.ratio_db for c in each]))
            figures[f"{key}_cnr"] = float(np.mean([c.cnr for c in each]))
            figures[f"{key}_gcnr"] = float(np.mean([c.gcnr for c in each]))
            if folder is not None:
                write_bmode_picture(folder / f"beamforming-{waves}-{name}.png", _image(image, grid), f"{waves} {name}")
    return figures


def point_widths_m(data: ChannelData, settings: dict[str, Any]) -> tuple[float, float]:
    """Lateral and axial full width at half maximum of the point [m]."""
    step = 1e-5
    x = Grid.cartesian(POINT_M[0] + np.arange(-150, 151) * step, POINT_M[2] + np.arange(-30, 31) * step)
    image = np.abs(DelayAndSum(x, check_record=False, **settings)(data))
    line, row = np.unravel_index(np.argmax(image), image.shape)
    z = Grid.cartesian([POINT_M[0] - step, x.x_m[line]], POINT_M[2] + np.arange(-150, 151) * step)
    axial = np.abs(DelayAndSum(z, check_record=False, **settings)(data))[1]
    return half_width_m(image[:, row], step), half_width_m(axial, step)


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
