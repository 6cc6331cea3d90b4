"""What `sonoreach image` does for channel data and for lines alike."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.doppler.clutter import high_pass, remove_polynomial, remove_singular
from sonoreach.reporting.dicom.study import Study
from sonoreach.reporting.dicom.ultrasound_image import write_ultrasound_image
from sonoreach.types.image import BModeImage

CLUTTER = ("none", "polynomial", "svd", "fir")


def without_clutter(ensemble: NDArray[np.complex64], args: argparse.Namespace) -> NDArray[np.complex64]:
    """An ensemble after the clutter filter of the command line, slow time last."""
    if args.clutter == "polynomial":
        return remove_polynomial(ensemble, args.clutter_order)
    if args.clutter == "svd":
        return remove_singular(ensemble, args.clutter_order)
    return high_pass(ensemble, 0.1) if args.clutter == "fir" else ensemble


def study_of(file: Path) -> Study:
    """The DICOM study that holds all images of a recording."""
    return Study(key=file.name, description=f"Recording {file.name}"[:64])


def write_dicom(
    path: Path, pixels: NDArray[np.uint8], image: BModeImage, label: str, study: Study, number: int
) -> None:
    """Write pixels, grey or RGB, with the calibration of `image`."""
    write_ultrasound_image(
        path,
        pixels,
        image.dx_m,
        image.dz_m,
        x0_m=image.x0_m,
        z0_m=image.z0_m,
        center_frequency_hz=image.center_frequency_hz,
        label=label,
        comment=f"beamformed by SonoReach from {image.source}",
        study=study,
        number=number,
    )


def described(image: BModeImage, frames: int) -> dict[str, object]:
    """What image.json says of any image."""
    return {
        "source": image.source,
        "frames": frames,
        "x0_m": image.x0_m,
        "dx_m": image.dx_m,
        "z0_m": image.z0_m,
        "dz_m": image.dz_m,
        "dynamic_range_db": image.dynamic_range_db,
        "sound_speed_m_s": image.sound_speed_m_s,
        "center_frequency_hz": image.center_frequency_hz,
    }
